"""What Operations are told of a period's findings: nothing that their verdicts do not allow."""

from typing import Any

import pyarrow as pa
import pytest

from assets.lib.metrics import finding_metrics
from pipeline.tables.zones import FINDINGS
from tests.unit.drift.tables import rows


def told(*findings: tuple[str, str]) -> dict[str, Any]:
    """Metadata of findings from (level, verdict)."""
    table: pa.Table = rows(
        FINDINGS,
        (
            {
                "level": level,
                "subject": f"s{number}",
                "verdict": verdict,
                "severity": verdict if verdict in ("major", "minor") else "none",
                "history_status": "history_short",
                "explanation": "It is so.",
            }
            for number, (level, verdict) in enumerate(findings)
        ),
    )
    return finding_metrics(table)


USUAL, UNKNOWN, SMALL = ("feature", "usual"), ("feature", "cannot_tell"), ("source", "below_floor")


@pytest.mark.parametrize(
    ("findings", "to_do"),
    [
        ([USUAL, USUAL], "Nothing: no action needed, all 2 measurements are as usual."),
        (
            [USUAL, UNKNOWN, SMALL],
            "Nothing found that needs action; 1 of 3 measurements cannot be judged:"
            " 1 as usual; 1 changed by less than your floors; 1 cannot be judged.",
        ),
        ([], "Nothing could be compared in this period."),
        (
            [USUAL, ("feature", "minor")],
            "Watch: 1 minor findings. See whether they last. Further measurements: 1 as usual.",
        ),
        (
            [("feature", "major"), ("feature", "minor")],
            "Act: 1 major findings. Read them before using the segments of this period.",
        ),
    ],
)
def test_what_to_do_is_what_the_verdicts_allow(findings: list[tuple[str, str]], to_do: str) -> None:
    assert told(*findings)["to_do"] == to_do


def test_verdicts_are_counted_and_plotted() -> None:
    found = told(USUAL, UNKNOWN, UNKNOWN, SMALL)
    names = ("alarms_major", "alarms_minor", "usual", "below_floor", "cannot_tell")
    assert [found[one] for one in names] == [0, 0, 1, 1, 2]


def test_a_source_that_is_not_whole_comes_first() -> None:
    ill = pa.table({"source": ["till"], "source_state": ["suspect"]})
    found = finding_metrics(pa.table({"level": [], "verdict": []}), ill)
    assert found["to_do"] == "Act: till is not whole: act on the data first. See health/source_health."
    assert "none is called behaviour" in found["cause_of_moves"]
    assert told(("feature", "major"))["cause_of_moves"].startswith("As in the ledger")
