"""Sums over the window: one row a customer of the population, all that families need.

Belongs here: adding up ledgers through the links. Does not belong here: features (one module a
family).

Where the project has no ledger, its columns are null; where it has one but a customer has no
row in it, counts and sums are zero.
"""

from collections.abc import Mapping, Sequence

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.inputs import FeatureInputs, Window

_ORDER_SUMS = (
    "orders_count", "lines_count", "bought_amount", "returned_amount", "discount_amount_sum",
    "discounted_lines_count", "coupon_lines_count", "order_amount_squared_sum", "weekend_orders_count",
    "evening_orders_count", "order_days_count", "gap_days_squared_sum",
)  # fmt: skip
_CAMPAIGN_SUMS = (
    "contacts_count", "openable_count", "opened_count", "answerable_count", "responses_count",
    "redemptions_count",
)  # fmt: skip
#: Spans that are summed apart from the whole window: suffix of the column.
_SPANS = ("3p", "prior_3p")

#: Columns that ``order_sums`` adds, with their types; those below are zero without a row.
_ORDERS_ADDITIVE = {
    **{name: "decimal(38, 4)" if "amount" in name else "int64" for name in _ORDER_SUMS},
    "order_amount_squared_sum": "decimal(38, 8)",
    **{f"orders_count_{span}": "int64" for span in _SPANS},
    **{f"net_amount_{span}": "decimal(38, 4)" for span in _SPANS},
    "ordered_periods_count": "int64",
    "boundary_gap_days_squared_sum": "int64",
}
_ORDERS_OTHER = {
    "last_order_at": "timestamp('UTC', 6)",
    "first_order_date": "date",
    "last_order_date": "date",
    "first_order_date_now": "date",
    "last_order_date_before": "date",
}
_KEYS_ADDITIVE = dict.fromkeys(
    (
        "products_count", "categories_count", "stores_count", "category_lines_count", "store_lines_count",
        "category_lines_squared_sum", "top_category_lines_count", "top_store_lines_count",
    ),
    "int64",
)  # fmt: skip
_KEYS_OTHER = {"top_category": "string"}

#: More lines than a customer can have; all values below it, taken from it, have 12 digits.
_MANY_LINES = 10**12


def customer_sums(inputs: FeatureInputs, window: Window) -> ir.Table:
    """One row a customer of the population, with the columns of ``CUSTOMERS`` and all sums.

    Sums cover the window, unless their name ends in ``_3p`` (the last three periods) or
    ``_prior_3p`` (the three before). ``exposure_days``: from the later of the window's start and
    the first event to as_of, at least one. ``observed_periods_count``: periods of the project
    since the first event.
    """
    customers = inputs.customers
    population = customers.filter((customers.period == window.period) & customers.is_in_population)
    links = inputs.links.filter(inputs.links.period == window.period).select("account_id", "customer_id")

    orders = keys = campaigns = None
    if inputs.orders is not None:
        orders = order_sums(_of_customers(inputs.orders, links, window), window)
    if inputs.order_keys is not None:
        keys = key_sums(_of_customers(inputs.order_keys, links, window))
    if inputs.campaigns is not None:
        campaigns = campaign_sums(_of_customers(inputs.campaigns, links, window), window)

    base = _joined(population, orders, _ORDERS_ADDITIVE, _ORDERS_OTHER)
    base = _joined(base, keys, _KEYS_ADDITIVE, _KEYS_OTHER)
    base = _joined(base, campaigns, dict.fromkeys(_CAMPAIGN_SUMS, "int64"), {})
    return base.mutate(
        exposure_days=_exposure_days(base, window),
        observed_periods_count=periods_since(base.first_seen_at, window.history, window),
    )


def order_sums(rows: ir.Table, window: Window) -> ir.Table:
    """Sums of the order ledger by ``customer_id``, in one pass. ``rows`` carry ``customer_id``.

    Order days and gaps of a customer with several accounts are approximate: a day on which two
    accounts ordered counts twice, and gaps within a period are those within each account.
    """
    net_amount = rows.bought_amount - rows.returned_amount
    spans = {"3p": rows.period.isin(window.last_three), "prior_3p": rows.period.isin(window.three_before)}
    places = dict(enumerate(window.periods))
    sums = rows.group_by("customer_id").agg(
        **{name: rows[name].sum() for name in _ORDER_SUMS},
        **{f"orders_count_{span}": rows.orders_count.sum(where=where) for span, where in spans.items()},
        **{f"net_amount_{span}": net_amount.sum(where=where) for span, where in spans.items()},
        **{f"_first_{at}": rows.first_order_date.min(where=rows.period == one) for at, one in places.items()},
        **{f"_last_{at}": rows.last_order_date.max(where=rows.period == one) for at, one in places.items()},
        last_order_at=rows.last_order_at.max(),
    )
    firsts = [sums[f"_first_{at}"] for at in places]
    lasts = [sums[f"_last_{at}"] for at in places]
    ordered = [ibis.ifelse(first.notnull(), 1, 0) for first in firsts]
    # The last order day before each period: the nearest of the periods before that has one.
    before = [ibis.coalesce(*lasts[at - 1 :: -1]) if at else ibis.null("date") for at in places]
    gaps = [_squared_gap(day, first) for day, first in zip(before, firsts, strict=True)]
    return sums.mutate(
        ordered_periods_count=sum(ordered[1:], ordered[0]),
        boundary_gap_days_squared_sum=sum(gaps[1:], gaps[0]),
        first_order_date=ibis.coalesce(*firsts),
        last_order_date=ibis.coalesce(*reversed(lasts)),
        first_order_date_now=firsts[-1],
        last_order_date_before=before[-1],
    ).drop(*(f"_{which}_{at}" for which in ("first", "last") for at in places))


