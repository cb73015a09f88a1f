"""Queries that are kept say what Ibis says, whatever a run asks, and the next process finds them."""

from pathlib import Path
from typing import Any

import pytest
from ibis.backends.duckdb import Backend
from ibis.expr import types as ir

from assets.running import bring_up_to_date
from pipeline.engine.duck import QUERIES, DuckBackend
from tests.company import write_company


def test_every_query_of_a_run_is_what_ibis_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, _ = write_company(tmp_path, customers=40, months=2)
    plain, kept = Backend.compile, DuckBackend.compile
    told = {"different": 0, "compiled": 0, "asked": 0}

    def counted(self: Backend, expr: ir.Expr, /, **more: Any) -> str:
        told["compiled"] += 1
        return str(plain(self, expr, **more))

    def compared(self: DuckBackend, expr: ir.Expr, /, **more: Any) -> str:
        told["asked"] += 1
        found = kept(self, expr, **more)
        told["different"] += found != plain(self, expr, **more)
        return found

    monkeypatch.setattr("pipeline.engine.duck._COMPILED", {})
    monkeypatch.setattr(Backend, "compile", counted)
    monkeypatch.setattr(DuckBackend, "compile", compared)

    periods = project.periods(project.calendar.as_of("2024-12"))
    bring_up_to_date(project, periods[0])
    first = dict(told)
    bring_up_to_date(project, periods[1])

    assert told["different"] == 0
    compiled, asked = (told[one] - first[one] for one in ("compiled", "asked"))
    assert 0 < compiled < asked / 2
    assert (project.lake_path / "restricted" / QUERIES).is_file()
