"""Compiled queries are kept: equal steps are compiled once, and say what Ibis would have said."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend
from ibis.expr import types as ir

from pipeline.engine import Engine, compiled
from pipeline.engine.compiled import Queries
from pipeline.engine.expressions import days_until
from pipeline.engine.values import moment

PERIODS = st.builds("{:04}-{:02}".format, st.integers(1900, 2100), st.integers(1, 12))
INSTANTS = st.datetimes(
    min_value=datetime(1981, 1, 1),
    max_value=datetime(2099, 1, 1),
    timezones=st.just(UTC),
)


@pytest.fixture
def compilations(duckdb: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Ibis compiles from here on, for an engine that has no queries yet."""
    monkeypatch.setattr(duckdb.backend, "queries", Queries())
    found: list[str] = []
    plain = Backend.compile

    def compile_(self: Backend, expr: ir.Expr, /, **more: Any) -> str:
        found.append(str(plain(self, expr, **more)))
        return found[-1]

    monkeypatch.setattr(Backend, "compile", compile_)
    return found


def rows(duckdb: Engine) -> ir.Table:
    """A table under a name that the engine made up."""
    kinds = {"period": pa.string(), "at": pa.timestamp("us", "UTC"), "n": pa.int64()}
    return duckdb.from_arrow(pa.schema(kinds).empty_table())


def steps(table: ir.Table, period: str, before: str, end: datetime, least: int = 3) -> ir.Table:
    """What a stage may do with a period, and with the one before."""
    now = table.filter(table.period == period, table.at < moment(end), table.n > least)
    then = table.filter(table.period.isin([before])).view()
    both = now.join(then, [now.n == then.n], how="left", rname="{name}_before")
    return both.mutate(of=ibis.literal(period), age_days=days_until(end, both.at)).order_by("n")


def same(duckdb: Engine, expression: ir.Table) -> bool:
    """Whether the engine compiles ``expression`` to what Ibis does."""
    kept, plain = duckdb.backend.compile(expression), Backend.compile(duckdb.backend, expression)
    return bool(kept == plain)


JANUARY, FEBRUARY = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)


def test_equal_steps_over_other_tables_and_periods_are_compiled_once(
    duckdb: Engine, compilations: list[str]
) -> None:
    first = duckdb.backend.compile(steps(rows(duckdb), "2024-01", "2023-12", JANUARY))
    second = duckdb.backend.compile(steps(rows(duckdb), "2024-02", "2024-01", FEBRUARY))

    assert len(compilations) == 1
    assert first == compilations[0]
    assert "'2024-02'" in second
    assert "'2023-12'" not in second


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.tuples(PERIODS, PERIODS, INSTANTS), min_size=1, max_size=4))
def test_whatever_the_words_it_is_what_ibis_writes(
    duckdb: Engine, words: list[tuple[str, str, datetime]]
) -> None:
    assert all(same(duckdb, steps(rows(duckdb), *some)) for some in words)


#: Steps that are like those of January, and are not the same.
OTHERS: dict[str, Callable[[ir.Table], ir.Table]] = {
    "another threshold": lambda t: steps(t, "2024-02", "2024-01", FEBRUARY, least=4),
    "a period twice": lambda t: steps(t, "2024-02", "2024-02", FEBRUARY),
    "another column": lambda t: steps(t.rename(m="n").mutate(n=1), "2024-02", "2024-01", FEBRUARY),
    "another text": lambda t: t.filter(t.period == "2024"),
    "a word in a text": lambda t: t.filter(t.period == "2024-02").mutate(what=ibis.literal("of '2024-02'")),
    "a word in a name": lambda t: t.filter(t.period == "2024-02").rename({"'2024-02'": "n"}),
}


@pytest.mark.parametrize("other", OTHERS)
def test_other_steps_are_compiled_for_themselves(duckdb: Engine, other: str, compilations: list[str]) -> None:
    duckdb.backend.compile(steps(rows(duckdb), "2024-01", "2023-12", JANUARY))
    compilations.clear()

    assert same(duckdb, OTHERS[other](rows(duckdb)))
    assert len(compilations) == 2


@pytest.mark.parametrize("fused", [True, False])
def test_how_selects_are_fused_makes_another_query(
    duckdb: Engine, fused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (fused, not fused):
        monkeypatch.setattr(ibis.options.sql, "fuse_selects", one)
        table = rows(duckdb)
        assert same(duckdb, table.mutate(m=table.n + 1).filter(lambda t: t.m > 1))


def test_a_word_within_another_text_is_never_filled_in(duckdb: Engine) -> None:
    for period in ("2024-01", "2024-02"):
        for text in ("said: '2024-01'", "said: '2024-02'"):
            assert same(duckdb, rows(duckdb).mutate(a=ibis.literal(period), b=ibis.literal(text)))


def kept_in(file: Path) -> Callable[[Engine, str], tuple[str, bool]]:
    """A process that keeps queries in ``file``: SQL of a period's steps, and whether Ibis was asked."""

    def asked(duckdb: Engine, period: str) -> tuple[str, bool]:
        queries, new = Queries(file), list[str]()
        expression = steps(rows(duckdb), period, "2023-12", JANUARY)

        def by_ibis() -> str:
            new.append(str(Backend.compile(duckdb.backend, expression)))
            return new[-1]

        sql = queries.sql(expression.op(), duckdb.backend._written, by_ibis)
        queries.keep()
        assert sql == Backend.compile(duckdb.backend, expression)
        return sql, bool(new)

    return asked


def test_the_next_process_asks_ibis_for_nothing_that_is_known(duckdb: Engine, tmp_path: Path) -> None:
    asked = kept_in(tmp_path / ".queries")

    assert [asked(duckdb, period)[1] for period in ("2024-01", "2024-02", "2024-03")] == [True, False, False]


def test_what_another_version_compiled_is_not_used(
    duckdb: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = kept_in(tmp_path / ".queries")
    asked(duckdb, "2024-01")
    monkeypatch.setattr(compiled, "made_by", lambda: ("another",))

    assert asked(duckdb, "2024-02")[1]


@pytest.mark.parametrize("content", [b"", b"x", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_broken_file_is_as_none(duckdb: Engine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".queries").write_bytes(content)

    assert kept_in(tmp_path / ".queries")(duckdb, "2024-01")[1]


def test_the_file_is_for_its_owner_alone(duckdb: Engine, tmp_path: Path) -> None:
    kept_in(tmp_path / ".queries")(duckdb, "2024-01")

    assert (tmp_path / ".queries").stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == [".queries"]


def test_where_there_is_no_folder_nothing_is_kept(duckdb: Engine, tmp_path: Path) -> None:
    kept_in(tmp_path / "nowhere" / ".queries")(duckdb, "2024-01")

    assert not (tmp_path / "nowhere").exists()


def test_what_is_shared_is_kept_by_those_alone_who_asked_for_it(duckdb: Engine, tmp_path: Path) -> None:
    shared: dict[str, str] = {}
    first, other = (Queries(tmp_path / name, shared) for name in ("first", "other"))
    for queries, added in ((first, 1), (other, 2)):
        expression = rows(duckdb).limit(added)
        queries.sql(
            expression.op(),
            duckdb.backend._written,
            lambda one=expression: str(Backend.compile(duckdb.backend, one)),
        )
        queries.keep()

    assert len(shared) == 2
    for queries in (first, other):
        assert len(Queries(queries.file)._kept()) == 1  # SQL may hold values of another company's settings
