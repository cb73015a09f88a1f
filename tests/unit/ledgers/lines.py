"""Clean rows for tests of everything that starts from them."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.periods import Calendar
from pipeline.tables.entities import (
    CAMPAIGN_CONTACTS,
    COUPON_REDEMPTIONS,
    ENTITIES,
    ORDERS,
    PRODUCTS,
    PROFILES,
)
from pipeline.tables.model import Table

UTC_MONTHS = Calendar("month", "UTC")


@dataclass(frozen=True)
class Company:
    """What a ledger may know of a project, without one."""

    calendar: Calendar = UTC_MONTHS
    entities: frozenset[str] = frozenset()

    def sources_telling(self, entity: str, columns: Sequence[str]) -> list[str]:
        """No source maps anything."""
        return []


def at(text: str) -> datetime:
    """``2024-01-31 18:00`` as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rows_of(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    """An Arrow table of the contract; columns that a row does not name are null."""
    complete = [{name: row.get(name) for name in table.columns} for row in rows]
    return pa.Table.from_pylist(complete, schema=table.schema)


def line(when: datetime | str, calendar: Calendar = UTC_MONTHS, **values: Any) -> dict[str, Any]:
    """One order line, bought unless ``is_return``; local day, hour and period follow from ``when``."""
    instant = at(when) if isinstance(when, str) else when
    local = instant.astimezone(ZoneInfo(calendar.time_zone))
    amounts = {
        name: Decimal(str(values.pop(name, default)))
        for name, default in (
            ("quantity", 1), ("net_amount", 10), ("discount_amount", 0), ("coupon_amount", 0),
            ("unit_price_amount", 0),
        )
    }  # fmt: skip
    usual = {
        "source": "till",
        "account_id": "a_1",
        "order_id": f"o-{instant:%Y%m%d%H%M%S}",
        "is_return": False,
    }
    derived = {"ordered_at": instant, "ordered_date": local.date(), "ordered_hour": local.hour}
    return {**usual, **derived, "period": calendar.key(local.date()), **amounts, **values}


def order_lines(*lines: dict[str, Any]) -> pa.Table:
    """Clean order lines, each with a key of its own."""
    return rows_of(ORDERS.clean, [{"line_key": str(number), **one} for number, one in enumerate(lines)])


def products(periods: list[str], categories: Mapping[str, str | None]) -> pa.Table:
    """The same products in each period, with their categories."""
    return rows_of(
        PRODUCTS.clean,
        [
            {"period": period, "source": "catalogue", "product_id": product, "category": category}
            for period in periods
            for product, category in categories.items()
        ],
    )


def profiles(*rows: dict[str, Any], period: str = "2024-01") -> pa.Table:
    """Clean profiles of a period; a row names at least ``account_id``."""
    return rows_of(PROFILES.clean, [{"period": period, "source": "crm", **row} for row in rows])


def contacts(*rows: tuple[str, str, str] | tuple[str, str, str, dict[str, Any]]) -> pa.Table:
    """Clean campaign contacts: account, campaign, time, and other values by column."""
    return rows_of(
        CAMPAIGN_CONTACTS.clean,
        [
            {
                "period": when[:7],
                "source": "mail",
                "account_id": account,
                "line_key": str(key),
                "campaign_id": campaign,
                "sent_at": at(when),
                **(more[0] if more else {}),
            }
            for key, (account, campaign, when, *more) in enumerate(rows)
        ],
    )


def redemptions(*rows: tuple[str, str, str]) -> pa.Table:
    """Clean coupon redemptions: account, campaign, time."""
    return rows_of(
        COUPON_REDEMPTIONS.clean,
        [
            {
                "period": when[:7],
                "source": "mail",
                "account_id": account,
                "line_key": str(key),
                "campaign_id": campaign,
                "redeemed_at": at(when),
            }
            for key, (account, campaign, when) in enumerate(rows)
        ],
    )


def random_lines(
    seed: int, calendar: Calendar, first: date, days: int, accounts: int = 12, orders: int = 150
) -> list[dict[str, Any]]:
    """Lines of random orders: 1-4 lines each, some returns, some unknown products and stores."""
    chance = random.Random(seed)
    start = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(calendar.time_zone))
    lines = []
    for order in range(orders):
        account = f"a_{chance.randrange(accounts):03}"
        placed = start.astimezone(UTC) + timedelta(seconds=chance.randrange(days * 86_400))
        for _ in range(chance.randint(1, 4)):
            is_return = chance.random() < 0.1
            sign = -1 if is_return else 1
            lines.append(
                line(
                    placed + timedelta(seconds=chance.randrange(900)),
                    calendar,
                    account_id=account,
                    order_id=f"o-{order}",
                    product_id=None if chance.random() < 0.05 else f"p{chance.randrange(15):02}",
                    store_id=None if chance.random() < 0.05 else f"s{chance.randrange(4)}",
                    quantity=sign * chance.randint(1, 3),
                    net_amount=sign * chance.randrange(0, 50_000) / 100,
                    discount_amount=chance.choice([0, 0, chance.randrange(1, 2_000) / 100]),
                    coupon_amount=chance.choice([0, 0, 0, 1]),
                    is_return=is_return,
                )
            )
    return lines


def events(entity: str, *rows: dict[str, Any]) -> pa.Table:
    """Clean rows of an entity of events; times may be texts, amounts numbers; account a_1 unless said."""
    contract = ENTITIES[entity]
    time = str(contract.event_time)
    usual = {"source": "somewhere", "account_id": "a_1"}
    times = {one.name for one in contract.clean.fields if pa.types.is_timestamp(one.type)}
    amounts = {one.name for one in contract.clean.fields if pa.types.is_decimal(one.type)}

    def typed(name: str, value: Any) -> Any:
        if value is not None and name in amounts:
            return Decimal(str(value))
        return at(value) if name in times and isinstance(value, str) else value

    return rows_of(
        contract.clean,
        [
            {**usual, "line_key": str(key), "period": row[time][:7]}
            | {name: typed(name, value) for name, value in row.items()}
            for key, row in enumerate(rows)
        ],
    )
