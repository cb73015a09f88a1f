"""What was measured at a fit, in words: every gate that a scheme can have, in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.features import FEATURES
from pipeline.publish.gate_words import ABOUT, AT_MOST, gates_in_words
from pipeline.publish.texts import TEXTS, Words

LABELS = {"rfm:champions": "CHAMPIONS", "leavers:left": "LEFT"}
#: Where gates of schemes are made: ``at_least("name", …)``, or a name that ends with what it is about.
SOURCES = ("segments", "schemes", "models/classes")
GATE = re.compile(r"(at_least|at_most)\(\s*(f?)\"([a-z_]+)(\{[^\"]*)?\"")


def made() -> list[tuple[str, str]]:
    """Kind of comparison and name, or beginning of the name, of every gate in the source."""
    folder = Path(pipeline.__file__).parent
    texts = [one.read_text("utf-8") for part in SOURCES for one in (folder / part).rglob("*.py")]
    return [(kind, name) for text in texts for kind, _, name, _ in GATE.findall(text)]


def said(language: str, *gates: tuple[str, float | None, float, bool], **fit: Any) -> list[str]:
    words = Words(language, "EUR", LABELS, features=FEATURES)  # type: ignore[arg-type]
    rows = [dict(zip(("name", "value", "limit", "passed"), one, strict=True)) for one in gates]
    told = {"period": "2024-03", "decision": "accepted", "gates": rows} | fit
    return gates_in_words({"scheme": "leavers", "gates": json.dumps(told)}, words)


def test_every_gate_of_a_scheme_has_words_and_the_way_it_compares() -> None:
    assert len(made()) > 15
    for kind, name in made():
        assert all(f"gate_{name}" in TEXTS[language] for language in TEXTS), name
        assert (kind == "at_most") == (name in AT_MOST), name
    assert {name for _, name in made() if name.endswith("_")} == set(ABOUT)


RECENCY = FEATURES["recency_days"].label


@pytest.mark.parametrize(
    ("gate", "english", "chinese"),
    [
        (
            ("customers_with_evidence", 1250, 100, True),
            "evidence: 1,250 (at least 100) ✓",
            "1,250（至少 100）",
        ),
        (("distance_of_borders", 4.25, 1e-6, True), "4.25 (at least 0.000001) ✓", "界线的距离"),
        (("model_moved_share", 0.6, 0.5, False), "move: 60.0% (at most 50.0%) ✗", "60.0%（至多 50.0%）"),
        (("overlap_of_rfm:champions", 0.8125, 0.7, True), "that CHAMPIONS keeps", "CHAMPIONS保留的客户"),
        (("distinct_values_of_recency_days", 7, 2, True), f"values of {RECENCY[0]}: 7 (at", RECENCY[1]),
        (("customers_labelled_left", 12, 20, False), "labelled LEFT: 12 (at least 20) ✗", "标签为LEFT"),
        (("right_over_most_frequent", None, 0.0, False), "the most frequent label, less", "未测量"),
    ],
)
def test_a_gate_is_a_sentence(gate: Any, english: str, chinese: str) -> None:
    assert english in said("en", gate)[1]
    assert chinese in said("zh", gate)[1]


def test_what_became_of_the_fit_comes_first() -> None:
    assert said("en") == ["Fit of 2024-03: in force"]
    assert "refused" in said("en", decision="refused", places_anew=True)[0]
    assert len(said("en", decision="refused", places_anew=True)) == 1, "who is refused places nobody"
    assert "placed anew" in said("en", places_anew=True)[1]
    back = {"decision": "rolled_back", "from": "leavers@2024-02", "to": "leavers@2024-01"}
    assert said("en", **back) == [
        "In 2024-03 leavers@2024-01 was put in force again, in place of leavers@2024-02"
    ]
    assert gates_in_words({"scheme": "leavers", "gates": None}, Words("en", "EUR")) == []
