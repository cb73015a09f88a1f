"""What the customers of the small company write: texts in every entity that has some.

Texts are about topics (``TOPICS``), so that themes can be found in them. Two words of each are in no other:
they must never be seen again.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from pipeline.settings import Project, load_project
from tests.company import FIRST, write_company

#: Of each topic words that many customers use.
TOPICS: dict[str, tuple[str, ...]] = {
    "delivery": ("parcel", "courier", "late", "delivery", "tracking", "depot"),
    "billing": ("invoice", "charged", "payment", "card", "statement", "twice"),
    "quality": ("broken", "scratched", "fabric", "seam", "faulty", "replacement"),
    "login": ("password", "account", "locked", "login", "reset", "email"),
}
TONES = (
    "This is terrible and disappointing.",
    "Thank you, great and friendly service!",
    "I have a question.",
)
#: Entity, time column, further columns of a row.
WRITTEN: dict[str, tuple[str, dict[str, str]]] = {
    "support_contacts": ("contact_opened_at", {"contact_kind": "complaint"}),
    "survey_answers": ("answered_at", {"survey_id": "pulse", "question": "why"}),
    "interviews": ("held_at", {"interview_kind": "interview"}),
    "social_activity": ("occurred_at", {"network": "weibo", "act_kind": "comment"}),
}


@dataclass(frozen=True)
class Written:
    """One text: where it stands, what it is about, and its words that no other has."""

    entity: str
    line_key: str
    topic: str
    text: str
    rare: tuple[str, str]


def written(customers: int, months: int, seed: int = 3) -> Iterator[tuple[Written, dict[str, Any]]]:
    """A text a customer, entity and second month or so, with the row of its source."""
    chance = random.Random(seed)
    for entity, (time, more) in WRITTEN.items():
        for number in range(customers):
            for month in range(months):
                if chance.random() < 0.5:
                    continue
                topic = chance.choice(list(TOPICS))
                rare = ("q" + _letters(chance), "Z" + _letters(chance) + "x")
                words = [*chance.sample(TOPICS[topic], 4), *rare]
                chance.shuffle(words)
                text = f"{chance.choice(TONES)} {' '.join(words)}"
                at = FIRST + timedelta(days=30 * month + chance.randrange(25), hours=9)
                key = f"{entity}-{number}-{month}"
                row = {"customer": f"k{number}", "key": key, time: at.isoformat(), "words": text, **more}
                yield Written(entity, key, topic, text, rare), row


def _letters(chance: random.Random) -> str:
    return "".join(chance.choice("abdefghklmnoprstuvwy") for _ in range(9))


def write_texting_company(
    folder: Path, customers: int = 110, months: int = 3
) -> tuple[Project, list[Written]]:
    """The small company with four more sources, each with texts; and all that was written."""
    write_company(folder, customers=customers, months=months)
    settings = yaml.safe_load((folder / "project.yaml").read_text(encoding="utf-8"))
    rows: dict[str, list[dict[str, Any]]] = {one: [] for one in WRITTEN}
    every = []
    for one, row in written(customers, months):
        rows[one.entity].append(row)
        every.append(one)
    for entity, (time, more) in WRITTEN.items():
        lines = "".join(json.dumps(one) + "\n" for one in rows[entity])
        (folder / f"{entity}.jsonl").write_text(lines, encoding="utf-8")
        settings["sources"][f"of_{entity}"] = {
            "entity": entity,
            "account_space": "shop",
            "connector": {"kind": "file", "format": "jsonl", "path": f"{entity}.jsonl"},
            "columns": {
                "source_account_id": "customer", "line_key": "key", "text": "words", time: time,
                **{name: name for name in more},
            },
        }  # fmt: skip
    (folder / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(folder), every
