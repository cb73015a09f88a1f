"""Finance: what customers hold and owe with the company, by class and by risk.

Belongs here: balances, risk taken. Does not belong here: income (``demographic``), or wealth and appetite as
segments (``schemes``).

Levels at the end of the last period with a statement, of the last three. risk taken = (½ medium + high) /
balances of known risk: 0 all at low risk, 1 all at high. All but the number of holdings are
quasi-identifiers.
"""

from ibis.expr import types as ir

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family, Feature, Label, Words
from pipeline.features.sums import Measured
from pipeline.ledgers import LEVEL_PERIODS, Reading
from pipeline.ledgers.holdings import RISKS, holdings
from pipeline.tables.model import AMOUNT, INTEGER

FAMILY = Family("financial", 95, ("Finance", "财务"))

WINDOW = f"{LEVEL_PERIODS}p"
_NO_STATEMENT = "no balance observed in the last three periods"
_BY_RISK = tuple(holdings.measure(f"{risk}_risk_amount") for risk in RISKS)


def _balance(name: str, meaning: str, label: Label, reading: Reading, words: Words | None = None) -> Feature:
    return FAMILY.feature(
        f"{name}_amount_{WINDOW}",
        meaning,
        label,
        "project currency",
        lambda m, window: m[reading],
        [reading],
        WINDOW,
        AMOUNT,
        _NO_STATEMENT,
        minimum=None,
        pii="quasi",
        words=words,
    )


def _risk_taken(m: Measured) -> ir.FloatingValue:
    low, medium, high = (m[one].cast("float64") for one in _BY_RISK)
    return ratio(medium / 2 + high, low + medium + high)


instruments_count_3p = FAMILY.feature(
    "instruments_count_3p",
    "Holdings, debts among them.",
    ("Holdings", "持有产品数"),
    "holdings",
    lambda m, window: m[holdings.instruments_count],
    [holdings.instruments_count],
    WINDOW,
    INTEGER,
    _NO_STATEMENT,
    words=("many holdings", "few holdings", "持有产品多", "持有产品少"),
)
assets_amount_3p = _balance(
    "assets", "Balances of what is held.", ("Assets", "资产余额"), holdings.assets_amount,
    ("wealthy", "little wealth", "资产多", "资产少"),
)  # fmt: skip
liabilities_amount_3p = _balance(
    "liabilities", "Balances of what is owed.", ("Liabilities", "负债余额"), holdings.liabilities_amount,
    ("indebted", "little debt", "负债多", "负债少"),
)  # fmt: skip
net_worth_amount_3p = FAMILY.feature(
    "net_worth_amount_3p",
    "Balances of what is held less what is owed.",
    ("Net worth", "净资产"),
    "project currency",
    lambda m, window: m[holdings.assets_amount] - m[holdings.liabilities_amount],
    [holdings.assets_amount, holdings.liabilities_amount],
    WINDOW,
    AMOUNT,
    _NO_STATEMENT,
    minimum=None,
    pii="quasi",
    words=("wealthy", "little wealth", "资产多", "资产少"),
)
deposits_amount_3p = _balance(
    "deposits", "Balances held in deposits.", ("Deposits", "存款余额"), holdings.deposits_amount
)
bonds_amount_3p = _balance("bonds", "Balances held in bonds.", ("Bonds", "债券余额"), holdings.bonds_amount)
funds_amount_3p = _balance("funds", "Balances held in funds.", ("Funds", "基金余额"), holdings.funds_amount)
shares_amount_3p = _balance(
    "shares", "Balances held in shares.", ("Shares", "股票余额"), holdings.shares_amount
)
insurance_amount_3p = _balance(
    "insurance", "Balances held in insurance.", ("Insurance", "保险余额"), holdings.insurance_amount
)
risk_taken_share_3p = FAMILY.feature(
    "risk_taken_share_3p",
    "Risk of what is held, by value: 0 all at low risk, ½ at medium, 1 at high.",
    ("Risk taken", "风险承担占比"),
    "share 0-1",
    lambda m, window: _risk_taken(m),
    _BY_RISK,
    WINDOW,
    null="no balance of known risk observed in the last three periods",
    maximum=1,
    pii="quasi",
    words=("taking risks", "cautious", "敢于冒险", "稳健"),
    told_by=[("holdings", "risk_level")],
    counted_by="instruments_count_3p",
)
