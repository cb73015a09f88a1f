"""Rows with a key: corrections, deletions, rows that live again; markers say what was withdrawn."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.collect import collect
from pipeline.engine import Engine
from pipeline.errors import InputError
from pipeline.settings import Project
from tests.conftest import shop_settings

PERIODS = ["2024-01", "2024-02", "2024-03"]
FIRST = datetime(2024, 4, 2, tzinfo=UTC)
HEADER = "customer,order,at,product,quantity,price,changed,gone"

CURSOR = {"kind": "sql", "url": "sqlite://", "query": "SELECT 1", "cursor": "n"}

WriteProject = Callable[..., Project]


@dataclass(frozen=True)
class Row:
    """One row of the till, as its source writes it."""

    order: str
    at: str = "2024-01-05"
    price: str = "1.00"
    changed: str = ""
    gone: str = ""

    def line(self) -> str:
        return f"7,{self.order},{self.at},P1,1,{self.price},{self.changed},{self.gone}"


@dataclass
class Till:
    """A source that is collected again and again into the same raw rows."""

    engine: Engine
    project: Project
    raw: pa.Table | None = None
    at: datetime = FIRST
    name: str = "till"
    file: str = "orders.csv"
    header: str = HEADER
    lines: list[str] = field(default_factory=list)

    def gives(self, *rows: Row) -> "Till":
        """Write the source and collect it; the same moment may serve two collections."""
        self.lines = [one.line() for one in rows]
        return self.collected()

    def collected(self, periods: list[str] = PERIODS) -> "Till":
        (self.project.folder / self.file).write_text("\n".join([self.header, *self.lines, ""]))
        known = None if self.raw is None else self.engine.from_arrow(self.raw)
        found = collect(self.engine, self.project, self.name, periods, known, self.at).to_pyarrow()
        if self.raw is not None and set(periods) != set(PERIODS):
            others = [one not in periods for one in self.raw["period"].to_pylist()]
            found = pa.concat_tables([found.select(self.raw.column_names), self.raw.filter(pa.array(others))])
        self.raw = found
        return self

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Rows read, each with whether a marker withdraws it."""
        assert self.raw is not None
        every = self.raw.to_pylist()
        gone = {identity(one, one["_withdraws_at"]) for one in every if one["_withdraws_at"]}
        read = [one for one in every if not one["_withdraws_at"]]
        assert len({identity(one, one["_collected_at"]) for one in read}) == len(read), "rows are told apart"
        assert gone <= {identity(one, one["_collected_at"]) for one in read}, "markers point to rows"
        assert len(gone) == len(every) - len(read), "withdrawn once"
        return [one | {"live": identity(one, one["_collected_at"]) not in gone} for one in read]

    def live(self) -> list[tuple[str, str, str]]:
        """Period, order and price of rows in force."""
        return sorted((one["period"], one["order"] or "", one["price"]) for one in self.rows if one["live"])


def identity(row: dict[str, Any], at: datetime) -> tuple[Any, ...]:
    return row["period"], row["_file"], row["_row"], at


def keyed_settings(**changes: Any) -> dict[str, Any]:
    sources: dict[str, Any] = shop_settings()["sources"]
    sources["till"] |= {"row_key": ["order"]} | changes
    return sources


@pytest.fixture
def till(engine: Engine, write_project: WriteProject) -> Callable[..., Till]:
    """A till with ``row_key``; ``updated`` maps the column that says when a row changed."""

    def make(updated: bool = False, **changes: Any) -> Till:
        sources = keyed_settings(**changes)
        if updated:
            sources["till"]["columns"]["updated_at"] = "changed"
        return Till(engine, write_project(sources=sources))

    return make


def test_a_corrected_row_replaces_the_one_collected_before(till: Callable[..., Till]) -> None:
    one = till().gives(Row("A"), Row("B")).gives(Row("A", price="2.00"), Row("B"))

    assert one.live() == [("2024-01", "A", "2.00"), ("2024-01", "B", "1.00")]
    marker = next(row for row in one.raw.to_pylist() if row["_withdraws_at"])  # type: ignore[union-attr]
    old = next(row for row in one.rows if row["order"] == "A" and not row["live"])
    own = ("order", "price", "_file", "_row", "_source")
    assert {key: marker[key] for key in own} == {key: old[key] for key in own}
    assert marker["_withdraws_at"] == old["_collected_at"] < marker["_collected_at"]


