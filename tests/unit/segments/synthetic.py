"""Features of made-up customers of four kinds, for tests of segments."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.engine.writing import cast
from pipeline.features import CUSTOMER_FEATURES
from pipeline.models.parameters import from_json, to_json
from pipeline.segments import ASSIGNED, assign
from pipeline.settings import BUILT_IN, Project
from pipeline.tables.zones import ASSIGNMENTS, FORECAST_VERSIONS
from tests.conftest import shop_settings

PERIOD = "2024-03"

#: recency, orders per 30 days, order value, lines per order, categories, discount share.
KINDS = np.array(
    [
        [5.0, 8.0, 30.0, 6.0, 10.0, 0.05],
        [20.0, 2.5, 90.0, 20.0, 15.0, 0.10],
        [50.0, 0.8, 20.0, 3.0, 4.0, 0.40],
        [110.0, 0.3, 150.0, 9.0, 5.0, 0.15],
    ]
)


def customers(
    size: int = 400, seed: int = 1, period: str = PERIOD, spread: float = 0.15, kinds: Any = KINDS
) -> pa.Table:
    """``CUSTOMER_FEATURES`` of ``size`` customers; ``spread`` is the noise within a kind (log scale)."""
    random = np.random.default_rng(seed)
    kind = np.arange(size) % len(kinds)
    drawn = np.round(kinds[kind] * np.exp(random.normal(0, spread, (size, kinds.shape[1]))), 6)
    recency, frequency, order_amount, lines, categories, discount = drawn.T
    gap = 30 / frequency
    numbers: dict[str, Any] = {
        "recency_days": recency,
        "orders_per_30_days_12p": frequency,
        "net_amount_per_30_days_12p": frequency * order_amount,
        "average_order_amount_12p": order_amount,
        "average_line_amount_12p": order_amount / lines,
        "lines_per_order_12p": lines,
        "categories_count_12p": np.maximum(categories.round(), 1).astype(int),
        "discount_share_12p": np.minimum(discount, 1),
        "mean_gap_days_12p": gap,
        "gap_variation_12p": random.uniform(0.2, 1.5, size),
        "overdue_ratio": recency / gap,
        "rhythm_silence_ratio": recency / gap,
        "active_periods_share_12p": np.minimum(frequency / 2, 1),
        "top_store_share_12p": random.uniform(0.3, 1, size),
        "net_amount_trend_index_6p": random.uniform(-1, 1, size),
        "orders_trend_index_6p": random.uniform(-1, 1, size),
        "tenure_days": random.uniform(20, 300, size),
        "unseen_before_days": np.full(size, 200.0),
        "unseen_before_ratio": np.full(size, 9.0),
        "observed_periods_count": random.integers(1, 12, size),
        "is_tenure_censored": random.random(size) < 0.5,
        "orders_count_6p": np.full(size, 7),
        "orders_count_12p": np.full(size, 12),
        "order_days_count_12p": np.full(size, 10),
        "returned_share_12p": random.uniform(0, 0.3, size),
    }
    columns = {"customer_id": [f"c{i:06d}" for i in range(size)], "period": [period] * size}
    return _table(columns | {name: _plain(values) for name, values in numbers.items()}, size)


def forecast_versions(period: str = PERIOD) -> pa.Table:
    """``FORECAST_VERSIONS`` with two in force: odds of two silent periods that grow with the last one,
    and of growth that grow with the growth of late."""
    rows = [
        _in_force("churn_probability_2p", "overdue_ratio", 3.0, 1.0, period),
        _in_force("growth_probability_3p", "net_amount_trend_index_6p", 0.0, 0.1, period),
    ]
    return pa.Table.from_pylist(rows, schema=FORECAST_VERSIONS.schema)


def _in_force(name: str, feature: str, mean: float, spread: float, period: str) -> dict[str, Any]:
    """A forecast whose odds grow with one feature."""
    column = {
        "feature": feature,
        "is_skewed": False,
        "mean": mean,
        "spread": spread,
        "has_unknown": False,
    }
    model = {"kind": "logistic", "design": [column], "weights": [1.0], "constant": 0.0}
    forecast = {"method": "logistic", "models": [model], "slope": 1.0, "intercept": 0.0}
    return dict.fromkeys(FORECAST_VERSIONS.columns) | {
        "period": period,
        "forecast": name,
        "forecast_version": f"{name}@{period}",
        "status": "assigned",
        "is_refit": True,
        "seed": 1,
        "parameters": to_json(forecast | {"at_least": {"orders_count_12p": 1}}),
    }


def _plain(values: Any) -> Any:
    return np.round(values, 6) if values.dtype.kind == "f" else values


def _table(columns: dict[str, Any], size: int) -> pa.Table:
    arrays = []
    for field in CUSTOMER_FEATURES.schema:
        if field.name in columns:
            arrays.append(pa.array(columns[field.name]).cast(field.type))
        else:
            arrays.append(pa.nulls(size, field.type))
    return pa.Table.from_arrays(arrays, names=CUSTOMER_FEATURES.columns)


def changed(table: pa.Table, **columns: Any) -> pa.Table:
    """``table`` with some columns replaced (a list, or one value for all)."""
    for name, values in columns.items():
        position = table.schema.get_field_index(name)
        given = values if isinstance(values, list | np.ndarray) else [values] * table.num_rows
        field = table.schema.field(position)
        table = table.set_column(position, field, pa.array(given).cast(field.type))
    return table


def without(versions: pa.Table, *parts: str) -> pa.Table:
    """``SCHEME_VERSIONS`` of before there were some parts of parameters: what a kind says by itself."""
    texts = [
        None
        if one is None
        else to_json({key: part for key, part in from_json(one).items() if key not in parts})
        for one in versions["parameters"].to_pylist()
    ]
    return changed(versions, parameters=texts)


def with_previous(features: pa.Table, assignments: pa.Table | None = None) -> pa.Table:
    """``features`` with each customer's previous segment in every scheme, as ``assign`` wants it."""
    rows = (assignments or ASSIGNMENTS.schema.empty_table()).to_pylist()
    before = {(row["scheme"], row["customer_id"]): row["segment_id"] for row in rows}
    for scheme in SCHEME_NAMES:
        column = [before.get((scheme, one)) for one in features["customer_id"].to_pylist()]
        features = features.append_column(f"previous_segment_{scheme}", pa.array(column, pa.string()))
    return features


