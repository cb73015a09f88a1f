"""A small company for tests: orders as CSV, profiles as JSON lines, campaigns as Parquet.

Rows are made from a seed; planted duplicates and bad rows are counted, so that tests can
compare what the pipeline found with what was planted.
"""

import csv
import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from pipeline.settings import Project, load_project
from tests.conftest import SECRET_NAME

FIRST = datetime(2024, 1, 1)
CATEGORIES = ("bread", "dairy", "fruit", "household", "wine")


@dataclass(frozen=True)
class Planted:
    """What was planted into the orders."""

    lines: int
    duplicates: int
    bad: dict[str, int]


def order_lines(customers: int, months: int, seed: int = 7) -> list[dict[str, str]]:
    """Order lines of customers with habits of their own, in the order of their time."""
    rng = random.Random(seed)
    lines: list[dict[str, str]] = []
    end = FIRST + timedelta(days=30 * months)
    for number in range(customers):
        gap, basket, price = rng.choice((3, 7, 14, 30)), rng.choice((1, 2, 5)), rng.choice((2.0, 5.0, 20.0))
        moment = FIRST + timedelta(days=rng.uniform(0, gap * 2), hours=12)
        quits = FIRST + timedelta(days=rng.uniform(30, 60 * months))
        while moment < min(end, quits):
            order = f"o{number}-{len(lines)}"
            for _ in range(rng.randint(1, basket + 1)):
                lines.append(
                    {
                        "customer": f"k{number}",
                        "order": order,
                        "at": moment.isoformat(sep=" ", timespec="seconds"),
                        "product": f"p{rng.randint(1, 40)}",
                        "quantity": str(rng.randint(1, 4)),
                        "price": f"{price * rng.uniform(0.5, 1.5):.2f}",
                        "discount": f"{rng.choice((0, 0, 0.5)):.2f}",
                    }
                )
            moment += timedelta(days=max(0.5, rng.expovariate(1 / gap)))
    return sorted(lines, key=lambda one: (one["at"], one["order"], one["product"], one["price"]))


def _spoiled(line: dict[str, str], **changes: str) -> dict[str, str]:
    return {**line, "order": line["order"] + "-bad", **changes}


def write_company(
    folder: Path,
    customers: int = 200,
    months: int = 6,
    seed: int = 7,
    shuffle: int | None = None,
    **settings: Any,
) -> tuple[Project, Planted]:
    """Write sources and project.yaml of the company into ``folder`` and load it.

    ``shuffle`` is a seed for another order of the rows; ``settings`` replace top-level keys.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = order_lines(customers, months, seed)
    duplicates = lines[10:25]
    bad = [
        _spoiled(lines[5], price="cheap"),
        _spoiled(lines[6], price="-1.00"),
        _spoiled(lines[7], quantity="0"),
        _spoiled(lines[8], at="9999-12-31 00:00:00"),
        _spoiled(lines[9], customer=""),
        _spoiled(lines[11], at="yesterday"),
    ]
    everything = lines + duplicates + bad
    profiles = [
        {
            "customer": f"k{number}",
            "gender": "f" if number % 2 else "m",
            "income": 20_000 + 500 * number,
            "city": "Lyon",
        }
        for number in range(0, customers, 2)
    ]
    if shuffle is not None:
        random.Random(shuffle).shuffle(everything)
        random.Random(shuffle).shuffle(profiles)
    _write_files(folder, everything, profiles, customers, months)
    (folder / "project.yaml").write_text(yaml.safe_dump(_settings(months) | settings), encoding="utf-8")
    return load_project(folder), Planted(len(everything), len(duplicates), {"bad": len(bad)})


def _write_files(
    folder: Path, orders: list[dict[str, str]], profiles: list[dict[str, Any]], customers: int, months: int
) -> None:
    with (folder / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(orders[0]))
        writer.writeheader()
        writer.writerows(orders)
    text = "".join(json.dumps(one) + "\n" for one in profiles)
    (folder / "profiles.jsonl").write_text(text, encoding="utf-8")
    products = {"product": [f"p{number}" for number in range(1, 41)]}
    products["category"] = [CATEGORIES[number % len(CATEGORIES)] for number in range(1, 41)]
    pq.write_table(pa.table(products), folder / "products.parquet")
    contacts = [
        (f"k{number}", f"c{month}", FIRST + timedelta(days=30 * month + 5))
        for month in range(months)
        for number in range(month % 3, customers, 3)
    ]
    accounts, campaigns, sent = zip(*contacts, strict=True)
    pq.write_table(
        pa.table(
            {
                "customer": list(accounts),
                "campaign": list(campaigns),
                "sent": pa.array(sent, pa.timestamp("us")),
            }
        ),
        folder / "contacts.parquet",
    )


def _settings(months: int) -> dict[str, Any]:
    last = FIRST + timedelta(days=30 * months - 15)
    return {
        "project": "company",
        "title": "A small company",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
        "first_period": f"{FIRST:%Y-%m}",
        "last_period": f"{last:%Y-%m}",
        "sources": {
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
            "crm": {
                "entity": "profiles",
                "account_space": "shop",
                "connector": {"kind": "file", "format": "jsonl", "path": "profiles.jsonl"},
                "columns": {
                    "source_account_id": "customer",
                    "gender": "gender",
                    "income_amount": "income",
                    "city": "city",
                },
            },
            "catalogue": {
                "entity": "products",
                "connector": {"kind": "file", "format": "parquet", "path": "products.parquet"},
                "columns": {"product_id": "product", "category": "category"},
            },
            "mailings": {
                "entity": "campaign_contacts",
                "account_space": "shop",
                "connector": {"kind": "file", "format": "parquet", "path": "contacts.parquet"},
                "columns": {"source_account_id": "customer", "campaign_id": "campaign", "sent_at": "sent"},
            },
        },
        "segments": {"warm_up_periods": 2, "refit_every_periods": 2},
        "schemes": [{"scheme": "behaviour_clusters", "bootstraps": 3, "k_max": 5}],
        "drift": {"min_customers": 50},
        "identity": {"secret": f"${{{SECRET_NAME}}}"},
        "engine": {"threads": 2, "memory_limit": "1GB"},
    }
