"""How commands end: which findings are asked for."""

import pytest

from pipeline.cli.endings import is_found


@pytest.mark.parametrize(
    ("severities", "least", "found"),
    [
        ([], "minor", False),
        (["none"], "minor", False),
        (["none", "minor"], "minor", True),
        (["minor"], "major", False),
        (["minor", "major"], "major", True),
        (["major"], "minor", True),
    ],
)
def test_findings_as_severe_as_asked_for_count(severities: list[str], least: str, found: bool) -> None:
    assert is_found([{"severity": one} for one in severities], least) is found