def test_a_row_corrected_to_another_period_leaves_the_first(till: Callable[..., Till]) -> None:
    one = till().gives(Row("A")).gives(Row("A", at="2024-03-01"))
    assert one.live() == [("2024-03", "A", "1.00")]
    assert one.gives(Row("A", at="2024-04-01")).live() == [], "its period is not complete yet"
    assert one.gives(Row("A", at="2023-12-01")).live() == [], "before the project begins"


def test_periods_collected_one_by_one_come_to_the_same(till: Callable[..., Till]) -> None:
    one = till().gives(Row("A"), Row("B"))
    one.lines = [Row("A", at="2024-03-01").line(), Row("B", price="3").line()]
    for period in ("2024-03", "2024-01", "2024-02", "2024-03", "2024-01"):
        one.collected([period])
    assert one.live() == [("2024-01", "B", "3"), ("2024-03", "A", "1.00")]
    assert len(one.rows) == 4


def test_the_latest_update_is_in_force_whatever_comes_last(till: Callable[..., Till]) -> None:
    newer, older = Row("A", price="2", changed="2024-02-02"), Row("A", price="1", changed="2024-02-01")
    one = till(updated=True).gives(newer).gives(older)
    assert one.live() == [("2024-01", "A", "2")]
    assert len(one.rows) == 2, "the stale version is kept, and withdrawn"
    assert len(one.gives(older).rows) == 2
    assert one.gives(older, newer).live() == one.gives(newer, older).live() == [("2024-01", "A", "2")]
    assert one.gives(Row("A", price="3")).live() == [("2024-01", "A", "2")], "no update time is the oldest"
    assert one.gives(Row("A", price="4", changed="2024-02-02")).live() == [("2024-01", "A", "4")]


def test_without_update_times_the_row_read_last_is_in_force(till: Callable[..., Till]) -> None:
    one = till().gives(Row("A", price="1"), Row("A", price="2"))
    assert one.live() == [("2024-01", "A", "2")]
    one.gives(Row("A", price="1"), Row("A", price="2"))
    assert len(one.rows) == 2, "nothing new"
    assert one.gives(Row("A", price="1")).live() == [("2024-01", "A", "1")]


def test_equal_rows_stay_duplicates_for_cleaning_to_count(till: Callable[..., Till]) -> None:
    one = till().gives(Row("A"), Row("A")).gives(Row("A"), Row("A"), Row("A"))
    assert one.live() == [("2024-01", "A", "1.00")] * 3
    one.gives(Row("A", price="2"))
    assert one.live() == [("2024-01", "A", "2")]


def test_rows_without_key_are_known_by_their_content(till: Callable[..., Till]) -> None:
    one = till(deletions="missing").gives(Row(""), Row("", price="2"), Row("B"))
    assert len(one.live()) == 3
    assert len(one.gives(Row("", price="2"), Row("B")).live()) == 2


def test_missing_rows_are_ignored_unless_they_mean_deletion(till: Callable[..., Till]) -> None:
    assert len(till().gives(Row("A"), Row("B")).gives(Row("B")).live()) == 2
    one = till(deletions="missing").gives(Row("A"), Row("B")).gives(Row("B"))
    assert one.live() == [("2024-01", "B", "1.00")]
    assert len(one.gives(Row("B")).rows) == 2
    again = one.gives(Row("A"), Row("B"))
    assert again.live() == [("2024-01", "A", "1.00"), ("2024-01", "B", "1.00")], "lives again"
    assert len(again.rows) == 3


def test_a_source_that_lost_all_its_rows_is_not_believed(till: Callable[..., Till]) -> None:
    one = till(deletions="missing").gives()
    assert one.gives(Row("A")).live()
    with pytest.raises(InputError, match="source till: it gives no row at all"):
        one.gives()


@pytest.mark.parametrize("values", [["Yes", 1], None])
def test_rows_marked_as_deleted(till: Callable[..., Till], values: list[Any] | None) -> None:
    flag = {"column": "gone"} | ({"values": values} if values else {})
    one = till(deleted=flag).gives(Row("A"), Row("B", gone=" yes "))
    assert one.live() == [("2024-01", "A", "1.00")]
    assert len(one.rows) == 2, "the deleted row was read, too"
    assert one.gives(Row("A", gone="1")).live() == []
    assert len(one.gives(Row("A", gone="1")).rows) == 3
    assert one.gives(Row("A")).live() == [("2024-01", "A", "1.00")], "lives again"


