"""Random clean rows of every entity, made from the contracts: a new entity needs no line here."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.ledgers.surveys import SCALES
from pipeline.periods import Calendar
from pipeline.tables.entities import ENTITIES, WITH_TEXT
from pipeline.tables.model import Field
from pipeline.tables.texts import text_scores
from tests.unit.ledgers.lines import rows_of

Row = dict[str, Any]
#: Columns that are known when a later time of the same row has come.
KNOWN_WITH = {
    "outcome": "responded_at",
    "resolution": "contact_closed_at",
    "refund_amount": "contact_closed_at",
}
#: Times that are said of what is yet to come: known with the row, whatever they are.
PLANS = frozenset({"expected_purchase_at"})
_WORDS: Mapping[str, tuple[str, ...]] = {
    "channel": ("store", "web", "App", "telephone", "tmall", "e-mail", "sms", "letter", "kiosk"),
    "device": ("Phone", "Desktop", "watch"),
    "entry_channel": ("search", "newsletter", "direct", "billboard"),
    "question": (*SCALES, "colour"),
    "asset_class": ("Deposit", "bond", "mutual_fund", "shares", "insurance", "art"),
    "themes": ("price", "price;service", "delivery;price"),
    "price_tier": ("premium", "mainstream", "budget"),
}
#: No product has a time.
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
#: A few days: of a quotation, say, until its answer.
_LATEST_AFTER = timedelta(days=45)


def event_entities() -> list[str]:
    """Entities of events of accounts."""
    return [name for name, one in ENTITIES.items() if one.event_time and one.has_account]


def random_events(
    seed: int, calendar: Calendar, first: datetime, days: int, each: int = 40, accounts: int = 5
) -> dict[str, list[Row]]:
    """``each`` rows of every entity of events, within ``days`` from ``first``; by entity."""
    chance = random.Random(seed)
    return {
        name: [_event(name, chance, calendar, first, days, accounts, at) for at in range(each)]
        for name in event_entities()
    }


def random_products(seed: int, periods: Sequence[str]) -> list[Row]:
    """The products that orders name, in each period with values of their own."""
    chance = random.Random(seed)
    fields = ENTITIES["products"].clean.fields
    return [
        {one.name: _value(one, chance, FIRST) for one in fields}
        | {"period": period, "source": "somewhere", "product_id": f"product_id-{at}"}
        for period in periods
        for at in range(3)
    ]


def tables(events: Mapping[str, list[Row]]) -> dict[str, pa.Table]:
    """Arrow tables of the contracts."""
    return {name: rows_of(ENTITIES[name].clean, rows) for name, rows in events.items()}


def scores(events: Mapping[str, list[Row]]) -> dict[str, pa.Table]:
    """Scores of a text of each event in which one may be written, drawn anew from the event's own key."""
    found = {}
    for name in WITH_TEXT:
        contract = text_scores(name)
        drawn = []
        for row in events.get(name, []):
            chance = random.Random(row["line_key"])
            tone = None if chance.random() < 0.2 else chance.randrange(-10_000, 10_001) / 10_000
            word = None if tone is None else chance.choice(("negative", "neutral", "positive"))
            drawn.append(row | {"tone_index": tone, "tone_class": word, "tone_evidence_count": 3})
        found[name] = rows_of(contract, drawn)
    return found


def as_known(events: Mapping[str, list[Row]], as_of: datetime) -> dict[str, list[Row]]:
    """What was known at ``as_of``: earlier events, without what became of them later."""
    return {
        name: [_known(row, as_of) for row in rows if row[ENTITIES[name].event_time or ""] < as_of]
        for name, rows in events.items()
    }


def _known(row: Row, as_of: datetime) -> Row:
    times = {name: value for name, value in row.items() if isinstance(value, datetime)}
    later = {name for name, value in times.items() if value >= as_of} - PLANS
    gone = later | {name for name, time in KNOWN_WITH.items() if time in later}
    return {name: None if name in gone else value for name, value in row.items()}


def _event(
    entity: str, chance: random.Random, calendar: Calendar, first: datetime, days: int, accounts: int, at: int
) -> Row:
    contract = ENTITIES[entity]
    time = contract.event_time or ""
    happened = first + timedelta(seconds=chance.randrange(days * 86_400))
    local = happened.astimezone(ZoneInfo(calendar.time_zone))
    row = {one.name: _value(one, chance, happened) for one in contract.clean.fields}
    row |= {
        "period": calendar.key(local.date()),
        "source": "somewhere",
        "account_id": f"a_{chance.randrange(accounts)}",
        "line_key": f"{entity}-{happened:%Y%m%d%H%M%S}-{at}",
        time: happened,
    }
    for name in KNOWN_WITH.keys() & row.keys():
        row[name] = row[name] if row[KNOWN_WITH[name]] else None
    if entity == "orders":
        row |= _order(row, chance, happened, local)
    return row


def _order(row: Row, chance: random.Random, happened: datetime, local: datetime) -> Row:
    sign = -1 if row["is_return"] and chance.random() < 0.3 else 1
    return {
        "is_return": sign < 0,
        "quantity": sign * (row["quantity"] + 1),
        "net_amount": sign * row["net_amount"],
        "ordered_date": local.date(),
        "ordered_hour": local.hour,
        "order_id": f"o-{happened:%Y%m%d%H%M%S}",
    }


def _value(one: Field, chance: random.Random, happened: datetime) -> Any:
    if one.null_meaning and chance.random() < 0.2:
        return None
    if one.name == "answer_value":
        return Decimal(chance.randrange(11))
    if one.values:
        return chance.choice(one.values)
    if pa.types.is_timestamp(one.type):
        return happened + timedelta(seconds=chance.randrange(int(_LATEST_AFTER.total_seconds())))
    if pa.types.is_boolean(one.type):
        return chance.random() < 0.5
    if pa.types.is_integer(one.type):
        return chance.randrange(4)
    if pa.types.is_decimal(one.type):
        return Decimal(chance.randrange(1000)) / 100
    if pa.types.is_date(one.type):
        return happened.date()
    return chance.choice(_WORDS.get(one.name, tuple(f"{one.name}-{at}" for at in range(3))))