def _squared_gap(before: ir.DateValue, first: ir.DateValue) -> ir.IntegerValue:
    """Squared days between the order days on either side of a period's start; zero without both."""
    gap = first.epoch_days() - before.epoch_days()
    return (gap * gap).fill_null(0)


def key_sums(rows: ir.Table) -> ir.Table:
    """Breadth and concentration of keys by ``customer_id``, in two roll-ups and no distinct count."""
    wanted = rows.filter(rows.key_kind.isin(("product", "category", "store")))
    keys = wanted.group_by("customer_id", "key_kind", "key").agg(lines=wanted.lines_count.sum().cast("int64"))
    is_product, is_category, is_store = (keys.key_kind == kind for kind in ("product", "category", "store"))
    # The least text is the key with most lines, ties by alphabet: the complement of the lines,
    # always of 12 digits, stands before the key.
    complement = (_MANY_LINES - keys.lines).cast("string")
    sums = keys.group_by("customer_id").agg(
        products_count=keys.count(where=is_product),
        categories_count=keys.count(where=is_category),
        stores_count=keys.count(where=is_store),
        category_lines_count=keys.lines.sum(where=is_category),
        category_lines_squared_sum=(keys.lines * keys.lines).sum(where=is_category),
        top_category_lines_count=keys.lines.max(where=is_category),
        top_category=(complement + keys.key).min(where=is_category),
        store_lines_count=keys.lines.sum(where=is_store),
        top_store_lines_count=keys.lines.max(where=is_store),
    )
    return sums.mutate(top_category=sums.top_category.substr(len(str(_MANY_LINES - 1))))


def campaign_sums(rows: ir.Table, window: Window) -> ir.Table:
    """Sums of the ledger of campaigns by ``customer_id``. ``rows`` carry ``customer_id``.

    Openings and answers are those that came by the end of the period after the contact's, and
    before as_of. A redemption of a campaign in a period answers one contact of that campaign, of
    whichever account of the customer: possibly one that is known as answered, so of the two counts
    the greater holds, and never more than there are contacts.
    """
    is_now = rows.period == window.period
    by_campaign = rows.group_by("customer_id", "campaign_id").agg(
        contacts_count=rows.contacts_count.sum(),
        openable_count=rows.openable_count.sum(),
        opened_count=ibis.ifelse(is_now, rows.opened_count, rows.opened_by_next_count).sum(),
        answerable_count=rows.answerable_count.sum(),
        answered_count=ibis.ifelse(is_now, rows.answered_count, rows.answered_by_next_count).sum(),
        redeemed_count=rows.count(where=rows.redemptions_count > 0),
        redemptions_count=rows.redemptions_count.sum(),
    )
    answers = ibis.greatest(by_campaign.answered_count, by_campaign.redeemed_count)
    responses = by_campaign.mutate(responses_count=ibis.least(by_campaign.answerable_count, answers))
    return responses.group_by("customer_id").agg(**{name: responses[name].sum() for name in _CAMPAIGN_SUMS})


def _of_customers(ledger: ir.Table, links: ir.Table, window: Window) -> ir.Table:
    """Rows of the window, each with its ``customer_id``."""
    return ledger.filter(ledger.period.isin(window.periods)).inner_join(links, "account_id")


def _joined(
    base: ir.Table, sums: ir.Table | None, additive: Mapping[str, str], other: Mapping[str, str]
) -> ir.Table:
    """``base`` with the columns of ``sums``: zero or null without a row, null without a ledger."""
    if sums is None:
        return base.mutate(**{name: ibis.null(type_) for name, type_ in {**additive, **other}.items()})
    joined = base.left_join(sums, "customer_id").drop("customer_id_right")
    return joined.mutate(**{name: joined[name].fill_null(0).cast(type_) for name, type_ in additive.items()})


def _exposure_days(customers: ir.Table, window: Window) -> ir.FloatingValue:
    as_of = window.calendar.as_of(window.period)
    since_start = (as_of - window.calendar.starts_at(window.periods[0])).total_seconds() / 86_400
    since_first = days_until(as_of, customers.first_seen_at)
    return ibis.greatest(1.0, ibis.least(since_start, since_first))


def periods_since(at: ir.TimestampValue, periods: Sequence[str], window: Window) -> ir.IntegerValue:
    """How many of ``periods``, which end with the window's, end after ``at``; at least one.

    The comparisons form a balanced tree, so that a long history makes neither a deep expression
    nor many comparisons a row.
    """
    as_of = window.calendar.as_of(window.period)
    days = days_until(as_of, at)

    def counted(low: int, high: int) -> ir.IntegerValue:
        """Count for times within or after period ``low`` and within or before period ``high``."""
        if low == high:
            return ibis.literal(len(periods) - low, "int64")
        middle = (low + high) // 2
        after_middle = (as_of - window.calendar.as_of(periods[middle])).total_seconds() / 86_400
        return ibis.ifelse(days > after_middle, counted(low, middle), counted(middle + 1, high))

    return counted(0, len(periods) - 1)
