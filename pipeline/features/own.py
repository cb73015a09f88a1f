"""Features of a project's own: attributes that its profiles have, and formulae that its YAML writes.

Belongs here: making a ``Feature`` of what a project declares, and what a formula may name. Does not belong
here: how it is written in YAML (``settings.own``), or the language of formulae (``expressions``).

A formula names measures of ledgers (``orders.net_amount``, over the feature's window), attributes and other
features, ``as_of`` (the first day after the period) and ``exposure_days`` (those of the last twelve periods
in which the customer could be seen). What it says of a person it inherits: it is a quasi-identifier if
anything is that it uses, grows with history if anything does.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import ibis
import pyarrow as pa
from ibis.expr import datatypes as dt

from pipeline.expressions import Expression, ExpressionError, compiled, type_of
from pipeline.expressions.errors import meant, short
from pipeline.features.declaration import Family, Feature, Label, Words
from pipeline.ledgers import LEDGERS, Ledger, Reading
from pipeline.tables.model import DAY, FLAG, INTEGER, NUMBER, TEXT, Field, Pii

#: Stands after the families that come along; its features are found in settings, not in this module.
OWN = Family("own", 120, ("Of our own", "自有"))
AS_OF, EXPOSURE_DAYS = "as_of", "exposure_days"
#: Names of a formula that are neither measure nor feature, with their types.
_GIVEN = {AS_OF: dt.date, EXPOSURE_DAYS: dt.float64}
_WINDOW = re.compile(r"(\d+)p")


def attribute(column: Field, label: Label, unit_zh: str, words: Words | None) -> Feature:
    """The feature of an attribute: the value of the customer's profiles that survives."""
    name = column.name
    return Feature(
        OWN,
        name,
        column.meaning,
        label,
        column.unit,
        lambda m, window: m.customer[name],
        window="as known",
        type=column.type,
        null="not known",
        minimum=column.minimum,
        maximum=column.maximum,
        pii=column.pii,
        words=words,
        is_attribute=True,
        unit_zh=unit_zh,
    )


def by_formula(
    name: str,
    meaning: str,
    label: Label,
    expression: Expression,
    periods: int,
    features: Mapping[str, Feature],
    unit: tuple[str, str],
    null: str,
    limits: tuple[float | None, float | None],
    words: Words | None,
    ledgers: Mapping[str, Ledger] = LEDGERS,
) -> Feature:
    """The feature that ``expression`` computes; ``features`` are those that it may name.

    Measures of ``ledgers`` are read over ``periods``. Raises ``ExpressionError`` for an unknown name, a wrong
    type, a value of a kind that no feature has.
    """
    measures = {
        one: found for one in expression.names if (found := _measure(one, periods, ledgers)) is not None
    }
    uses = tuple(features[one] for one in expression.names if one in features and one not in measures)
    types: dict[str, dt.DataType] = dict(_GIVEN)
    types |= {called: dt.dtype(reading.type) for called, reading in measures.items()}
    types |= {one.name: ibis.dtype(one.type) for one in uses}
    _check_names(expression, types, features, ledgers)
    return Feature(
        OWN,
        name,
        meaning,
        label,
        unit[0],
        None,
        reads=tuple(measures.values()),
        window=_window(periods if measures else 0, uses),
        type=_stored(type_of(expression, types)),
        null=null,
        minimum=limits[0],
        maximum=limits[1],
        pii=_privacy(uses),
        words=words,
        ripens=(bool(measures) and periods > 1) or any(one.ripens for one in uses),
        unit_zh=unit[1],
        expression=expression.text,
        measures=tuple(measures.items()),
        uses=uses,
        of_names=lambda values: compiled(expression, values),
    )


def called_otherwise(
    one: Feature, label: Label | None, unit: tuple[str, str] | None, words: Words | None
) -> Feature:
    """The same feature with other words for people."""
    named = replace(one, label=label or one.label, words=words or one.words)
    return named if unit is None else replace(named, unit=unit[0], unit_zh=unit[1])


def measures(ledgers: Mapping[str, Ledger] = LEDGERS) -> list[str]:
    """Names of all measures of ``ledgers`` that a formula may read."""
    return [
        f"{name}.{measure}"
        for name, ledger in ledgers.items()
        if not ledger.kinds
        for measure in ledger.measures
    ]


def _measure(name: str, periods: int, ledgers: Mapping[str, Ledger]) -> Reading | None:
    """The measure that ``name`` means, or none. Raises ``ExpressionError`` for one that no formula reads."""
    of, _, measure = name.partition(".")
    ledger = ledgers.get(of)
    if not measure or ledger is None or measure not in ledger.measures:
        return None
    if ledger.kinds:
        raise ExpressionError(
            f"{name} is summed by key, one of many a customer: use a feature over it, such as"
            " categories_count_12p"
        )
    return Reading(ledger, measure).over(periods)


def _check_names(
    expression: Expression,
    types: Mapping[str, dt.DataType],
    features: Mapping[str, Feature],
    ledgers: Mapping[str, Ledger],
) -> None:
    """Raises ``ExpressionError`` for a name that is neither measure nor feature, with what is possible."""
    unknown = next((one for one in expression.names if one not in types), None)
    if unknown is None:
        return
    if "." not in unknown:
        raise ExpressionError(
            f"there is no feature {short(unknown)!r}, {meant(unknown, [*_GIVEN, *features])}"
        )
    of = unknown.partition(".")[0]
    there = [one for one in measures(ledgers) if one.startswith(f"{of}.")]
    if not there:
        plain = [name for name, one in ledgers.items() if not one.kinds]
        raise ExpressionError(f"there is no ledger {short(of)!r}, {meant(of, plain)}")
    raise ExpressionError(f"there is no measure {short(unknown)!r}, {meant(unknown, there)}")


def _stored(kind: dt.DataType) -> pa.DataType:
    """Type of the feature's column. Raises ``ExpressionError``."""
    if kind.is_boolean():
        return FLAG
    if kind.is_integer():
        return INTEGER
    if kind.is_numeric():
        return NUMBER
    if kind.is_string():
        return TEXT
    if kind.is_date():
        return DAY
    raise ExpressionError("the formula gives a timestamp, and a feature is none: write CAST(… AS date)")


def _window(periods: int, uses: tuple[Feature, ...]) -> str:
    """The widest window of all that is read: ``12p``, ``lifetime`` or ``as known``."""
    windows = {one.window for one in uses}
    if "lifetime" in windows:
        return "lifetime"
    spans = [int(found[1]) for one in windows if (found := _WINDOW.fullmatch(one))]
    widest = max([periods, *spans])
    return f"{widest}p" if widest else "as known"


def _privacy(uses: tuple[Feature, ...]) -> Pii:
    return next((one.pii for one in uses if one.pii != "none"), "none")
