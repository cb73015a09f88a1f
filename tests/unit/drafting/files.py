"""Files of a small company in German, and drafts made from them."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from pipeline.drafting import Draft, Wishes, drafted

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)


def write(
    folder: Path, name: str, rows: list[dict[str, Any]], delimiter: str = ",", encoding: str = "utf-8"
) -> None:
    lines = [delimiter.join(rows[0]), *(delimiter.join(map(str, row.values())) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding=encoding)


def draft(folder: Path, **wishes: Any) -> tuple[Draft, dict[str, Any]]:
    found = drafted([str(folder)], folder, Wishes(**wishes), NOW)
    return found, yaml.safe_load(found.text)


def sales(count: int = 120, seed: int = 1) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [
        {
            "cust_no": f"K{rng.randint(1, 30):03}",
            "bon": f"B{at // 2}",
            "datum": f"{1 + at % 28:02}.{1 + at * 6 // count:02}.2024",
            "artikel": f"P{rng.randint(1, 9)}",
            "menge": rng.randint(1, 5),
            "preis": f"{rng.uniform(1, 50):.2f}".replace(".", ","),
        }
        for at in range(count)
    ]


def people(count: int = 30) -> list[dict[str, Any]]:
    return [
        {
            "kundennr": f"K{at:03}",
            "vorname": "Anna" if at % 2 else "Jörg",
            "nachname": f"Schmidt{chr(97 + at % 26)}{at}",
            "mail": f"p{at}@post.example",
            "telefon": f"+49 170 {1_000_000 + at}",
            "plz": f"{10_000 + at}",
            "ort": "Berlin",
        }
        for at in range(1, count + 1)
    ]
