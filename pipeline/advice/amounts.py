"""Amounts that are constant, and amounts in another unit than those beside them.

Belongs here: levels of amounts, between sources and files. Does not belong here: currencies without rates
(``quarantine``), or changes through time (``drift``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from pipeline.advice.model import LEAST_VALUES, Advice, Sample, column_lines, percent
from pipeline.advice.shapes import numbers
from pipeline.tables.model import AMOUNT

#: Assortments and customers of one company differ up to ten times; cents and euros a hundred times. Half way
#: between, on the scale of ratios, is 10**1.5.
_HUNDRED = 10**1.5
#: Means over people of one company differ up to three times; a month's and a year's income twelve times.
_TWELVE = (3 * 12) ** 0.5
#: Visits of one company's sites differ up to ten times in length; minutes and seconds sixty times.
_SIXTY = (10 * 60) ** 0.5
_BORDERS = {"income_amount": _TWELVE, "duration_seconds": _SIXTY}
#: Quantities and points have no unit that a scale would mend: packs and pieces are both counted.
_UNITLESS = ("answer_value",)
#: The median of so many values of one company is known to a factor of 1.6, however skewed (a lognormal of
#: sigma 2: a standard error of 2 * 1.25 / sqrt(30) = 0.46 in logarithms).
_LEAST_MEDIAN = 30
#: What may well be the same for everybody: a mail has one price, a coupon one value, a discount is often 0.
_OFTEN_CONSTANT = (
    "quantity", "cost_amount", "coupon_amount", "discount_amount", "usage_quantity", "answer_value", "refund_amount",
)  # fmt: skip
_ALL = 0.99
_LEAST_CONSTANT = 50


def constant_amounts(sample: Sample) -> list[Advice]:
    """Columns of amounts that are the same in every row, although the rows are of several things."""
    advice = []
    for one in sample.entity.mapped:
        mapping = sample.source.columns.get(one.name)
        if (
            one.type != AMOUNT
            or mapping is None
            or one.name in _OFTEN_CONSTANT
            or one.name not in sample.texts
        ):
            continue
        texts = sample.texts[one.name].dropna()
        if len(texts) < _LEAST_CONSTANT or _is_one_thing(sample):
            continue
        commonest = float(texts.value_counts(normalize=True).iloc[0])
        if commonest >= _ALL:
            advice.append(
                Advice(
                    "amount_constant",
                    (sample.name,),
                    f"{one.name}, read from {sample.column(one.name)}, is the same in {percent(commonest)} of"
                    f" {len(texts):,} rows{sample.sampled}",
                    "Nobody differs from anybody by it: value, spending and all that follows from them tell"
                    " only how often somebody came",
                    f"Check which column of the source holds {one.name}; if the company really has one price, leave"
                    " it so",
                    column_lines(sample.name, f"{one.name}: another_column"),
                )
            )
    return advice


def _is_one_thing(sample: Sample) -> bool:
    """Whether all rows are of one product, which may have one price."""
    return "product_id" in sample.texts and int(sample.texts["product_id"].nunique()) == 1


@dataclass(frozen=True)
class _Level:
    """The level of an amount in a source, or in one of its files."""

    sample: Sample
    where: str
    median: float
    is_whole: bool
    products: pd.Series


def units_differ(samples: Sequence[Sample]) -> list[Advice]:
    """Amounts of one entity whose level in one source, or one file of it, is so many times that of another
    that the unit must differ. Levels are those of clean rows, in the project's currency; shared products
    are compared by themselves, price with price."""
    advice = []
    for entity in dict.fromkeys(one.entity.name for one in samples):
        some = [one for one in samples if one.entity.name == entity]
        for field in (one.name for one in some[0].entity.mapped if one.type == AMOUNT):
            if field not in _UNITLESS:
                advice += _between_sources(field, some) + [
                    one for each in some for one in _between_files(field, each)
                ]
    return advice


def _between_sources(field: str, samples: Sequence[Sample]) -> list[Advice]:
    if field == "quantity":
        return []
    levels = [
        found
        for one in samples
        for unit, rows in _of_one_unit(one)
        if (found := _level(one, field, rows, f"{one.name}{unit}"))
    ]
    advice = []
    for one, other in combinations(levels, 2):
        if one.sample is other.sample or _unit(one) != _unit(other):
            continue
        high, low = (one, other) if one.median > other.median else (other, one)
        factor = _factor(high, low)
        if factor >= _BORDERS.get(field, _HUNDRED):
            advice.append(_told(field, high, low, factor, (high.sample.name, low.sample.name)))
    return advice


def _of_one_unit(sample: Sample) -> list[tuple[str, pd.DataFrame]]:
    """The clean rows, apart where they are of several units (minutes, GB)."""
    if "usage_unit" in sample.good:
        return [(f" ({unit})", rows) for unit, rows in sample.good.groupby("usage_unit")]
    return [("", sample.good)]


def _unit(level: _Level) -> str:
    return level.where.removeprefix(level.sample.name)


def _level(sample: Sample, field: str, rows: pd.DataFrame, where: str) -> _Level | None:
    if field not in rows or field not in sample.source.columns:
        return None
    values = rows[field].astype("float64").abs()
    values = values[values > 0]
    if len(values) < _LEAST_MEDIAN:
        return None
    products = (
        values.groupby(rows.loc[values.index, "product_id"]).median()
        if "product_id" in rows and field in ("unit_price_amount", "list_price_amount")
        else pd.Series(dtype="float64")
    )
    whole = float((values == values.round()).mean()) >= _ALL
    return _Level(sample, where, float(values.median()), whole, products)


def _factor(high: _Level, low: _Level) -> float:
    both = pd.concat([high.products, low.products], axis=1, join="inner")
    if len(both) >= LEAST_VALUES:
        return float((both.iloc[:, 0] / both.iloc[:, 1]).median())
    return high.median / low.median


def _between_files(field: str, sample: Sample) -> list[Advice]:
    """Files of one source among which one writes another unit."""
    if (
        field not in sample.texts
        or sample.texts["_file"].nunique() < 2
        or sample.source.columns[field].column is None
    ):
        return []
    table = pd.DataFrame(
        {
            "file": sample.texts["_file"],
            "value": numbers(sample.texts[field], sample.source.columns[field]).abs(),
        }
    )
    for name in ("currency", "usage_unit"):
        table[name] = sample.texts[name].fillna("") if name in sample.texts.columns else ""
    table = table[table["value"] > 0]
    advice = []
    for _, rows in table.groupby(["currency", "usage_unit"]):
        sizes = rows.groupby("file")["value"].agg(["median", "size"])
        sizes = sizes[sizes["size"] >= _LEAST_MEDIAN]
        if len(sizes) < 2:
            continue
        usual = float(sizes["median"].median())
        ratio = sizes["median"] / usual
        border = _BORDERS.get(field, _HUNDRED)
        if len(sizes) == 2:
            ratio = pd.Series(
                {sizes["median"].idxmax(): float(sizes["median"].max() / sizes["median"].min())}
            )
        odd = ratio[(ratio >= border) | (ratio <= 1 / border)]
        if len(odd):
            name, times = str(odd.index[0]), float(odd.iloc[0])
            shown = f"{times:,.0f} times" if times > 1 else f"1/{1 / times:,.0f} of"
            advice.append(
                Advice(
                    "unit_differs_between_files",
                    (sample.name,),
                    f"the median of {field} in {len(odd)} of its {len(sizes)} files ({name}"
                    f"{' …' if len(odd) > 1 else ''}) is {shown} that in the others{sample.sampled}",
                    "One of them is in another unit or currency: their customers seem to spend so many times as much",
                    "Map those files as a source of their own, with a scale (what one unit is worth)",
                    column_lines(f"{sample.name}_2", sample.changed(field, scale=0.01)),
                )
            )
    return advice


def _told(field: str, high: _Level, low: _Level, factor: float, names: tuple[str, str]) -> Advice:
    looks = " (whole numbers, as cents)" if high.is_whole and not low.is_whole else ""
    scale = float(f"{(high.sample.source.columns[field].scale or 1) * _nearest(factor, field):.6g}")
    return Advice(
        "unit_differs_between_sources",
        names,
        f"{field} of {high.where}{looks} is, in the median, {factor:,.0f} times that of {low.where}"
        f" ({high.median:,.6g} against {low.median:,.6g}){high.sample.sampled}",
        "One of them is probably in another unit (cents, thousands, months for years) or currency: its"
        " customers seem to be worth so many times as much",
        f"If so, give {high.sample.name} a scale (what one of its units is worth), or map its currency",
        column_lines(high.sample.name, high.sample.changed(field, scale=scale)),
    )


def _nearest(factor: float, field: str) -> float:
    """One over the unit that is nearest to the factor, on the scale of ratios."""
    known = {"income_amount": (12, 100, 1000), "duration_seconds": (60, 1000, 3600)}.get(
        field, (100, 1000, 10_000)
    )
    return 1 / min(known, key=lambda one: max(factor / one, one / factor))
