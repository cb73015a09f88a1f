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


def test_why_moves_are_not_called_behaviour_stands_beside_them(printed: Console) -> None:
    views.moves(MOVES, "Not whole: till.")
    text = printed.export_text()
    assert "Moves by cause" in text
    assert "Cause of moves: Not whole: till." in text


def test_sources_that_are_not_whole_are_told(printed: Console) -> None:
    one = {"source": "till", "source_state": "broken", "since_period": "2024-02"}
    views.sources([one | {"explanation": "It gives no rows.", "to_do": "Deliver anew."}])
    assert "Source till is broken since 2024-02. It gives no rows. Deliver anew." in printed.export_text()


def test_rows_of_many_columns_are_shown_a_line_a_column() -> None:
    narrow = [{"a": 1, "b": 2}] * 5
    wide = [{f"c{at}": at + row for at in range(20)} for row in range(5)]
    assert views.readable([]) == []
    assert views.readable(narrow) == narrow
    shown = views.readable(wide)
    assert shown[3] == {"column": "c3", "row 1": 3, "row 2": 4, "row 3": 5}
    assert [one["column"] for one in shown] == list(wide[0])


def test_a_warning_shows_what_it_has_to_say_and_no_empty_line(printed: Console) -> None:
    one = {
        "code": "profiles_silent",
        "sources": (),
        "seen": "9 of 10 are silent",
        "why": "",
        "remedy": "",
        "yaml": "",
    }
    views.checked({"sources": [], "notes": [], "warnings": [one], "problems": []})
    lines = [line.strip() for line in printed.export_text().splitlines()]
    assert "9 of 10 are silent." in lines
    assert "." not in lines
