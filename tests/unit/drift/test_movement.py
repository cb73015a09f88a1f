"""The movement ledger: one cause a move, flows that balance."""

from typing import Any

import pyarrow as pa

from pipeline.drift.doubt import in_doubt
from pipeline.drift.movement import flows, imbalance, uncaused
from pipeline.engine import Engine
from pipeline.periods import Calendar
from pipeline.tables.zones import FLOWS, MOVES
from tests.unit.drift.tables import assignments, customers, first_fitted, identity_events, places_of, rows
from tests.unit.drift.tables import moved as moved_rows

TIER = "loyalty"
HIGH, LOW = f"{TIER}:high", f"{TIER}:low"


def _states(**by_customer: str) -> dict[tuple[str, str], str]:
    return {(customer, TIER): state for customer, state in by_customer.items()}


def _moves(
    engine: Engine,
    previous: pa.Table | None,
    current: pa.Table,
    replay: pa.Table | None = None,
    reconciled: pa.Table | None = None,
) -> Any:
    first = first_fitted(previous, current)
    return moved_rows(engine, places_of(engine, previous, current), "2024-02", first, replay, reconciled)


def _by_customer(expression: Any) -> dict[str, tuple[str, str]]:
    return {
        one["customer_id"]: (one["behaviour_state"], one["cause"])
        for one in expression.to_pyarrow().to_pylist()
    }


def test_a_change_without_a_refit_is_behaviour(engine: Engine) -> None:
    found = _moves(engine, assignments(_states(anna=HIGH, ben=LOW)), assignments(_states(anna=LOW, ben=LOW)))
    assert found.columns == tuple(MOVES.columns)
    assert found.to_pyarrow().to_pylist() == [
        {
            "period": "2024-02",
            "customer_id": "anna",
            "scheme": TIER,
            "from_state": HIGH,
            "identity_state": HIGH,
            "behaviour_state": LOW,
            "to_state": LOW,
            "cause": "behaviour",
        }
    ]


def test_a_change_that_the_previous_version_would_not_have_made_is_the_models(engine: Engine) -> None:
    found = _moves(
        engine,
        assignments(_states(anna=HIGH, ben=HIGH, cleo=HIGH)),
        assignments(_states(anna=LOW, ben=LOW, cleo=HIGH), version="v2"),
        assignments(_states(anna=HIGH, ben=LOW, cleo=LOW)),
    )
    # Cleo's behaviour took her down and the refit took her up again: she did not move.
    assert _by_customer(found) == {"anna": (HIGH, "model"), "ben": (LOW, "behaviour")}


def test_a_change_that_linking_alone_would_have_made_is_identitys(engine: Engine) -> None:
    found = _moves(
        engine,
        assignments(_states(anna=LOW, ben=LOW, cleo=LOW)),
        assignments(_states(anna=HIGH, ben=HIGH, cleo=LOW)),
        reconciled=assignments(_states(anna=HIGH, ben=LOW, cleo=HIGH)),
    )
    # Merging took Cleo up, her behaviour down again: she did not move.
    assert _by_customer(found) == {"anna": (HIGH, "identity"), "ben": (HIGH, "behaviour")}


def test_who_left_by_a_merge_or_came_by_a_split_is_counted_apart(engine: Engine) -> None:
    previous = assignments(_states(anna=HIGH, ben=HIGH, cleo=LOW))
    current = assignments(_states(anna=HIGH, dora=LOW, emil=LOW, fay=LOW))
    known = engine.from_arrow(customers(["anna", "ben", "cleo", "emil"]))
    events = identity_events(engine, {"ben": "merged", "dora": "split", "emil": "undone", "fay": "created"})
    flow = flows(
        places_of(engine, previous, current),
        _moves(engine, previous, current),
        known,
        events,
        "2024-02",
    )
    columns = (
        "entered_count",
        "returned_count",
        "entered_by_split_count",
        "left_count",
        "left_by_merge_count",
    )
    assert {one["state"]: tuple(one[name] for name in columns) for one in _sorted(flow)} == {
        HIGH: (0, 0, 0, 1, 1),
        LOW: (2, 1, 2, 1, 0),
    }
    assert imbalance(flow).count().execute() == 0


def test_statuses_are_states(engine: Engine) -> None:
    found = _moves(engine, assignments(_states(anna="insufficient_data")), assignments(_states(anna=LOW)))
    assert _by_customer(found) == {"anna": (LOW, "behaviour")}


def test_the_first_fit_of_a_scheme_moves_everyone_by_the_model(engine: Engine) -> None:
    found = _moves(
        engine,
        assignments(_states(anna="insufficient_data", ben="insufficient_data"), version=None),
        assignments(_states(anna=LOW, ben="insufficient_data")),
    )
    assert _by_customer(found) == {"anna": ("insufficient_data", "model")}


def test_who_is_in_one_period_only_did_not_move(engine: Engine) -> None:
    found = _moves(engine, assignments(_states(anna=HIGH)), assignments(_states(ben=LOW)))
    assert found.count().execute() == 0


def test_the_first_period_has_entries_and_no_moves(engine: Engine) -> None:
    current = assignments(_states(anna=HIGH, ben=LOW))
    moved = _moves(engine, None, current)
    assert moved.count().execute() == 0
    flow = flows(places_of(engine, None, current), moved, None, identity_events(engine, {}), "2024-02")
    assert [(one["state"], one["entered_count"], one["population_share"]) for one in _sorted(flow)] == [
        (HIGH, 1, 0.5),
        (LOW, 1, 0.5),
    ]
    assert imbalance(flow).count().execute() == 0


