"""How commands end: which findings are asked for."""

import pytest

from pipeline.cli.endings import is_found


@pytest.mark.parametrize(
    ("severities", "states", "least", "found"),
    [
        ([], [], "minor", False),
        (["none"], [], "minor", False),
        (["none", "minor"], [], "minor", True),
        (["minor"], [], "major", False),
        (["minor", "major"], [], "major", True),
        (["major"], [], "minor", True),
        ([], ["suspect"], "minor", True),
        (["none"], ["suspect"], "major", False),
        ([], ["suspect", "broken"], "major", True),
    ],
)
def test_findings_and_sources_as_severe_as_asked_for_count(
    severities: list[str], states: list[str], least: str, found: bool
) -> None:
    findings = [{"severity": one} for one in severities]
    sources = [{"source_state": one} for one in states]
    assert is_found(findings, sources, least) is found
