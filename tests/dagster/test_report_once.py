"""The report is drawn once a run, by the last publication; one that waits is never taken for done."""

from pathlib import Path

import pytest

from assets import running
from pipeline.engine import Lake
from pipeline.publish import report
from pipeline.publish.manifest import read_manifest, verify
from tests.company import write_company


def test_a_run_draws_the_first_report_and_the_last_and_a_cut_off_one_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = write_company(tmp_path, customers=30, months=3)
    lake, drawn, plain = Lake(project.lake_path), list[str](), report.report

    def counted(*arguments: object) -> str:
        drawn.append(str(max(arguments[2].periods)))  # type: ignore[attr-defined]
        return plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(report, "report", counted)
    rounds = running._rounds

    def cut_off(runner: object, job: str, periods: object, of: object = None) -> bool:
        if of == ["2024-03"]:
            raise KeyboardInterrupt
        return rounds(runner, job, periods, of)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(running, "_rounds", cut_off)
        with pytest.raises(KeyboardInterrupt):
            running.bring_up_to_date(project)
    waiting = read_manifest(lake)
    assert waiting is not None
    assert (drawn, waiting.is_report_earlier, verify(lake)) == (["2024-01"], True, [])

    running.bring_up_to_date(project)

    done = read_manifest(lake)
    assert done is not None
    assert (drawn, done.is_report_earlier, verify(lake)) == (["2024-01", "2024-03"], False, [])
