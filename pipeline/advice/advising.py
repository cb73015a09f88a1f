"""All advice about a project: each source by itself, then all of them together.

Belongs here: which doubts there are, and in what order. Does not belong here: any of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ibis.expr import types as ir

from pipeline.advice import amounts, columns, instants, quarantine, repeated, sampling, spaces, swapped
from pipeline.advice.model import Advice, Sample
from pipeline.engine import Engine
from pipeline.ids.accounts import account_space
from pipeline.settings import Project
from pipeline.tables.entities import EXCHANGE_RATES, PRODUCTS

#: Every code of advice, and what it is about (docs/check.md has an example of each).
CODES = {
    "account_space_alone": "an account space that meets no other, with nothing else that links it",
    "account_spaces_same_ids": "two account spaces whose ids are the same beyond chance",
    "account_ids_differ": "sources of one account space whose ids are not the same",
    "product_ids_differ": "orders whose products are in no catalogue",
    "columns_swapped": "two columns that have changed places",
    "column_of_another_kind": "a column of values that cannot be meant",
    "column_mapped_twice": "a price that is the quantity",
    "numbers_look_like_ids": "ids where quantities or amounts are expected",
    "orders_of_several_accounts": "orders whose lines belong to several accounts",
    "identifiers_in_open_column": "e-mail addresses in a column that is not restricted",
    "amount_constant": "an amount that is the same in every row",
    "unit_differs_between_sources": "amounts of one source in another unit or currency than those of another",
    "unit_differs_between_files": "amounts of one file in another unit or currency than those of the others",
    "currency_without_rate": "amounts in a currency that nothing converts",
    "dates_all_first_of_month": "times that are months, not days",
    "times_constant": "one moment for all events",
    "days_of_another_zone": "days that were read as midnight of another zone",
    "events_at_night": "times that were read as those of another zone",
    "zone_pushes_rows_out": "rows just outside the project's periods",
    "key_not_unique": "a key that several rows share",
    "rows_copied": "many exact copies of rows",
    "rows_multiplied": "rows that differ in nothing that is read",
    "sources_alike": "two sources that hold the same rows",
    "rows_quarantined": "many rows that would be quarantined, with what would mend it",
}


@dataclass(frozen=True)
class Source:
    """A source that could be read: its raw rows, and what was taken of them."""

    raw: ir.Table
    sample: Sample


def about_source(engine: Engine, project: Project, one: Source, now: datetime) -> list[Advice]:
    """Advice about one source by itself."""
    sample = one.sample
    if not sample.rows:
        return []
    advice = columns.wrong_columns(sample)
    wrong = {name for found in advice for name in sample.source.columns if f" {name}" in found.remedy}
    advice += [found for found in swapped.swapped_numbers(sample) if not _mentions(found, wrong)]
    if not any(found.code == "columns_swapped" for found in advice):
        advice += amounts.constant_amounts(sample)
    advice += instants.odd_times(project, sample)
    border = instants.at_the_borders(project, sample, now)
    advice += [border] if border and not any(found.code in _OF_ZONES for found in advice) else []
    advice += repeated.repeated_keys(sample.name, sample.source, one.raw, sample.rows)
    advice += repeated.copied_rows(sample.name, sample.source, one.raw, sample.rows)
    return advice + quarantine.quarantined(engine, project, sample, now)


_OF_ZONES = ("days_of_another_zone", "events_at_night")


def _mentions(found: Advice, names: set[str]) -> bool:
    """Whether advice is about columns of which something was said already."""
    return any(f"{name}:" in found.yaml for name in names)


def about_all(project: Project, sources: Sequence[Source]) -> list[Advice]:
    """Advice about the sources together: their ids, their units, rows that several of them hold."""
    full = [one for one in sources if one.sample.rows]
    accounts = [found for one in full if (found := _ids(one, "source_account_id"))]
    products = [
        found
        for one in full
        if one.sample.entity.name == PRODUCTS.name and (found := _ids(one, "product_id"))
    ]
    bought = [
        found for one in full if one.sample.entity.name == "orders" and (found := _ids(one, "product_id"))
    ]
    held = [
        repeated.Held(one.sample.name, one.sample.source, one.raw, one.sample.rows)
        for one in full
        if one.sample.entity.name != EXCHANGE_RATES.name
    ]
    apart = spaces.spaces_apart(accounts)
    alone = {name for one in apart for name in one.sources}
    return [
        *apart,
        *(one for one in spaces.ids_differ(accounts) if not alone & set(one.sources)),
        *spaces.unknown_products(bought, products),
        *amounts.units_differ([one.sample for one in full]),
        *repeated.same_sources(held),
    ]


def _ids(one: Source, column: str) -> spaces.Ids | None:
    sample = one.sample
    values = sampling.ids_in(one.raw, sample.source, column)
    if values is None:
        return None
    found = sampling.sketch(one.raw, values)
    return spaces.Ids(sample.name, account_space(sample.name, sample.source), sample.source, found)
