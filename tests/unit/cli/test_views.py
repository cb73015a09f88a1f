"""What a period's publication is said to hold: nothing that its findings do not allow."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from pipeline.cli import terminal, views

MOVES = [
    {
        "scheme": "purchasing_power",
        "scheme_label": "Purchasing power",
        "behaviour": 12,
        "model": 3,
        "total": 15,
    }
]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console(width=200, record=True, file=StringIO())
    monkeypatch.setattr(terminal, "out", console)
    return console


def test_without_findings_the_verdict_is_said_and_no_more(printed: Console) -> None:
    line = "Nothing found that needs action; 3 of 9 measurements cannot be judged"
    views.findings(line, "6 as usual; 3 cannot be judged.", [])
    text = printed.export_text()
    assert f"Findings: {line}" in text
    assert "measurements: 6 as usual; 3 cannot be judged." in text
    assert "no action needed" not in text


def test_findings_follow_the_verdict_worst_first(printed: Console) -> None:
    found: list[dict[str, Any]] = [
        {"severity": "minor", "explanation": "B."},
        {"severity": "major", "explanation": "A [of] it."},
    ]
    views.findings("1 major finding: act", "", found)
    lines = [one.strip() for one in printed.export_text().splitlines()]
    assert lines == ["Findings: 1 major finding: act", "major A [of] it.", "minor B."]


def test_moves_are_by_cause_where_no_source_is_in_doubt(printed: Console) -> None:
    views.moves(MOVES, "")
    text = printed.export_text()
    assert "Moves by cause" in text
    assert "Purchasing power" in text
    assert "purchasing_power" not in text
    assert "faulty" not in text


def test_moves_are_not_called_behaviour_where_a_source_is_in_doubt(printed: Console) -> None:
    views.moves(MOVES, "The cause of moves cannot be told apart: source till has findings.")
    text = printed.export_text()
    assert "behaviour or faulty data" in text
    assert "Moves by cause" not in text
    assert "Cause of moves: The cause of moves cannot be told apart: source till has findings." in text