def assigned(
    features: pa.Table, versions: pa.Table, project: Project, period: str = PERIOD, **more: Any
) -> pa.Table:
    """``assign`` on a whole table; nobody has a previous segment in schemes unless the column is there."""
    for name in (f"previous_segment_{scheme}" for scheme in project.every_scheme):
        if name not in features.column_names:
            features = features.append_column(name, pa.nulls(features.num_rows, pa.string()))
    return in_words(assign(features.to_batches(), versions, period, project, **more))


def in_words(batches: Iterable[pa.RecordBatch]) -> pa.Table:
    """What ``assign`` gives as one table of the contract, with texts in place of codes."""
    return cast(pa.Table.from_batches(batches, schema=ASSIGNED).unify_dictionaries(), ASSIGNMENTS.schema)


def segments_of(assignments: pa.Table, scheme: str) -> dict[str, str | None]:
    """Segment of each customer in one scheme."""
    rows = assignments.select(["customer_id", "scheme", "segment_id"]).to_pylist()
    return {row["customer_id"]: row["segment_id"] for row in rows if row["scheme"] == scheme}


#: Schemes of a shop, whose sources give nothing that few companies have.
SCHEME_NAMES = [name for name, one in BUILT_IN.items() if not one.only_where_given]

#: Categories come from products, so most default features can be given.
_PRODUCTS = {
    "entity": "products",
    "connector": {"kind": "file", "format": "csv", "path": "products.csv"},
    "columns": {"product_id": "product", "category": "category"},
}


def shop_with(
    folder: Path, *documents: dict[str, Any], clusters: dict[str, Any] | None = None, **segments: Any
) -> Project:
    """The small shop with products, ``documents`` of schemes and ``segments`` settings.

    ``clusters`` differ in the behaviour clusters; few bootstraps, to be quick.
    """
    sources = shop_settings()["sources"] | {"products": _PRODUCTS}
    quick = {"scheme": "behaviour_clusters", "bootstraps": 4, "k_max": 5} | (clusters or {})
    given = shop_settings(sources=sources, last_period=None, schemes=[quick, *documents], segments=segments)
    return Project(**given, folder=folder)
