"""What profiles know beyond the columns that there are, as attributes of the company's own.

Belongs here: which columns can be attributes, and their declarations. Does not belong here: which table
is the profile (``joining``).
"""

from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from pipeline.drafting.places import source_name
from pipeline.drafting.profiles import Column
from pipeline.drafting.words import words
from pipeline.settings.attributes import LONGEST, AttributeDocument
from pipeline.settings.own import check_attributes
from pipeline.tables.units import implied_limits

#: So many attributes are drafted; who has more must choose.
MOST = 40
_MONEY = frozenset(
    (
        "charge",
        "price",
        "amount",
        "revenue",
        "spend",
        "spent",
        "balance",
        "fee",
        "cost",
        "bill",
        "mrr",
        "payment",
    )
)
_UNITS = {
    "day": ("days", "天"),
    "week": ("weeks", "周"),
    "month": ("months", "个月"),
    "tenure": ("months", "个月"),
    "year": ("years", "年"),
}
#: Where the name says no unit.
_UNKNOWN = ("units", "单位")


def kind_of(column: Column) -> str | None:
    """The type of the attribute that a column can be; none for ids, texts that differ from row to row
    (they may name a person) and columns without values."""
    if column.kind == "flag":
        return "flag"
    if column.kind == "time" and not column.is_unique:
        return "date"
    if column.kind == "number" and column.numbers is not None and not column.numbers.sign:
        if column.numbers.is_whole and column.is_unique:
            return None
        if _MONEY & set(words(column.name)):
            return "amount"
        return "integer" if column.numbers.is_whole else "number"
    return "text" if column.kind == "text" and len(column.codes) > 1 else None


def attribute_of(column: Column, table: str, taken: Collection[str]) -> dict[str, Any] | None:
    """The declaration of ``column`` as an attribute whose name is not ``taken``, as the settings have it;
    none where it can be none."""
    kind = kind_of(column)
    if kind is None:
        return None
    label = " ".join(column.name.replace("_", " ").split())
    content: dict[str, Any] = {
        "label": {"en": label, "zh": label},
        "meaning": f"{label}, as {table} has it.",
        "type": kind,
    }
    if kind in ("number", "integer"):
        unit = next((unit for word, unit in _UNITS.items() if word in words(column.name)), _UNKNOWN)
        content["unit"] = {"en": unit[0], "zh": unit[1]}
    base = source_name(column.name, ())[: LONGEST - 10].rstrip("_")
    for name in (base, f"{base}_value", f"own_{base}"):
        whole = {"attribute": name, **content}
        if name not in taken and implied_limits(name) == (None, None) and _do_settings_take(whole):
            return whole
    return None


def _do_settings_take(content: dict[str, Any]) -> bool:
    """Whether the settings take the declaration: a name may be that of a feature."""
    try:
        check_attributes([AttributeDocument.model_validate(content)])
    except ValidationError:
        return False
    return True
