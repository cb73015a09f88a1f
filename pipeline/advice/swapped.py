"""Numbers that are the wrong numbers: ids where quantities are expected, quantities where prices are.

Belongs here: what tells ids, quantities and prices apart when all of them are numbers. Does not belong here:
values of another kind (``columns``), or units (``amounts``).

What is used: an order belongs to one account, whatever the numbers look like; ids have no round numbers and
are of one length; goods have whole quantities and prices with cents, and one product one price.
"""

import numpy as np
import pandas as pd

from pipeline.advice.model import LEAST_VALUES, Advice, Sample, column_lines, flow, percent, surely_above
from pipeline.advice.shapes import numbers
from pipeline.tables.entities import PROFILES, SOURCE_ACCOUNT_ID
from pipeline.tables.model import AMOUNT, INTEGER

#: Orders of several accounts: mistakes occur, one in twenty is a mistake of the mapping.
_TORN = 0.05
_ALL = 0.95
#: Of ids a tenth ends in 0; what people count or pay is rounded more often.
_ROUND = 0.2
_ID_DIGITS = 4
#: Amounts that are of one length without being ids: yearly incomes have five digits, balances of one kind too.
_OF_ONE_LENGTH = ("income_amount", "balance_amount", "quoted_amount")
#: A quantity whose median is a hundred and that has no round numbers: goods are not sold so.
_LARGE = 100
#: Distance (Kolmogorov-Smirnov) from numbers spread evenly: ids handed out in a row lie below, quantities,
#: whose largest is far from the median, above.
_EVENLY = 0.15
#: A product explains most of the variance of its price, and little of the quantities it is bought in.
_EXPLAINED = 0.5
_LINES_A_PRODUCT, _PRODUCTS = 5, 20
#: Where a row is one account, ids that belong to it hardly come twice; days of contract, ages and counts do.
_OWN = 0.5


def swapped_numbers(sample: Sample) -> list[Advice]:
    """Columns of numbers that hold ids, and others with which they have probably changed places."""
    if found := _torn_orders(sample):
        return [found]
    advice = [one for name in _counted(sample) if (one := _like_ids(sample, name))]
    advice += [one for one in (_price_and_quantity(sample), _twice(sample)) if one]
    return advice


def _counted(sample: Sample) -> list[str]:
    """Mapped columns of numbers that people count or pay."""
    return [
        one.name
        for one in sample.entity.mapped
        if one.type in (INTEGER, AMOUNT)
        and one.name not in _OF_ONE_LENGTH
        and one.name in sample.texts
        and sample.source.columns[one.name].column is not None
    ]


def _torn_orders(sample: Sample) -> Advice | None:
    """Orders whose lines belong to several accounts."""
    texts = sample.texts
    if sample.entity.name != "orders" or not {"order_id", SOURCE_ACCOUNT_ID} <= set(texts):
        return None
    orders = texts.dropna(subset=["order_id", SOURCE_ACCOUNT_ID])
    groups = orders.groupby("order_id")
    lines = groups.size()
    several = lines[lines > 1].index
    if len(several) < LEAST_VALUES:
        return None
    inner = orders[orders["order_id"].isin(several)]
    kinds = inner.groupby("order_id").nunique()
    torn = int((kinds[SOURCE_ACCOUNT_ID] > 1).sum())
    if not surely_above(torn, len(several), _TORN):
        return None
    seen = (
        f"{percent(torn / len(several))} of the orders with several lines belong to several accounts, and an order is"
        f" that of one{sample.sampled}"
    )
    why = "Orders, and all that is counted by customer, would be told of the wrong customers"
    nested = orders.groupby(SOURCE_ACCOUNT_ID)["order_id"].nunique()
    if float((nested == 1).mean()) >= _ALL:
        seen += "; each account in turn has one order only"
        return _exchange(sample, SOURCE_ACCOUNT_ID, "order_id", seen, why)
    steady = [
        name
        for name in map(str, texts)
        if name not in ("_file", "order_id", SOURCE_ACCOUNT_ID, sample.entity.event_time)
        and name in inner
        and texts[name].nunique() >= LEAST_VALUES
        and float((kinds[name] <= 1).mean()) >= _ALL
        and not _is_time(sample, name)
    ]
    if not steady:
        return Advice(
            "orders_of_several_accounts", (sample.name,), seen, why,
            "Check which columns hold the customer and the order",
            column_lines(sample.name, f"{SOURCE_ACCOUNT_ID}: another_column", "order_id: another_column"),
        )  # fmt: skip
    distinct = {name: int(texts[name].nunique()) for name in steady}
    best = max(steady, key=lambda name: distinct[name])
    return _exchange(
        sample,
        SOURCE_ACCOUNT_ID,
        best,
        f"{seen}; {best} does not vary within an order, as ids of customers",
        why,
    )


def _is_time(sample: Sample, name: str) -> bool:
    return name in sample.times


def _exchange(sample: Sample, name: str, other: str, seen: str, why: str) -> Advice:
    mine, theirs = sample.column(name), sample.column(other)
    return Advice(
        "columns_swapped",
        (sample.name,),
        seen,
        why,
        f"The two columns have probably changed places: map {name} from {theirs}, {other} from {mine}",
        column_lines(sample.name, f"{name}: {flow(theirs)}", f"{other}: {flow(mine)}"),
    )


def _numbers(sample: Sample, name: str) -> pd.Series:
    return numbers(sample.texts[name].dropna(), sample.source.columns[name]).dropna()


