"""The noise floor: who would move if nobody changed."""

import random
from typing import Any

import ibis
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.features import FeatureInputs, customer_features
from pipeline.segments import assign, fit_versions, moved_by_chance, scoring_input
from pipeline.segments.noise_floor import ByChance
from pipeline.settings import Project
from tests.unit.features.chain import feature_inputs, window_of
from tests.unit.ledgers.lines import line, order_lines

FIRST, BEFORE, LAST = "2023-01", "2024-02", "2024-03"
SCHEME = "purchase_frequency"
CUSTOMERS = 60


@pytest.fixture
def project(write_project: Any) -> Project:
    return write_project(first_period=FIRST, segments={"schemes": [SCHEME]})


def company(engine: Engine, project: Project, counts: list[list[int]]) -> FeatureInputs:
    """Inputs of the last two periods of customers with so many orders in each period."""
    months = project.calendar.between(FIRST, LAST)
    lines = order_lines(
        *(
            line(f"{month}-{1 + number * 3:02} 12:00", account_id=f"a_{who:03}")
            for who, every in enumerate(counts)
            for month, count in zip(months, every, strict=True)
            for number in range(count)
        )
    )
    now = feature_inputs(engine, project, LAST, lines=lines)
    # everybody was there before: customers and links of then are those of now
    both = (one.union(one.mutate(period=ibis.literal(BEFORE))) for one in (now.customers, now.links))
    return FeatureInputs(*(engine.hold(one) for one in both), now.ledgers)


def by_chance(engine: Engine, project: Project, inputs: FeatureInputs) -> ByChance:
    rows = customer_features(inputs, window_of(project, LAST), project.catalogue, project.givable)
    features = engine.hold(rows)
    versions = fit_versions(features, None, None, None, LAST, project)
    given = engine.to_arrow(scoring_input(features, None, project))
    assigned = list(assign(given.to_batches(), versions, LAST, project))
    texts = {
        name: pa.chunked_array([one.column(name).cast(pa.string()) for one in assigned])
        for name in ("customer_id", "scheme", "segment_id")
    }
    found = moved_by_chance(inputs, engine.from_arrow(pa.table(texts)), versions, LAST, project)
    return found[SCHEME]


def test_customers_who_always_do_the_same_never_move_by_chance(engine: Engine, project: Project) -> None:
    steady = [[1 + who % 5] * 15 for who in range(CUSTOMERS)]
    assert by_chance(engine, project, company(engine, project, steady)) == ByChance(CUSTOMERS, 0)


def test_customers_whom_chance_rules_move_by_chance(engine: Engine, write_project: Any) -> None:
    project = write_project(first_period=FIRST, segments={"schemes": [SCHEME], "leave_odds": 0})
    luck = random.Random(3)
    loose = [[1, *(luck.choice((0, 1, 2, 3, 4)) for _ in range(14))] for _ in range(CUSTOMERS)]
    found = by_chance(engine, project, company(engine, project, loose))
    assert found.customers_count == CUSTOMERS
    assert 0 < found.moved_count < CUSTOMERS / 2


def test_there_is_none_before_two_whole_windows(engine: Engine, write_project: Any) -> None:
    young = write_project(first_period="2023-06")
    inputs = FeatureInputs(*(engine.from_arrow(pa.table({"period": ["2024-03"]})) for _ in range(2)), {})
    with pytest.raises(ValueError, match="13 are needed"):
        moved_by_chance(inputs, inputs.customers, pa.table({}), LAST, young)
