"""Raw values as expressions: digests, periods of instants, names."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.engine.values import digest, instant, normal, period_of, raw_name, wall_time
from pipeline.periods import Calendar
from pipeline.settings.columns import DIRECTIVES

INSTANTS = st.datetimes(datetime(2023, 12, 1), datetime(2025, 2, 1)).map(lambda at: at.replace(tzinfo=UTC))


def test_the_digest_tells_null_from_empty_and_one_column_from_the_next(engine: Engine) -> None:
    table = engine.from_arrow(pa.table({"a": ["x", "xy", None, "", "x"], "b": ["yz", "z", "", None, "yz"]}))

    found = table.select(d=digest([table["a"], table["b"]])).to_pyarrow().column("d").to_pylist()

    assert len(set(found)) == 4
    assert found[0] == found[4]


@settings(max_examples=15, deadline=None)
@given(
    instants=st.lists(INSTANTS, min_size=1, max_size=20),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]),
    cadence=st.sampled_from(["month", "week"]),
)
def test_periods_of_instants_are_those_of_the_calendar(
    engine: Engine, instants: list[datetime], zone: str, cadence: str
) -> None:
    calendar = Calendar(cadence, zone)  # type: ignore[arg-type]
    local = [at.astimezone(ZoneInfo(zone)) for at in instants]
    first, last = calendar.key(datetime(2024, 1, 3).date()), calendar.key(datetime(2024, 12, 30).date())
    known = set(calendar.between(first, last))
    table = engine.from_arrow(pa.table({"at": pa.array(instants, pa.timestamp("us", tz="UTC"))}))

    found = table.select(
        period=period_of(table["at"], calendar, first, last), wall=wall_time(table["at"], zone)
    ).to_pyarrow()

    keys = [calendar.key(one.date()) for one in local]
    assert found.column("period").to_pylist() == [one if one in known else None for one in keys]
    assert found.column("wall").to_pylist() == [one.replace(tzinfo=None) for one in local]


def test_bounds_belong_to_the_period_that_begins(engine: Engine) -> None:
    calendar = Calendar("month", "America/New_York")
    start = calendar.starts_at("2024-03")
    table = engine.from_arrow(
        pa.table({"at": pa.array([start - timedelta(microseconds=1), start], pa.timestamp("us", tz="UTC"))})
    )

    found = table.select(p=period_of(table["at"], calendar, "2024-02", "2024-03")).to_pyarrow()

    assert found.column("p").to_pylist() == ["2024-02", "2024-03"]


def test_names_and_texts() -> None:
    assert [raw_name(one) for one in ("Period", "_row", "price")] == ["Period_", "_row_", "price"]
    assert normal("\u3000Ａ \t b\n") == "A b"


IMPOSSIBLE = ["+99:00", "-99:00", "+9999", "+16:00", "-24:00", "+14:60", "+99"]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
@pytest.mark.parametrize("pattern", [None, "%Y-%m-%dT%H:%M:%S%z"], ids=["iso", "by directives"])
def test_an_impossible_offset_is_no_instant(engine: Engine, zone: str, pattern: str | None) -> None:
    written = [f"2024-01-01T10:00:00{one}" for one in ("+05:30", "-12:00", "+14:00", *IMPOSSIBLE)]
    table = engine.from_arrow(pa.table({"at": written}))

    found = table.select(at=instant(table["at"], [pattern] if pattern else [], zone)).to_pyarrow()

    read = [datetime(2024, 1, 1, hour, minute, tzinfo=UTC) for hour, minute in ((4, 30), (22, 0))]
    read.append(datetime(2023, 12, 31, 20, tzinfo=UTC))
    assert found.column("at").to_pylist() == read + [None] * len(IMPOSSIBLE)


def test_an_offset_may_stand_amidst_a_format(engine: Engine) -> None:
    table = engine.from_arrow(
        pa.table({"at": ["Wed Jan 03 10:00:00 +0100 2024", "Wed Jan 03 10:00:00 +9900 2024"]})
    )

    found = table.select(at=instant(table["at"], ["%a %b %d %H:%M:%S %z %Y"], "UTC")).to_pyarrow()

    assert found.column("at").to_pylist() == [datetime(2024, 1, 3, 9, tzinfo=UTC), None]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
@pytest.mark.parametrize("pattern", [None, "%Y-%m-%dT%H:%M:%S%z"], ids=["iso", "by directives"])
def test_an_offset_that_leads_beyond_the_years_is_no_instant(
    engine: Engine, zone: str, pattern: str | None
) -> None:
    written = ["9999-12-31T23:00:00-12:00", "0001-01-01T01:00:00+12:00", "2024-01-01T10:00:00+01:00"]
    table = engine.from_arrow(pa.table({"at": written}))

    found = table.select(at=instant(table["at"], [pattern] if pattern else [], zone)).to_pyarrow()

    assert found.column("at").to_pylist() == [None, None, datetime(2024, 1, 1, 9, tzinfo=UTC)]


@pytest.mark.parametrize("directive", sorted(DIRECTIVES))
def test_every_directive_that_settings_allow_is_known_to_the_engine(engine: Engine, directive: str) -> None:
    table = engine.from_arrow(pa.table({"at": ["1"]}))
    table.select(at=instant(table["at"], [directive], "UTC")).to_pyarrow()
