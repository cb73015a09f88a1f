"""``segments show rules``: which schemes have rules to show, and what is said where there are none."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from pipeline.cli import ruled
from pipeline.errors import InputError
from pipeline.settings import Project
from tests.unit.schemes.teaching.world import NOW, settings

#: A tree of one question, with another model in force.
LEAVES = [
    {"class": place, "shares": [0.5, 0.5], "told": [0.8, 0.2] if place == 0 else [0.3, 0.7], "customers": 40}
    for place in (0, 1)
]
VERSION: dict[str, Any] = {
    "kind": "taught",
    "segments": ["left", "stayed"],
    "method": "network",
    "features": ["recency_days", "is_tenure_censored"],
    "least_evidence": {"orders_count_12p": 3},
    "min_evidence_share": 0.5,
    "tree": {
        "root": {
            "feature": "recency_days", "at_least": 40.5, "unknown": "below", "saw_unknown": True,
            "above": LEAVES[0], "below": LEAVES[1],
        }
    },
}  # fmt: skip


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, write_project: Callable[..., Project]) -> Callable[..., Any]:
    def shown(version: dict[str, Any] | None, scheme: str = "leavers", **more: Any) -> Any:
        text = None if version is None else json.dumps(version)
        cards = [{"scheme": "leavers", "scheme_version": "leavers@2024-03", "parameters": text}]
        monkeypatch.setattr(ruled, "rows", lambda project, table, period: cards)
        return ruled.rules_record(write_project(**settings(NOW), **more), scheme, "2024-03")

    return shown


def test_rules_are_shown_in_words_in_sql_and_in_yaml(told: Callable[..., Any]) -> None:
    found = told(VERSION)
    assert found["version"] == "leavers@2024-03"
    role, *rules = found["words"].splitlines()
    assert "another model" in role
    assert "Neural network" in role
    assert rules == [
        "- Recency at least 40.5 days: Leaves (80.0%; 40 customers learned from).",
        "- Recency below 40.5 days or unknown: Stays (70.0%; 40 customers learned from).",
    ]
    assert found["sql"].splitlines()[3:8] == [
        "    WHEN COALESCE(orders_count_12p, 0) < 3 THEN NULL",
        "    WHEN CASE WHEN recency_days IS NULL THEN 0 ELSE 1 END"
        " + CASE WHEN is_tenure_censored IS NULL THEN 0 ELSE 1 END < 1 THEN NULL",
        "    WHEN recency_days >= 40.5 THEN 'left'",
        "    WHEN (recency_days IS NULL OR recency_days < 40.5) THEN 'stayed'",
        "  END AS segment",
    ]
    (scheme,) = yaml.safe_load(found["yaml"])["schemes"]
    assert scheme["scheme"] == "leavers_by_rules"
    assert scheme["rules"][0]["when"] == {"feature": "recency_days", "at_least": 40.5}


def test_in_chinese(told: Callable[..., Any]) -> None:
    _, first, _ = told(VERSION, report={"language": "zh"})["words"].splitlines()
    assert "不低于 40.5" in first
    assert "流失" in first


@pytest.mark.parametrize(
    ("version", "scheme", "words"),
    [
        (None, "leavers", "no tree is in force"),
        ({one: part for one, part in VERSION.items() if one != "tree"}, "leavers", "no tree among them"),
        (VERSION, "lifecycle", "no scheme which labels teach"),
        (VERSION, "nothing", "one of leavers"),
    ],
)
def test_without_rules_it_says_why(told: Callable[..., Any], version: Any, scheme: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        told(version, scheme)
