"""Moves by scheme beside the noise floor: what is counted, and how long a floor holds."""

import pyarrow as pa
import pytest

from pipeline.drift import carried, measured, scheme_moves
from pipeline.tables.mobility import SCHEME_MOVES
from pipeline.tables.zones import FLOWS

PERIOD, LATER = "2024-03", "2024-04"
VERSIONS = {"rfm": "rfm-1", "loyalty": None}


def flow(scheme: str, state: str, previous: int, left: int = 0, **moved_in: int) -> dict[str, object]:
    counts = {name: 0 for name in FLOWS.columns if name.endswith("_count")}
    counts |= {"population_previous_count": previous, "left_count": left}
    counts |= {f"moved_in_{cause}_count": count for cause, count in moved_in.items()}
    return {"period": PERIOD, "scheme": scheme, "state": state, "population_share": 0.0, **counts}


FLOWED = pa.Table.from_pylist(
    [
        flow("rfm", "rfm:champions", 60, left=10, behaviour=3, model=1),
        flow("rfm", "rfm:lost", 40, left=10, behaviour=5, data=1),
        flow("loyalty", "insufficient_data", 100, left=20),
    ],
    schema=FLOWS.schema,
)


def test_moves_are_those_of_the_flows_over_the_customers_of_both_periods() -> None:
    floor = measured(2_000, 100, PERIOD)
    found = scheme_moves(FLOWED, VERSIONS, {"rfm": floor}, PERIOD)
    assert found.schema.equals(SCHEME_MOVES.schema)
    loyalty, rfm = found.to_pylist()
    assert rfm == {
        "period": PERIOD, "scheme": "rfm", "scheme_version": "rfm-1", "in_both_count": 80, "moved_count": 10,
        "moved_share": 0.125, "moved_behaviour_share": 0.1, "noise_floor_share": 0.05,
        "noise_floor_error": pytest.approx(0.0049, abs=1e-4), "noise_floor_customers_count": 2_000,
        "noise_floor_period": PERIOD,
    }  # fmt: skip
    assert (loyalty["moved_share"], loyalty["noise_floor_share"], loyalty["scheme_version"]) == (
        0.0,
        None,
        None,
    )


def test_nobody_in_both_periods_is_no_share() -> None:
    [row] = scheme_moves(
        pa.Table.from_pylist([flow("rfm", "rfm:lost", 5, left=5)], schema=FLOWS.schema), VERSIONS, {}, PERIOD
    ).to_pylist()
    assert (row["in_both_count"], row["moved_share"], row["moved_behaviour_share"]) == (0, None, None)


def test_a_floor_holds_until_the_version_changes() -> None:
    before = scheme_moves(FLOWED, VERSIONS, {"rfm": measured(2_000, 100, PERIOD)}, PERIOD)
    same = carried(before, VERSIONS)
    assert list(same) == ["rfm"]
    later = scheme_moves(FLOWED, VERSIONS, same, LATER).to_pylist()[1]
    assert (later["noise_floor_share"], later["noise_floor_period"]) == (0.05, PERIOD)
    assert carried(before, {"rfm": "rfm-2"}) == {}
    assert carried(None, VERSIONS) == {}


def test_a_floor_of_nobody_is_not_known_exactly() -> None:
    assert measured(2_000, 0, PERIOD)["noise_floor_share"] == 0.0
    assert 0 < measured(2_000, 0, PERIOD)["noise_floor_error"] < 0.001
    assert measured(50, 0, PERIOD)["noise_floor_error"] > measured(2_000, 0, PERIOD)["noise_floor_error"]
