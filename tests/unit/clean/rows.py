"""Raw rows for the tests of cleaning, and what came of them."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipeline.clean import Cleaned
from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.tables.entities import ENTITIES
from pipeline.tables.zones import set_aside
from tests.conftest import shop_settings

ORDERS, PRODUCTS, PROFILES = ENTITIES["orders"], ENTITIES["products"], ENTITIES["profiles"]
FIRST, LATER = datetime(2024, 4, 2, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC)
GOOD = {
    "customer": "7",
    "order": "A1",
    "at": "2024-01-05 10:00:00",
    "product": "P1",
    "quantity": "2",
    "price": "9.50",
}


def raw_rows(
    engine: Engine, rows: list[dict[str, Any]], source: str = "till", defaults: dict[str, Any] = GOOD
) -> Any:
    """Raw rows: ``defaults`` changed by each row; ``period`` and the collector's columns too.

    Where a row has ``_withdraws_at``, the table has the column, as newer raw tables do.
    """
    mark = (
        [("_withdraws_at", pa.timestamp("us", tz="UTC"))]
        if any("_withdraws_at" in one for one in rows)
        else []
    )
    table = []
    for number, row in enumerate(rows, 1):
        stamped = {
            "period": "2024-01",
            "_collected_at": FIRST,
            "_source": source,
            "_file": "orders.csv",
            "_row": number,
        }
        table.append(stamped | defaults | row)
    schema = pa.schema(
        [
            ("period", pa.string()),
            ("_collected_at", pa.timestamp("us", tz="UTC")),
            ("_source", pa.string()),
            ("_file", pa.string()),
            ("_row", pa.int64()),
            *mark,
            *((one, pa.string()) for one in defaults),
        ]
    )
    return engine.from_arrow(pa.Table.from_pylist(table, schema=schema))


def columns(**changes: Any) -> dict[str, Any]:
    """The small shop's source with other columns mapped (None takes one away)."""
    sources = shop_settings()["sources"]
    mapped = sources["till"]["columns"] | changes
    sources["till"]["columns"] = {name: one for name, one in mapped.items() if one is not None}
    return sources


def kept(cleaned: Cleaned, entity: Any = ORDERS) -> list[dict[str, Any]]:
    table = cast(cleaned.kept.to_pyarrow(), entity.clean.schema)
    return sorted(table.to_pylist(), key=lambda row: [str(row[one]) for one in entity.clean.key])


def aside(cleaned: Cleaned, entity: str = "orders") -> list[dict[str, Any]]:
    table = cast(cleaned.set_aside.to_pyarrow(), set_aside(entity).schema)
    return sorted(
        table.to_pylist(),
        key=lambda row: (row["source"], row["period"], row["file"], row["row"], row["collected_at"]),
    )