def test_a_deletion_outlives_older_versions(till: Callable[..., Till]) -> None:
    one = till(updated=True, deleted={"column": "gone"})
    one.gives(Row("A", changed="2024-02-01")).gives(Row("A", changed="2024-02-03", gone="x"))
    assert one.gives(Row("A", price="9", changed="2024-02-02")).live() == []
    assert one.gives(Row("A", price="9", changed="2024-02-04")).live() == [("2024-01", "A", "9")]


rows_of_a_source = st.dictionaries(
    st.sampled_from("ABC"),
    st.tuples(st.sampled_from(["2024-01-05", "2024-02-05", "x"]), st.sampled_from(["1", "2"])),
    max_size=3,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    states=st.lists(rows_of_a_source, min_size=3, max_size=3),
    how=st.sampled_from(["ignore", "missing", "flag"]),
    updated=st.booleans(),
)
def test_what_is_in_force_is_what_the_source_holds(
    till: Callable[..., Till], states: list[dict[str, tuple[str, str]]], how: str, updated: bool
) -> None:
    """Law L1 over time: inserts, corrections, deletions and re-reading in any sequence."""
    one = till(updated, **({"deleted": {"column": "gone"}} if how == "flag" else {"deletions": how}))
    held: dict[str, Row] = {}
    for number, state in enumerate(states):
        changed = (FIRST + timedelta(hours=number)).isoformat()
        given = {}
        for key, (at, price) in state.items():
            old = held.get(key)
            same = old is not None and (old.at, old.price, old.gone) == (at, price, "")
            given[key] = old if same and old is not None else Row(key, at, price, changed)
        absent = held.keys() - given.keys()
        if how == "missing":
            held = given
            if not given:
                continue
        elif how == "flag":
            flagged = {
                key: held[key] if held[key].gone else Row(key, held[key].at, "0", changed, "yes")
                for key in absent
            }
            held = flagged | given
            given = held
        else:
            held = held | given
        one.gives(*given.values())
        expected = sorted(
            ("2024-01" if row.at == "x" else row.at[:7], row.order, row.price)
            for row in held.values()
            if not row.gone
        )
        assert one.live() == expected
    before = Counter(map(str, one.rows))
    one.collected()
    assert Counter(map(str, one.rows)) == before, "collecting the same again adds nothing"


def test_a_snapshot_changes_only_in_the_newest_period(
    engine: Engine, write_project: WriteProject, tmp_path: Path
) -> None:
    crm = {
        "entity": "profiles",
        "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
        "columns": {"source_account_id": "id", "city": "city"},
        "row_key": ["id"],
        "deletions": "missing",
    }
    one = Till(
        engine,
        write_project(sources=keyed_settings() | {"crm": crm}),
        name="crm",
        file="crm.csv",
        header="id,city",
    )

    def cities() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in sorted(one.rows, key=lambda row: (row["period"], row["city"])):
            found.setdefault(row["period"], []).extend([row["city"]] if row["live"] else [])
        return found

    one.lines = ["1,Bonn", "2,Kiel", "3,Ulm"]
    one.collected(["2024-01", "2024-02"])
    one.lines = ["1,Jena", "3,Ulm", "4,Trier"]
    one.collected(PERIODS)
    as_known_then = ["Bonn", "Kiel", "Ulm"]
    assert cities() == {
        "2024-01": as_known_then,
        "2024-02": as_known_then,
        "2024-03": ["Jena", "Trier", "Ulm"],
    }
    one.lines = ["1,Gera", "3,Ulm", "4,Trier"]
    one.collected(PERIODS)
    assert cities()["2024-03"] == ["Gera", "Trier", "Ulm"]
    assert cities()["2024-02"] == as_known_then


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"row_key": [], "deletions": "missing"}, "need row_key"),
        ({"row_key": [], "deleted": {"column": "gone"}}, "need row_key"),
        ({"deletions": "missing", "connector": CURSOR}, "whole"),
    ],
)
def test_settings_that_contradict_each_other(
    write_project: WriteProject, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        write_project(sources=keyed_settings(**changes))


def test_a_key_that_the_source_lacks_is_named(till: Callable[..., Till]) -> None:
    with pytest.raises(InputError, match="there is no column line"):
        till(row_key=["line"]).gives(Row("A"))
