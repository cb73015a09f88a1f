"""A company of which advice is asked: orders, people, products as a shop has them, to be spoiled by tests.

Rows are dictionaries of text, as CSV gives them. What a clean company is like does not follow from the
thresholds: sizes, prices and hours are drawn as simulations of retail do (skewed baskets, lognormal prices, hours of
the day around the afternoon).
"""

import csv
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from pipeline.advice import Advice, about_all, about_source
from pipeline.cli.trying import Trial
from pipeline.engine import Engine
from pipeline.settings import Project, load_project

NOW = datetime(2024, 8, 15, tzinfo=UTC)
Row = dict[str, str]

NAMES = ("Anna", "Ben", "Chloe", "David", "Emma", "Finn", "Greta", "Hugo", "Ida", "Jonas")
FAMILIES = ("Keller", "Muller", "Novak", "Olsen", "Peters", "Roth", "Schmidt", "Thoma", "Ulrich", "Vogel")
CITIES = ("Bremen", "Kiel", "Lyon", "Prague", "Turin")


def orders(seed: int, customers: int = 120, months: int = 3, lines: int = 1_500) -> list[Row]:
    """Order lines from January 2024 on."""
    rng = random.Random(seed)
    ids = rng.sample(range(12_000, 19_000), customers)
    weights = [rng.expovariate(1) for _ in ids]
    prices = {
        f"P{number:04d}": round(rng.lognormvariate(1.5, 0.8), 2) + 0.01
        for number in rng.sample(range(9_000), 60)
    }
    found: list[Row] = []
    number = rng.randrange(100_000, 400_000)
    while len(found) < lines:
        number += 1
        day = datetime(2024, 1, 1) + timedelta(days=rng.randrange(28 * months))
        at = day + timedelta(hours=min(max(rng.gauss(14.5, 3), 7), 21.5), seconds=rng.randrange(3600))
        customer = rng.choices(ids, weights)[0]
        for product in rng.sample(sorted(prices), min(1 + int(rng.expovariate(0.5)), 12)):
            found.append(
                {
                    "customer": str(customer),
                    "order": str(number),
                    "at": at.isoformat(sep=" ", timespec="seconds"),
                    "product": product,
                    "quantity": str(rng.choice((1, 1, 1, 1, 2, 2, 3, 4, 6, 10, 12, 24))),
                    "price": f"{prices[product] * rng.choice((1, 1, 1, 0.9)):.2f}",
                    "till": rng.choice("abc"),
                }
            )
    return found


def people(seed: int, rows: Sequence[Row]) -> list[Row]:
    """A profile of every customer."""
    rng = random.Random(seed + 1)
    found = []
    for customer in sorted({one["customer"] for one in rows}):
        name, family = rng.choice(NAMES), rng.choice(FAMILIES)
        born = datetime(1945, 1, 1) + timedelta(days=rng.randrange(20_000))
        found.append(
            {
                "id": customer,
                "first": name,
                "last": family,
                "mail": f"{name}.{family}{customer}@example.com".lower(),
                "tel": f"+49 171 {rng.randrange(1_000_000, 9_999_999)}",
                "born": f"{born:%Y-%m-%d}",
                "town": rng.choice(CITIES),
                "pay": str(rng.randrange(18, 90) * 1_000 + rng.randrange(10) * 100),
                "made": (datetime(2022, 1, 1) + timedelta(minutes=rng.randrange(10**6))).isoformat(" "),
            }
        )
    return found


def products(rows: Sequence[Row]) -> list[Row]:
    """Every product that was sold."""
    return [{"sku": one, "kind": f"k{int(one[1:]) % 5}"} for one in sorted({row["product"] for row in rows})]


def settings() -> dict[str, Any]:
    """The settings of the clean company."""

    def file(name: str) -> dict[str, str]:
        return {"kind": "file", "format": "csv", "path": f"{name}.csv"}

    return {
        "project": "company",
        "title": "A company",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "first_period": "2024-01",
        "last_period": "2024-03",
        "sources": {
            "till": {
                "entity": "orders",
                "account_space": "shop",
                "connector": file("till"),
                "columns": {
                    "source_account_id": "customer",
                    "order_id": "order",
                    "ordered_at": "at",
                    "product_id": "product",
                    "quantity": "quantity",
                    "unit_price_amount": "price",
                    "store_id": "till",
                },
            },
            "crm": {
                "entity": "profiles",
                "account_space": "shop",
                "connector": file("crm"),
                "columns": {
                    "source_account_id": "id",
                    "given_name": "first",
                    "family_name": "last",
                    "email": "mail",
                    "phone": "tel",
                    "birth_date": "born",
                    "city": "town",
                    "income_amount": "pay",
                    "created_at": "made",
                },
            },
            "catalogue": {
                "entity": "products",
                "connector": file("catalogue"),
                "columns": {"product_id": "sku", "category": "kind"},
            },
        },
    }


class Company:
    """Rows and settings of a company, clean as long as nobody spoils them."""

    def __init__(self, seed: int) -> None:
        rows = orders(seed)
        self.files: dict[str, list[Row]] = {
            "till": rows,
            "crm": people(seed, rows),
            "catalogue": products(rows),
        }
        self.settings = settings()

    @property
    def sources(self) -> dict[str, Any]:
        """Settings of the sources."""
        found: dict[str, Any] = self.settings["sources"]
        return found

    def write(self, folder: Path) -> Project:
        """Write files and YAML, and load the project."""
        for name, rows in self.files.items():
            write_csv(folder / f"{name}.csv", rows)
        text = yaml.safe_dump(self.settings, sort_keys=False)
        (folder / "project.yaml").write_text(text, encoding="utf-8")
        return load_project(folder)

    def advice(self, engine: Engine, folder: Path) -> list[Advice]:
        """What ``segments check`` warns of."""
        return advised(engine, self.write(folder))


def write_csv(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def advised(engine: Engine, project: Project, now: datetime = NOW) -> list[Advice]:
    """All advice about a project, as the command gives it."""
    trial = Trial(engine, project, now)
    found: list[Advice] = []
    for name in trial.order:
        found += about_source(engine, project, trial.source(name), now)
    return found + about_all(project, list(trial.tried.values()))