def _sorted(flow: Any) -> list[dict[str, Any]]:
    return flow.order_by("scheme", "state").to_pyarrow().to_pylist()


def test_flows_say_who_came_who_went_and_why(engine: Engine) -> None:
    previous = assignments(_states(anna=HIGH, ben=HIGH, cleo=HIGH, dora=HIGH))
    current = assignments(_states(anna=HIGH, ben=LOW, cleo=LOW, emil=LOW, fay=HIGH), version="v2")
    replay = assignments(_states(anna=HIGH, ben=HIGH, cleo=LOW, emil=LOW, fay=HIGH))
    moved = _moves(engine, previous, current, replay)
    known = engine.from_arrow(customers(["anna", "ben", "cleo", "dora", "emil"]))
    flow = flows(
        places_of(engine, previous, current),
        moved,
        known,
        identity_events(engine, {}),
        "2024-02",
    )
    assert flow.columns == tuple(FLOWS.columns)
    nonzero = [{k: v for k, v in one.items() if v and k not in ("period", "scheme")} for one in _sorted(flow)]
    assert nonzero == [
        {
            "state": HIGH,
            "population_previous_count": 4,
            "entered_count": 1,
            "left_count": 1,
            "moved_out_behaviour_count": 1,
            "moved_out_model_count": 1,
            "population_count": 2,
            "population_share": 0.4,
        },
        {
            "state": LOW,
            "returned_count": 1,
            "moved_in_behaviour_count": 1,
            "moved_in_model_count": 1,
            "population_count": 3,
            "population_share": 0.6,
        },
    ]
    assert imbalance(flow).count().execute() == 0
    assert uncaused(flow, moved).count().execute() == 0


def test_a_lost_move_is_found_by_both_checks(engine: Engine) -> None:
    previous, current = assignments(_states(anna=HIGH, ben=LOW)), assignments(_states(anna=LOW, ben=LOW))
    moved = _moves(engine, previous, current)
    without = moved.limit(0)
    events = identity_events(engine, {})
    flow = flows(places_of(engine, previous, current), without, None, events, "2024-02")
    assert sorted(imbalance(flow).missing_count.execute().tolist()) == [-1, 1]
    assert uncaused(flow, moved).to_pyarrow().to_pylist() == [
        {
            "period": "2024-02",
            "scheme": TIER,
            "cause": "behaviour",
            "moves_count": 1,
            "moved_in_count": 0,
            "moved_out_count": 0,
        }
    ]


def test_a_move_beside_a_source_that_is_not_whole_is_datas(engine: Engine) -> None:
    previous, current = assignments(_states(a=HIGH, b=LOW)), assignments(_states(a=LOW, b=LOW))
    ledger = moved_rows(engine, places_of(engine, previous, current), "2024-02", in_doubt=[TIER])
    assert _causes(ledger) == {"a": "data"}
    other = moved_rows(engine, places_of(engine, previous, current), "2024-02", in_doubt=["rfm"])
    assert _causes(other) == {"a": "behaviour"}


def test_what_identity_and_models_do_stays_theirs_beside_a_source_that_is_not_whole(engine: Engine) -> None:
    previous = assignments(_states(a=HIGH, b=HIGH, c=HIGH))
    current = assignments(_states(a=LOW, b=LOW, c=LOW), "v2")
    replay, reconciled = assignments(_states(b=HIGH, c=LOW)), assignments(_states(a=LOW))
    places = places_of(engine, previous, current)
    ledger = moved_rows(engine, places, "2024-02", (), replay, reconciled, in_doubt=[TIER])
    assert _causes(ledger) == {"a": "identity", "b": "model", "c": "data"}


def test_a_move_that_takes_back_one_by_data_is_datas_too(engine: Engine) -> None:
    """a goes back to where it was; b goes elsewhere; c takes back a move of its own."""
    then = {"a": (HIGH, LOW), "b": (HIGH, LOW)}
    moves = [
        {"period": "2024-01", "customer_id": one, "scheme": TIER, "from_state": came, "to_state": led}
        for one, (came, led) in then.items()
    ]
    doubted = rows(MOVES, moves)
    previous = assignments(_states(a=LOW, b=LOW, c=LOW, d=HIGH))
    current = assignments(_states(a=HIGH, b="insufficient_data", c=HIGH, d=LOW))
    ledger = moved_rows(engine, places_of(engine, previous, current), "2024-02", doubted=doubted)
    assert _causes(ledger) == {"a": "data", "b": "behaviour", "c": "behaviour", "d": "behaviour"}


def test_a_hole_puts_a_scheme_in_doubt_when_it_comes_into_a_window_and_when_it_goes_out() -> None:
    """Sums over the last three months, and over the three before them: edges now, three and six months ago;
    another scheme rests on another source."""
    rest_on = {TIER: {"till": (0, 3, 6)}, "rfm": {"web": (0, 12)}}
    ill = {"2024-02": {"till"}}
    calendar = Calendar("month", "UTC")
    periods = calendar.between("2024-01", "2025-03")
    doubted = [one for one in periods if TIER in in_doubt(ill, rest_on, one, calendar)]
    assert doubted == ["2024-02", "2024-05", "2024-08"]
    assert not any("rfm" in in_doubt(ill, rest_on, one, calendar) for one in periods)


def _causes(ledger: Any) -> dict[str, str]:
    return {one["customer_id"]: one["cause"] for one in ledger.to_pyarrow().to_pylist()}
