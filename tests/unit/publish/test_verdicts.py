"""What a period's findings allow to be said, in both languages."""

from typing import Any

import pytest

from pipeline.publish.texts import Words
from pipeline.publish.verdicts import Outcome, outcome

EN, ZH = Words("en", ""), Words("zh", "")


def found(source: str = "cannot_tell", **verdicts: int) -> list[dict[str, Any]]:
    """Findings of features by verdict, and one of a source."""
    rows = [
        {"level": "feature", "subject": f"f{number}", "verdict": verdict}
        for verdict, count in verdicts.items()
        for number in range(count)
    ]
    rows.append({"level": "source", "subject": "till", "verdict": source})
    severe = ("major", "minor")
    return [row | {"severity": row["verdict"] if row["verdict"] in severe else "none"} for row in rows]


def said(rows: list[dict[str, Any]], words: Words = EN) -> str:
    return outcome(rows).headline(words)


def test_no_action_is_said_only_where_all_measurements_are_usual() -> None:
    assert said(found("usual", usual=9)) == "No action needed"
    assert said(found("usual", usual=9), ZH) == "无需行动"


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (found(usual=9), "Nothing found that needs action; 1 of 10 measurements cannot be judged"),
        (found(), "Nothing found that needs action; 1 of 1 measurements cannot be judged"),
        (
            found("below_floor", usual=9),
            "Nothing found that needs action; 1 of 10 measurements changed by less than your floors",
        ),
        (
            found("below_floor", cannot_tell=3),
            "Nothing found that needs action; 3 of 4 measurements cannot be judged",
        ),
        (found(minor=1, usual=3), "1 minor finding: watch"),
        (found(minor=2, major=1), "1 major finding: act"),
        (found(major=3), "3 major findings: act"),
        ([], "Nothing could be compared in this period"),
    ],
)
def test_otherwise_the_headline_says_what_is_not_known(rows: list[dict[str, Any]], line: str) -> None:
    assert said(rows) == line
    assert said(rows, ZH) != line


def test_the_rest_is_counted_by_what_is_known_of_it() -> None:
    rows = found(usual=40, below_floor=14, cannot_tell=2, major=2)
    assert outcome(rows).quiet(EN) == "40 as usual; 14 changed by less than your floors; 3 cannot be judged."
    assert outcome(found("major")).quiet(EN) == ""


def test_sources_that_are_not_whole_come_first_and_move_nobody_by_behaviour() -> None:
    for state in ("suspect", "broken"):
        one = outcome(found(usual=3), [{"source": "till", "source_state": state}])
        assert (one.sources, one.severity) == (("till",), "major")
        assert one.headline(EN) == "till is not whole: act on the data first"
        assert "none is called behaviour" in one.doubt(EN)
        assert "till" in one.headline(ZH)
        assert "till" in one.doubt(ZH)
    for state in ("healthy", "cannot_tell"):
        one = outcome(found(major=2), [{"source": "till", "source_state": state}])
        assert (one.sources, one.doubt(EN)) == ((), "")


def test_findings_published_before_there_were_verdicts_are_not_called_usual() -> None:
    old = [
        {"level": "feature", "subject": "f", "verdict": None, "severity": one} for one in ("none", "major")
    ]
    assert outcome(old) == Outcome({"cannot_tell": 1, "major": 1}, ())
