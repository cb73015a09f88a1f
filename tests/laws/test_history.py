"""The history of customers: from the stays alone everybody's place in every period follows (law L9).

Random customers come, move, leave and return through some periods; one period in the midst is made anew from
other states, with all later ones, as late data do it.
"""

from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.drift import ended_stays, stays
from pipeline.engine import Engine
from pipeline.engine.blocks import Along, blocks_of
from pipeline.engine.writing import cast
from pipeline.publish.memberships import stays_that_go_on
from pipeline.tables.zones import ENDED_STAYS, MOVES, stays_table
from tests.unit.drift.tables import (
    assignments,
    customers,
    identity_events,
    in_words,
    moved,
    places_of,
    rows,
)

PERIODS = ("2024-01", "2024-02", "2024-03", "2024-04")
SCHEMES = ("loyalty", "value")
NAMES = ("anna", "ben", "cleo", "dora")
#: A customer's state in each scheme, or outside the population.
place = st.none() | st.tuples(
    *(st.sampled_from((f"{one}:high", f"{one}:low", "insufficient_data")) for one in SCHEMES)
)
period_states = st.fixed_dictionaries(dict.fromkeys(NAMES, place))
histories = st.lists(period_states, min_size=len(PERIODS), max_size=len(PERIODS))

few = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


_STAY = ("entered_period", "entered_cause", "left_period", "left_cause")


class Lake:
    """Inner tables of each period as a run would leave them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.assigned: dict[str, pa.Table] = {}
        self.open: dict[str, pa.Table] = {}
        self.ended: dict[str, pa.Table] = {}

    def make(self, number: int, states: dict[str, Any]) -> None:
        """One period, from what the period before left."""
        period, before = PERIODS[number], PERIODS[number - 1] if number else None
        placed = {
            (name, scheme): state
            for name, given in states.items()
            if given
            for scheme, state in zip(SCHEMES, given, strict=True)
        }
        self.assigned[period] = assignments(placed, period=period)
        bound = self.engine.from_arrow
        places = places_of(
            self.engine, self.assigned[before] if before else None, self.assigned[period], SCHEMES
        )
        open_before = self.open[before] if before else None
        known = {name for one in PERIODS[:number] for name in self.assigned[one]["customer_id"].to_pylist()}
        moves = moved(self.engine, places, period).to_pyarrow()
        events = identity_events(self.engine, {})
        known_before = bound(customers(sorted(known))) if before else None
        self.open[period] = cast(
            stays(places, moves, open_before, known_before, events, period, SCHEMES),
            stays_table(SCHEMES).schema,
        )
        self.ended[period] = in_words(ended_stays(places, moves, open_before, events, period), ENDED_STAYS)

    def history(self) -> list[dict[str, Any]]:
        """``customer_history`` as it is published: ends by period, and what goes on in the newest."""
        found = [one for period in PERIODS for one in self.ended[period].to_pylist()]
        newest = PERIODS[-1]
        going_on = stays_that_go_on(
            blocks_of(_sorted(self.assigned[newest], "scheme"), "scheme", sorted(SCHEMES)),
            Along(_sorted(self.open[newest]), "customer_id"),
            newest,
        )
        return found + pa.Table.from_batches(going_on).to_pylist() if self.open[newest].num_rows else found


def _sorted(table: pa.Table, *first: str) -> list[pa.RecordBatch]:
    order = [(name, "ascending") for name in (*first, "customer_id")]
    return table.sort_by(order).combine_chunks().to_batches()


def places(history: list[dict[str, Any]], period: str) -> dict[tuple[str, str], str]:
    """Who was where in ``period``, from stays alone."""
    found = {}
    for one in history:
        if one["entered_period"] <= period and (one["left_period"] is None or period < one["left_period"]):
            assert (one["customer_id"], one["scheme"]) not in found, "in two places at once"
            found[one["customer_id"], one["scheme"]] = one["state"]
    return found


def placed(assigned: pa.Table) -> dict[tuple[str, str], str]:
    """Who is where, from assignments."""
    return {
        (one["customer_id"], one["scheme"]): one["segment_id"] or one["status"]
        for one in assigned.to_pylist()
    }


@few
@given(history=histories, restated=st.integers(0, 3), anew=period_states)
def test_every_membership_of_every_period_follows_from_the_stays(
    engine: Engine, history: Any, restated: int, anew: Any
) -> None:
    lake = Lake(engine)
    for number, states in enumerate(history):
        lake.make(number, states)
    for number in range(restated, len(PERIODS)):
        lake.make(number, anew if number == restated else history[number])
    told = lake.history()
    for period in PERIODS:
        assert places(told, period) == placed(lake.assigned[period])
    keys = [(one["customer_id"], one["scheme"], one["entered_period"]) for one in told]
    assert len(set(keys)) == len(keys)
    assert all(one["left_period"] is None or one["entered_period"] < one["left_period"] for one in told)


def test_how_stays_begin_and_end(engine: Engine) -> None:
    lake = Lake(engine)
    high, low = ("loyalty:high", "value:high"), ("loyalty:low", "value:high")
    for number, states in enumerate(
        ({"anna": high, "ben": high}, {"anna": low}, {"anna": low, "ben": high, "cleo": low}, {"anna": high})
    ):
        lake.make(number, states)
    found = [
        tuple(one[name] for name in ("customer_id", *_STAY))
        for one in lake.history()
        if one["scheme"] == "loyalty"
    ]
    assert sorted(found, key=lambda one: one[:2]) == [
        ("anna", "2024-01", "first_period", "2024-02", "behaviour"),
        ("anna", "2024-02", "behaviour", "2024-04", "behaviour"),
        ("anna", "2024-04", "behaviour", None, None),
        ("ben", "2024-01", "first_period", "2024-02", "left"),
        ("ben", "2024-03", "returned", "2024-04", "left"),
        ("cleo", "2024-03", "entered", "2024-04", "left"),
    ]


def test_who_is_merged_away_or_split_off_is_told_apart(engine: Engine) -> None:
    since = {"loyalty_entered_period": "2024-01", "loyalty_entered_cause": "first_period"}
    high = {("anna", "loyalty"): "loyalty:high", ("ben", "loyalty"): "loyalty:high"}
    now = {("anna", "loyalty"): "loyalty:high", ("dora", "loyalty"): "loyalty:high"}
    schemes = ["loyalty"]
    places = places_of(engine, assignments(high, period="2024-01"), assignments(now), schemes)
    going_on = rows(stays_table(schemes), [{"customer_id": one} | since for one in ("anna", "ben")])
    nobody, known = rows(MOVES, []), engine.from_arrow(customers(["anna", "ben"]))
    events = identity_events(engine, {"ben": "merged", "dora": "split"})
    found = stays(places, nobody, going_on, known, events, "2024-02", schemes).to_pylist()
    causes = {one["customer_id"]: one["loyalty_entered_cause"] for one in found}
    assert causes == {"anna": "first_period", "dora": "split"}
    (gone,) = in_words(ended_stays(places, nobody, going_on, events, "2024-02"), ENDED_STAYS).to_pylist()
    assert (gone["customer_id"], gone["left_cause"], gone["entered_period"]) == ("ben", "merged", "2024-01")
