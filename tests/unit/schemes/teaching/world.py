"""A shop whose customers leave for reasons that stand in their features, with labels of now or of later."""

from typing import Any

import numpy as np
import pyarrow as pa

from tests.unit.segments.synthetic import PERIOD, customers

#: Attributes and features of the shop's own.
ATTRIBUTES = [
    {
        "attribute": "outcome",
        "label": {"en": "Outcome", "zh": "结果"},
        "meaning": "What became of the customer.",
        "type": "text",
        "values": ["left", "stayed"],
        "privacy": "none",
    }
]
FEATURES = [
    {
        "feature": "is_silent",
        "label": {"en": "Silent", "zh": "静默"},
        "meaning": "No order in the period.",
        "formula": "orders.orders_count = 0",
        "window": 1,
    }
]
PROFILES = {
    "entity": "profiles",
    "account_space": "shop",
    "connector": {"kind": "file", "format": "csv", "path": "labels.csv"},
    "columns": {"source_account_id": "customer", "outcome": "outcome"},
}
INPUTS = ["recency_days", "discount_share_12p", "tenure_days", "is_tenure_censored"]
NOW: dict[str, Any] = {
    "scheme": "leavers",
    "kind": "taught",
    "label": {"en": "Leavers", "zh": "流失"},
    "labels": {"feature": "outcome"},
    "features": INPUTS,
    "segments": {
        "left": {"label": {"en": "Leaves", "zh": "流失"}},
        "stayed": {"label": {"en": "Stays", "zh": "留存"}},
    },
}
LATER: dict[str, Any] = NOW | {
    "labels": {
        "feature": "is_silent",
        "periods_later": 1,
        "values": {"true": "left", "false": "stayed"},
        "gone": "left",
    }
}


def settings(document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the settings of the small shop have besides."""
    sources = {
        "till": {
            "entity": "orders",
            "account_space": "shop",
            "connector": {"kind": "file", "format": "csv", "path": "orders.csv"},
            "columns": {
                "source_account_id": "customer",
                "order_id": "order",
                "ordered_at": "at",
                "product_id": "product",
                "quantity": "quantity",
                "unit_price_amount": "price",
                "discount_amount": "discount",
            },
        },
        "labels": PROFILES,
    }
    return {
        "attributes": ATTRIBUTES,
        "features": FEATURES,
        "sources": sources,
        "last_period": None,
        "schemes": [document],
        "segments": {"schemes": [document["scheme"]], "refit_every_periods": 1},
    } | more


def chance(table: pa.Table) -> Any:
    """The chance of each customer to leave."""
    recency, discount = (table[one].to_numpy() for one in ("recency_days", "discount_share_12p"))
    return 1 / (1 + np.exp(-(np.log(recency / 30) * 1.2 + 12 * (discount - 0.17))))


def world(size: int = 1_200, seed: int = 1, period: str = PERIOD, spread: float = 0.9) -> pa.Table:
    """Features of customers, half of whom have a label (``outcome``); ``is_silent`` says it of all."""
    table = customers(size, seed, period, spread)
    random = np.random.default_rng([seed, 3])
    leaves = random.uniform(size=size) < chance(table)
    labelled = random.uniform(size=size) < 0.5
    said = [
        ("left" if leaf else "stayed") if known else None
        for leaf, known in zip(leaves, labelled, strict=True)
    ]
    return table.append_column("outcome", pa.array(said, pa.string())).append_column(
        "is_silent", pa.array(leaves)
    )
