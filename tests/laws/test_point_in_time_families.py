"""L2 on every family: what comes later changes no feature, and an old period made anew is as it was.

Rows of every entity are drawn from the contracts, so a family that reads a new entity is tested as well.
"""

import random
from collections.abc import Mapping
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.features import FAMILIES, FEATURES
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES
from tests.conftest import shop_settings
from tests.unit.features.whole_company import AS_OF, DAYS, FIRST, PERIODS, features
from tests.unit.ledgers.every_event import PLANS, Row, as_known, random_events
from tests.unit.ledgers.lines import UTC_MONTHS

FAMILIES_OF_LEDGERS = [
    name for name in FAMILIES if any(one.reads for one in FEATURES.values() if one.family.name == name)
]
FEW = settings(
    max_examples=3, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    known = shop_settings(first_period=PERIODS[0], last_period=PERIODS[-1], retention_days=3650)
    return Project(**known, folder=tmp_path_factory.mktemp("shop"))


def differing(one: Mapping[str, Row], other: Mapping[str, Row]) -> dict[str, set[str]]:
    """Features that differ, by family."""
    assert one.keys() == other.keys()
    found: dict[str, set[str]] = {}
    for customer, row in one.items():
        for name, value in row.items():
            if name in FEATURES and value != other[customer][name]:
                found.setdefault(FEATURES[name].family.name, set()).add(name)
    return found


def shifted(events: Mapping[str, list[Row]], chance: random.Random) -> dict[str, list[Row]]:
    """``events`` whose times at or after ``AS_OF`` are others, at or after it too."""

    def moved(row: Row) -> Row:
        times = {name: value for name, value in row.items() if hasattr(value, "hour") and name not in PLANS}
        later = {name for name, value in times.items() if value >= AS_OF}
        return row | {name: AS_OF + timedelta(seconds=chance.randrange(40 * 86_400)) for name in later}

    return {name: [_in_period(moved(row), name) for row in rows] for name, rows in events.items()}


def _in_period(row: Row, entity: str) -> Row:
    happened = row[ENTITIES[entity].event_time or ""]
    return row | {"period": UTC_MONTHS.key(happened.date())}


@cache
def drawn(seed: int) -> dict[str, list[Row]]:
    return random_events(seed, UTC_MONTHS, FIRST, days=DAYS, each=60)


@FEW
@given(seed=st.integers(0, 10_000))
def test_l2_what_comes_later_changes_no_feature_of_any_family(engine, project, seed):
    events = drawn(seed)
    then = features(engine, project, as_known(events, AS_OF))
    assert differing(then, features(engine, project, events)) == {}
    assert differing(then, features(engine, project, shifted(events, random.Random(seed)))) == {}


@pytest.mark.parametrize("family", FAMILIES_OF_LEDGERS)
def test_the_rows_drawn_tell_something_of_every_feature(engine, project, family):
    """The law above would hold of features that are never known."""
    found = told(engine, project)
    silent = {
        one.name for one in FEATURES.values()
        if one.family.name == family and one.reads and not any(row[one.name] for row in found)
    }  # fmt: skip
    assert silent == set()


_TOLD: list[Row] = []


def told(engine: Engine, project: Project) -> list[Row]:
    """Customers of a few draws: what is rare, such as a bond held at the end, is not in each of them.

    Of one the orders begin late, so that their rate changes, and uses end early, so that nothing is used now.
    """
    if not _TOLD:
        late = random_events(6, UTC_MONTHS, FIRST, days=DAYS, each=300)
        late["orders"] = [row for row in late["orders"] if row["ordered_at"] >= AS_OF - timedelta(days=100)]
        uses = late["product_usage"]
        late["product_usage"] = [row for row in uses if row["used_at"] < AS_OF - timedelta(days=100)]
        _TOLD.extend(features(engine, project, late).values())
        for seed in range(1, 6):
            events = random_events(seed, UTC_MONTHS, FIRST, days=DAYS, each=300)
            _TOLD.extend(features(engine, project, events).values())
    return _TOLD
