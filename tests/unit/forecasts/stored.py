"""Stored features of made-up customers over several periods: buyers at rates of their own, who may stop."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.features import CUSTOMER_FEATURES, FEATURES
from pipeline.forecasts.fitting import Plan
from pipeline.periods import Calendar

CALENDAR = Calendar("month", "UTC")
FIRST = "2024-01"
#: Features of use by period, as ``with_use`` makes them.
USE = (
    "used_periods_count_1p",
    "used_periods_count_3p",
    "used_periods_count_12p",
    "used_periods_share_12p",
    "use_recency_periods_12p",
    "use_tenure_periods_12p",
)


def periods(count: int) -> list[str]:
    found = [FIRST]
    while len(found) < count:
        found.append(CALENDAR.next(found[-1]))
    return found


def plan(period: str, **more) -> Plan:
    given = {
        "calendar": CALENDAR, "first_period": FIRST, "period": period, "warm_up_periods": 3,
        "refit_every_periods": 1, "retention_days": 365, "min_customers": 50, "most_rows": 50_000, "seed": 7,
        "givable": frozenset(FEATURES),
    }  # fmt: skip
    return Plan(**(given | more))


def orders_of(count: int, customers: int = 500, seed: int = 1, leaving: float = 0.1) -> np.ndarray:
    """Orders by customer and period; a tenth of the customers (``leaving``) stop for good in each period."""
    random = np.random.default_rng(seed)
    rate = random.gamma(0.8, 2.0, customers)
    stopped = random.geometric(leaving, customers)
    alive = np.arange(count)[None, :] < stopped[:, None]
    return random.poisson(rate[:, None] * alive)


def stored(orders: np.ndarray, amount: float = 20.0) -> pa.Table:
    """``CUSTOMER_FEATURES`` of every period: a customer is there from its first order on."""
    return pa.concat_tables([_of_period(orders, place, amount) for place in range(orders.shape[1])])


def _of_period(orders: np.ndarray, place: int, amount: float) -> pa.Table:
    past = orders[:, : place + 1]
    seen = np.flatnonzero(past.sum(axis=1) > 0)
    past = past[seen]
    name = periods(orders.shape[1])[place]
    first = (past > 0).argmax(axis=1)
    last = place - (past[:, ::-1] > 0).argmax(axis=1)
    counts = {span: past[:, -span:].sum(axis=1) for span in (1, 3, 6, 12)}
    numbers = {
        "recency_days": (place - last) * 30.0 + 10,
        "tenure_days": (place - first) * 30.0 + 20,
        "orders_per_30_days_12p": counts[12] / (place - first + 1),
        "net_amount_per_30_days_12p": amount * counts[12] / (place - first + 1),
        "active_periods_share_12p": (past > 0).sum(axis=1) / (place - first + 1),
        "observed_periods_count": place - first + 1,
        "order_days_count_12p": counts[12],
        "mean_gap_days_12p": np.where(
            counts[12] > 1, (last - first) * 30.0 / np.maximum(counts[12] - 1, 1), np.nan
        ),
        "average_order_amount_12p": np.where(counts[12] > 0, amount, np.nan),
        **{f"orders_count_{span}p": found for span, found in counts.items()},
        **{f"net_amount_{span}p": amount * counts[span] for span in (1, 3, 12)},
    }
    ends = [CALENDAR.as_of(one) - timedelta(days=10) for one in periods(orders.shape[1])]
    columns = {
        "period": [name] * len(seen),
        "customer_id": [f"c{one:05d}" for one in seen],
        "first_seen_at": [_plain(ends[one]) for one in first],
        "last_active_at": [_plain(ends[one]) for one in last],
        **{key: np.asarray(values) for key, values in numbers.items()},
    }
    arrays = [
        pa.array(columns[field.name]).cast(field.type, safe=False)
        if field.name in columns
        else pa.nulls(len(seen), field.type)
        for field in CUSTOMER_FEATURES.schema
    ]
    return pa.Table.from_arrays(arrays, names=CUSTOMER_FEATURES.columns)


def with_contacts(table: pa.Table, contacts: np.ndarray, answers: np.ndarray) -> pa.Table:
    """``table`` of ``stored`` with contacts by customer and period, and how many of them were answered by the
    end of the period after."""
    names = periods(contacts.shape[1])
    who = np.array([int(one[1:]) for one in table["customer_id"].to_pylist()])
    place = np.array([names.index(one) for one in table["period"].to_pylist()])
    sent, told = (
        np.hstack([np.zeros((len(one), 1), int), one]).cumsum(axis=1) for one in (contacts, answers)
    )
    before = np.maximum(place - 1, 0)
    numbers = {
        # Of this period nothing is answered yet.
        "campaign_contacts_count_12p": sent[who, place + 1],
        "campaign_answerable_count_12p": sent[who, place + 1],
        "campaign_responses_count_12p": told[who, place],
        "campaign_due_contacts_count_2p": np.where(place > 0, contacts[who, before], 0),
        "campaign_due_responses_count_2p": np.where(place > 0, answers[who, before], 0),
    }
    counted = numbers["campaign_answerable_count_12p"]
    numbers["campaign_response_share_12p"] = np.where(
        counted > 0, numbers["campaign_responses_count_12p"] / np.maximum(counted, 1), np.nan
    )
    return _with(table, numbers)


def users_of(count: int, customers: int = 1_500, seed: int = 1, differ: bool = True) -> np.ndarray:
    """Whether each customer uses a service in each period: each from its first period on with a chance of
    its own until it leaves, or (not ``differ``) all alike with the same for ever."""
    random = np.random.default_rng(seed)
    begins = random.integers(0, max(1, count // 2), customers)
    uses = random.beta(1.2, 0.75, customers) if differ else np.full(customers, 0.5)
    stays = random.geometric(random.beta(0.66, 4.0, customers)) if differ else np.full(customers, count + 1)
    since = np.arange(count)[None, :] - begins[:, None]
    is_there = (since > 0) & (since < stays[:, None])
    return (is_there & (random.random((customers, count)) < uses[:, None])) | (since == 0)


def with_use(used: np.ndarray) -> pa.Table:
    """Stored features of customers of whom it is known in which periods they ``used`` a service."""
    table = stored(used.astype(int))
    names = periods(used.shape[1])
    who = np.array([int(one[1:]) for one in table["customer_id"].to_pylist()])
    place = np.array([names.index(one) for one in table["period"].to_pylist()])
    numbers: dict[str, list] = {name: [] for name in USE}
    for one, at in zip(who, place, strict=True):
        past = used[one, max(0, at - 11) : at + 1]
        when = np.flatnonzero(past)
        ago = (len(past) - 1 - when) if len(when) else np.array([np.nan])
        values = (past[-1:].sum(), past[-3:].sum(), past.sum(), past.sum() / len(past), ago[-1], ago[0])
        for name, value in zip(USE, values, strict=True):
            numbers[name].append(float(value))
    counted = numbers["used_periods_count_12p"]
    days = [30.0 * one for one in numbers["use_recency_periods_12p"]]
    more = {"uses_count_6p": counted, "uses_count_12p": counted, "use_recency_days": days}
    return _with(table, numbers | more)


def _with(table: pa.Table, numbers: Mapping[str, Any]) -> pa.Table:
    """``table`` with other values in some columns; NaN is unknown."""
    for name, values in numbers.items():
        at = table.schema.get_field_index(name)
        column = pa.array(np.asarray(values), from_pandas=True).cast(table.schema.field(at).type, safe=False)
        table = table.set_column(at, table.schema.field(at), column)
    return table


def _plain(at: datetime) -> datetime:
    return at