def _whole(values: pd.Series) -> float:
    return float((values == values.round()).mean()) if len(values) else 0.0


def are_ids(values: pd.Series) -> bool:
    """Whether whole numbers are of one length, or spread evenly and large, and no rounder than chance."""
    size = values.abs()
    if len(values) < LEAST_VALUES or values.nunique() < LEAST_VALUES or _whole(values) < _ALL:
        return False
    if surely_above(int((size % 10 == 0).sum()), len(size), _ROUND):
        return False
    digits = np.floor(np.log10(size.clip(lower=1))) + 1
    length = float(digits.mode().iloc[0])
    if length >= _ID_DIGITS and float((digits == length).mean()) >= _ALL:
        return True
    if float(size.median()) < _LARGE:
        return False
    ordered = np.sort(size.to_numpy())
    even = (ordered - ordered[0]) / max(ordered[-1] - ordered[0], 1)
    return float(np.abs(even - np.arange(1, len(even) + 1) / len(even)).max()) < _EVENLY


def _like_ids(sample: Sample, name: str) -> Advice | None:
    values = _numbers(sample, name)
    if not are_ids(values) or (sample.entity.name == PROFILES.name and values.nunique() < _OWN * len(values)):
        return None
    seen = (
        f"the values of {name}, read from {sample.column(name)}, look like ids: {values.nunique():,} different whole numbers"
        f" around {values.median():,.0f}, hardly one of them round{sample.sampled}"
    )
    why = f"Sums and means of {name} would be sums of ids, and everybody's segments would follow from them"
    ids = [one for one in (SOURCE_ACCOUNT_ID, "order_id", "product_id", "store_id") if one in sample.texts]
    for other in ids:
        theirs = pd.to_numeric(sample.texts[other].dropna(), errors="coerce")
        if (
            len(theirs)
            and theirs.notna().mean() >= _ALL
            and not are_ids(theirs)
            and float(theirs.median()) < _LARGE
        ):
            seen += f"; those of {other} look like quantities (half of them at most {theirs.median():,.0f})"
            return _exchange(sample, name, other, seen, why)
    return Advice(
        "numbers_look_like_ids", (sample.name,), seen, why, f"Check which column of the source holds {name}",
        column_lines(sample.name, f"{name}: another_column"),
    )  # fmt: skip


def _price_and_quantity(sample: Sample) -> Advice | None:
    price = next((one for one in ("unit_price_amount", "net_amount") if one in sample.texts), None)
    if sample.entity.name != "orders" or price is None or "quantity" not in sample.texts:
        return None
    if not all(sample.source.columns[one].column for one in (price, "quantity")):
        return None
    table = pd.DataFrame(
        {one: numbers(sample.texts[one], sample.source.columns[one]) for one in (price, "quantity")}
    ).dropna()
    if len(table) < LEAST_VALUES:
        return None
    why = "Quantities would be sums of money, and prices counts of pieces"
    whole, whole_price = _whole(table["quantity"]), _whole(table[price])
    if whole <= 1 - _EXPLAINED and whole_price >= _ALL:
        seen = (
            f"{percent(1 - whole)} of the values of quantity have decimals, as prices, while those of {price} are whole"
            f" numbers, as quantities{sample.sampled}"
        )
        return _exchange(sample, "quantity", price, seen, why)
    if "product_id" not in sample.texts or price != "unit_price_amount":
        return None
    table["product"] = sample.texts["product_id"]
    explained = {one: _by_product(table, one) for one in ("quantity", price)}
    if explained["quantity"] - explained[price] > _EXPLAINED:
        seen = (
            f"the product tells {percent(explained['quantity'])} of the differences of quantity, as of a price, and"
            f" {percent(explained[price])} of those of {price}, as of a quantity{sample.sampled}"
        )
        return _exchange(sample, "quantity", price, seen, why)
    return None


def _by_product(table: pd.DataFrame, name: str) -> float:
    """The share of the variance (of logarithms) that the product explains, among products bought often."""
    some = table[table[name] > 0]
    often = some["product"].value_counts()
    some = some[some["product"].isin(often[often >= _LINES_A_PRODUCT].index)]
    if some["product"].nunique() < _PRODUCTS:
        return 0.0
    values = np.log(some[name])
    total = float(((values - values.mean()) ** 2).sum())
    within = float(((values - values.groupby(some["product"]).transform("mean")) ** 2).sum())
    # what so many means explain of pure noise is taken off
    free = len(values) - some["product"].nunique()
    return 1 - (within / free) / (total / (len(values) - 1)) if total and free > 0 else 0.0


def _twice(sample: Sample) -> Advice | None:
    """A price that is the quantity, value by value."""
    for price in ("unit_price_amount", "net_amount"):
        if sample.entity.name == "orders" and {price, "quantity"} <= set(sample.texts):
            table = sample.texts[[price, "quantity"]].dropna()
            is_same = float((table[price] == table["quantity"]).mean()) if len(table) else 0.0
            if len(table) >= LEAST_VALUES and table["quantity"].nunique() > 3 and is_same >= _ALL:
                return Advice(
                    "column_mapped_twice", (sample.name,),
                    f"{price} is equal to quantity in {percent(is_same)} of the rows{sample.sampled}",
                    "What was paid would be the number of pieces", f"Check which column of the source holds {price}",
                    column_lines(sample.name, f"{price}: another_column"),
                )  # fmt: skip
    return None
