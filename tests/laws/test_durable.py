"""Law L9, durable: ids of customers and of segments outlive runs, periods and refits."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.clean import clean
from pipeline.engine import Engine
from pipeline.engine.writing import cast
from pipeline.identity import Resolved, customers, resolve, seen_accounts
from pipeline.ledgers.orders import orders
from pipeline.models.parameters import from_json
from pipeline.segments import fit_versions, register
from pipeline.settings import BUILT_IN, Project
from pipeline.tables.entities import ENTITIES
from pipeline.tables.zones import ACCOUNT_LINKS
from tests.conftest import KEY, shop_settings
from tests.unit.identity.linking import Pair, World, by_rule, customers_of, events_of, register_of
from tests.unit.segments.synthetic import KINDS, assigned, shop_with, with_previous
from tests.unit.segments.synthetic import customers as made_up

PERIODS = ["2024-01", "2024-02", "2024-03"]
COLLECTED = datetime(2024, 4, 2, tzinfo=UTC)
SCHEMES = ("behaviour_clusters", "loyalty", "rfm")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(**shop_settings(), folder=tmp_path_factory.mktemp("shop"))


def lines(seed: int) -> list[dict[str, Any]]:
    """Raw order lines of a dozen customers; not everyone buys in every period."""
    rng = random.Random(seed)
    return [
        {
            "period": period,
            "customer": f"k{rng.randint(1, 12)}",
            "order": f"{period}-{number}",
            "at": f"{period}-{rng.randint(1, 28):02d} 10:00:00",
            "product": "p1",
            "quantity": "1",
            "price": "2.50",
        }
        for period in PERIODS
        for number in range(12)
    ]


def identified(
    engine: Engine,
    shop: Project,
    rows: Sequence[dict[str, Any]],
    through: str,
    file: str = "orders.csv",
    collected_at: datetime = COLLECTED,
) -> dict[str, str]:
    """Customer of each account as of ``through``, from raw rows, period after period."""
    stamps = {"_collected_at": collected_at, "_source": "till", "_file": file}
    raw = pa.Table.from_pylist([stamps | {"_row": number} | one for number, one in enumerate(rows, 1)])
    raw = raw.set_column(0, "_collected_at", raw["_collected_at"].cast(pa.timestamp("us", tz="UTC")))
    cleaned = clean(ENTITIES["orders"], {"till": engine.from_arrow(raw)}, shop, KEY)
    ledger = engine.from_arrow(
        cast(orders.of({"orders": cleaned.kept}, shop).to_pyarrow(), orders.table.schema)
    )
    links, register_before = ACCOUNT_LINKS.schema.empty_table(), None
    for period in shop.calendar.between(PERIODS[0], through):
        before = engine.from_arrow(links)
        seen = seen_accounts(before, [ledger], None, period, shop)
        resolved = resolve(seen, before, register_before, None, period, shop, KEY)
        links, register_before = resolved.links, engine.from_arrow(resolved.register)
    known = customers(engine.from_arrow(links), None, through, shop)
    customer_of = dict(zip(links["account_id"].to_pylist(), links["customer_id"].to_pylist(), strict=True))
    assert sorted(known.customer_id.to_pyarrow().to_pylist()) == sorted(set(customer_of.values()))
    return customer_of


def test_a_customer_keeps_its_id_however_often_and_in_whatever_order_rows_are_collected(
    engine: Engine, shop: Project
) -> None:
    rows = lines(seed=1)
    first = identified(engine, shop, rows, PERIODS[-1])
    assert len(set(first.values())) == len({one["customer"] for one in rows}) > 5
    shuffled = random.Random(2).sample(rows, len(rows))
    later = datetime(2025, 1, 1, tzinfo=UTC)
    assert identified(engine, shop, shuffled, PERIODS[-1], "orders (2).csv", later) == first


def test_a_period_more_adds_customers_and_changes_none(engine: Engine, shop: Project) -> None:
    rows = lines(seed=3)
    known: dict[str, str] = {}
    for period in PERIODS:
        seen = [one for one in rows if one["period"] <= period]
        found = identified(engine, shop, seen, period)
        assert known.items() <= found.items()
        known = found
    # Whoever is seen without the first period has the same id: it does not count who came before.
    late = identified(engine, shop, [one for one in rows if one["period"] > PERIODS[0]], PERIODS[-1])
    assert late.items() <= known.items()


# --- customers that are linked, merged and parted ------------------------------------------

MONTHS = ["2024-01", "2024-02", "2024-03", "2024-04"]
NAMES = [f"a_{number}" for number in range(9)]
History = list[tuple[list[str], list[Pair]]]
SLOW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def pairs_among(draw: st.DrawFn, names: Sequence[str]) -> list[Pair]:
    """Some pairs of ``names``: by a rule, or by the model on both sides of the threshold."""
    two = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda both: both[0] < both[1])
    some = draw(st.lists(two, unique=True, max_size=8)) if len(names) > 1 else []
    weights = st.sampled_from([None, 3.0, 6.0, 9.0, 9.0, 12.0])
    found = [(one, other, draw(weights)) for one, other in some]
    return [
        by_rule(one, other) if weight is None else Pair(one, other, weight) for one, other, weight in found
    ]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """New accounts and all pairs of each of four periods; pairs come and go."""
    names = draw(st.permutations(NAMES))
    cuts = sorted(draw(st.lists(st.integers(0, len(names)), min_size=3, max_size=3)))
    ends = [max(1, cuts[0]), *cuts[1:], len(names)]
    starts = [0, *ends[:-1]]
    return [
        (list(names[start:end]), draw(pairs_among(NAMES))) for start, end in zip(starts, ends, strict=True)
    ]


@st.composite
def decisions(draw: st.DrawFn) -> list[dict[str, Any]]:
    two = st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True)
    some = draw(st.lists(st.tuples(st.sampled_from(["same", "apart"]), two), max_size=3))
    return [{"decision": decision, "accounts": accounts} for decision, accounts in some]


def lived(shop: Project, history: History, by_hand: Any = (), shuffle: int = 0) -> list[Resolved]:
    """The periods of ``history``, one after another; ``by_hand`` are overrides."""
    identity = shop.identity.model_validate({"overrides": list(by_hand)})
    world = World(shop.model_copy(update={"identity": identity, "last_period": None}), shuffle)
    return [world.step(period, new, pairs) for period, (new, pairs) in zip(MONTHS, history, strict=False)]


@SLOW
@given(histories(), decisions(), st.integers(1, 1_000))
def test_linking_everything_again_from_shuffled_rows_gives_the_same_ids(
    shop: Project, history: History, by_hand: list[Any], seed: int
) -> None:
    chance = random.Random(seed)
    turned = [(new, chance.sample(pairs, len(pairs))) for new, pairs in history]
    first, again = lived(shop, history, by_hand), lived(shop, turned, by_hand, shuffle=seed)
    for one, other in zip(first, again, strict=True):
        assert customers_of(one) == customers_of(other)
        assert register_of(one) == register_of(other)
        assert events_of(one) == events_of(other)
        assert one.links.sort_by("account_id").equals(other.links.sort_by("account_id"))


@SLOW
@given(histories(), decisions())
def test_every_change_of_an_id_is_an_event_and_every_event_a_change(
    shop: Project, history: History, by_hand: list[Any]
) -> None:
    before: dict[str, str] = {}
    for found in lived(shop, history, by_hand):
        now, events = customers_of(found), events_of(found)
        went = Counter((before[one], now[one]) for one in before if before[one] != now[one])
        told: Counter[tuple[str, str]] = Counter()
        for customer, event, related, _, accounts in events:
            if event != "created":
                told[(customer, related) if event == "merged" else (related, customer)] += accounts
        assert told == went
        # created: made of new accounts alone, under an id that no one had
        old = {now[one] for one in before}
        fresh = Counter(now[one] for one in now if now[one] not in old)
        assert {one[0]: one[4] for one in events if one[1] == "created"} == fresh
        ended, living = set(before.values()) - set(now.values()), set(now.values())
        assert {one[0] for one in events if one[1] == "merged"} == ended
        began = living - set(before.values())
        assert {one[0] for one in events if one[1] in ("created", "undone", "split")} >= began
        before = now


@SLOW
@given(histories(), decisions())
def test_the_register_forgets_no_id_and_says_who_took_over(
    shop: Project, history: History, by_hand: list[Any]
) -> None:
    ever: dict[str, tuple[str, str]] = {}
    for found in lived(shop, history, by_hand):
        rows = {row["customer_id"]: row for row in found.register.to_pylist()}
        born = {key: (row["founding_account_id"], row["born_period"]) for key, row in rows.items()}
        assert ever.items() <= born.items()
        ever = born
        living = {key for key, row in rows.items() if row["customer_status"] == "live"}
        assert living == set(customers_of(found).values())
        for key, row in rows.items():
            assert (row["retired_period"] is None) == (key in living)
            assert row["merged_into_customer_id"] is None if key in living else True
            assert key in living or row["merged_into_customer_id"] in living


@SLOW
@given(histories(), decisions())
def test_a_period_in_which_nothing_is_linked_anew_changes_no_id(
    shop: Project, history: History, by_hand: list[Any]
) -> None:
    known, links = history[0]
    first, second, third = lived(
        shop,
        [(known, links), ([], links), ([], links)],
        [one | {"from_period": None} for one in by_hand],
    )
    assert customers_of(first) == customers_of(second) == customers_of(third)
    assert events_of(second) == events_of(third) == []


@SLOW
@given(st.data())
def test_a_merge_that_is_undone_restores_every_id(shop: Project, data: st.DataObject) -> None:
    apart = data.draw(pairs_among(NAMES[:6]))
    joined = apart + [
        one
        for one in data.draw(pairs_among(NAMES[:6]))
        if (one.one, one.other) not in {(each.one, each.other) for each in apart}
    ]
    # what comes meanwhile stays with whom it came to, and does not change whose id is whose
    grown = [by_rule(data.draw(st.sampled_from(NAMES[:6])), one) for one in NAMES[6:]]
    first, _, _, last = lived(
        shop, [(NAMES[:6], apart), ([], joined), (NAMES[6:], joined + grown), ([], apart + grown)]
    )
    assert customers_of(first).items() <= customers_of(last).items()
    states = register_of(last)
    assert {key for key, (status, _) in states.items() if status == "live"} == set(register_of(first))


@pytest.fixture(scope="module")
def lives(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, dict[str, Any]]]:
    """The register after each of five periods, refitted every time.

    Four kinds of customers; unchanged; one kind turns into another; unchanged; a fourth comes back.
    """
    settings = {"schemes": list(SCHEMES), "refit_every_periods": 1}
    shop = shop_with(tmp_path_factory.mktemp("refits"), **settings)
    kinds = [KINDS, KINDS, KINDS[[0, 1, 2, 2]], KINDS[[0, 1, 2, 2]], KINDS]
    periods = shop.calendar.between("2024-03", "2024-07")
    before: Any = None
    registers: list[dict[str, dict[str, Any]]] = []
    for number, (period, some) in enumerate(zip(periods, kinds, strict=True)):
        # Redrawn a little each time: a refit on equal features would change nothing.
        features = made_up(200, seed=number, period=period, kinds=np.array(some))
        table = engine.from_arrow(features)
        if before is None:
            versions = fit_versions(table, None, None, None, period, shop)
            rows = assigned(features, versions, shop, period)
            found = register(None, versions, None, engine.from_arrow(rows), None, period, shop)
        else:
            old_features, old_versions, old_rows, old_register = before
            versions = fit_versions(
                table, old_features, old_versions, engine.from_arrow(old_rows), period, shop
            )
            held = with_previous(features, old_rows)
            rows = assigned(held, versions, shop, period)
            replayed = engine.from_arrow(assigned(held, old_versions, shop, period))
            now, then = engine.from_arrow(rows), engine.from_arrow(old_rows)
            found = register(old_register, versions, old_versions, now, replayed, period, shop, then)
        before = table, versions, rows, found
        version = {row["scheme"]: row for row in versions.to_pylist()}["behaviour_clusters"]
        assert version["scheme_version"], version["gates"]
        living = set(from_json(version["parameters"])["segment_ids"])
        registers.append(
            {row["segment_id"]: row | {"is_living": row["segment_id"] in living} for row in found.to_pylist()}
        )
    return registers


def clusters(register_: dict[str, dict[str, Any]], living: bool | None = None) -> set[str]:
    """Ids of discovered segments: all that ever lived, or those that live or do not."""
    found = {key: row for key, row in register_.items() if row["scheme"] == "behaviour_clusters"}
    return {key for key, row in found.items() if living is None or row["is_living"] == living}


def test_segments_keep_their_ids_when_a_refit_finds_them_again(lives: list[Any]) -> None:
    first, again = lives[0], lives[1]
    assert len(clusters(first)) == 4
    assert clusters(again, living=True) == clusters(first)
    assert {again[one]["event"] for one in clusters(again)} <= {"continued", "none"}
    assert {again[one]["born_period"] for one in clusters(again)} == {"2024-03"}


def test_no_segment_is_ever_forgotten_nor_born_twice(lives: list[Any]) -> None:
    for earlier, later in pairwise(lives):
        assert set(earlier) <= set(later)
        for one, row in earlier.items():
            assert later[one]["born_period"] == row["born_period"]
            if row["retired_period"]:
                assert later[one]["retired_period"] == row["retired_period"]


def test_an_id_that_ended_is_never_given_again(lives: list[Any]) -> None:
    ended = clusters(lives[2], living=False)
    assert len(ended) == 1
    (gone,) = ended
    assert lives[2][gone]["retired_period"] == "2024-05"
    assert lives[2][gone]["event"] in ("merged", "retired", "split")
    newborn = clusters(lives[4]) - clusters(lives[3])
    assert newborn == {"behaviour_clusters:s05"}
    assert gone not in clusters(lives[4], living=True)
    assert lives[4][gone]["retired_period"] == "2024-05"


def test_named_segments_have_the_same_ids_in_every_version(lives: list[Any]) -> None:
    for name in ("loyalty", "rfm"):
        for one in lives:
            ids = {key for key, row in one.items() if row["scheme"] == name}
            assert ids == set(BUILT_IN[name].segment_ids())
            assert {one[key]["retired_period"] for key in ids} == {None}
