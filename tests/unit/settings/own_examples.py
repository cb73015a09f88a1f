"""What a company declares of its own, as it stands in a project.yaml: good, to be spoiled."""

from pathlib import Path

import yaml

from pipeline.settings import Project, load_project
from tests.conftest import shop_settings

SHOP = yaml.safe_dump(shop_settings(), sort_keys=False)

#: A source of profiles that maps the attributes below.
CRM = """\
  crm:
    entity: profiles
    connector: {kind: file, format: csv, path: crm.csv}
    columns:
      source_account_id: customer
      contract_kind: contract
      tenure_months: months
      has_left: churn
      signed_date: {column: signed, format: "%d.%m.%Y"}
      monthly_amount: {column: fee, decimal: ","}
      load_kwh: load
"""
ATTRIBUTES = """\
attributes:
  - attribute: contract_kind
    label: {en: Contract, zh: 合同}
    meaning: Kind of the contract.
    type: text
    values: [monthly, one_year, two_year]
    privacy: none
  - attribute: tenure_months
    label: {en: Months of contract, zh: 合同月数}
    meaning: Months since the contract began.
    type: integer
    unit: {en: months, zh: 个月}
    minimum: 0
  - attribute: has_left
    label: {en: Has left, zh: 已离开}
    meaning: The contract was cancelled.
    type: flag
  - attribute: signed_date
    label: {en: Signed on, zh: 签约日}
    meaning: Day on which the contract was signed.
    type: date
  - attribute: monthly_amount
    label: {en: Monthly charge, zh: 月费}
    meaning: Charge a month.
    type: amount
  - attribute: load_kwh
    label: {en: Load, zh: 用电量}
    meaning: Electricity used in a year.
    type: number
    unit: {en: kWh, zh: 千瓦时}
    privacy: none
"""
FEATURES = """\
features:
  - feature: basket_value
    label: {en: Basket value, zh: 客单价}
    meaning: Value of bought lines per order.
    formula: orders.bought_amount / nullif(orders.orders_count, 0)
    window: 3
    unit: project currency
    minimum: 0
    null_meaning: no order in the window
    words: {high: {en: large baskets, zh: 大单}, low: {en: small baskets, zh: 小单}}
  - feature: baskets_a_month
    label: {en: Charge in baskets, zh: 月费折客单}
    meaning: The monthly charge, in baskets.
    formula: monthly_amount / basket_value
    unit: ratio
  - feature: is_bound
    label: {en: Bound, zh: 有约}
    meaning: The contract lasts a year or longer.
    formula: contract_kind IN ('one_year', 'two_year')
  - feature: contract_days
    label: {en: Days of contract, zh: 合同天数}
    meaning: Days since the contract was signed.
    formula: days_between(signed_date, as_of)
    unit: days
  - feature: recency_days
    label: {en: Silence, zh: 静默天数}
"""


def loaded(folder: Path, text: str) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    return load_project(folder)


def with_crm(*parts: str) -> str:
    head, tail = SHOP.split("sources:\n")
    return "".join([head, "sources:\n", CRM, tail, *parts])
