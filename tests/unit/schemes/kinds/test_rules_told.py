"""What rules tell: of what may not be published the segment alone, and reasons that hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml

from pipeline.models.frame import Floats, Frame, Sample, code_of
from pipeline.schemes.kinds import rules
from pipeline.schemes.scored import Scored
from pipeline.settings import Project
from tests.conftest import shop_settings

MANY = 40
HOMES = """
scheme: homes
kind: rules
label: {en: Homes, zh: 居所}
thresholds: {rich: 50000, often: 2}
evidence: [settlement]
needs: [settlement]
rules:
  - segment: regular
    when:
      any:
        - {feature: income_amount, at_least: rich}
        - {feature: orders_per_30_days_12p, at_least: often}
    reasons: [income_amount, orders_per_30_days_12p]
  - segment: urban
    when: {feature: settlement, one_of: [urban, suburban]}
    reasons: [settlement]
  - segment: rural
    reasons: [settlement]
segments:
  regular: {label: {en: Regular, zh: 常客}}
  urban: {label: {en: Urban, zh: 城市}}
  rural: {label: {en: Rural, zh: 乡村}}
"""


def homes(**publish: Any) -> Project:
    settings = shop_settings(schemes=[yaml.safe_load(HOMES)], segments={"min_customers_to_fit": 10})
    return Project(**settings, publish=publish, folder=Path())


def people(settlement: list[str | None], income: float = 30_000.0, orders: float = 1.0) -> Frame:
    size = len(settlement)
    numbers: dict[str, Floats] = {
        "settlement": np.array([code_of(one) for one in settlement]),
        "income_amount": np.full(size, income),
        "orders_per_30_days_12p": np.full(size, orders),
    }
    return Frame(pa.array([f"c{one}" for one in range(size)]), numbers, {})


def parameters(project: Project, settlement: list[str | None]) -> dict[str, Any]:
    document: Any = project.every_scheme["homes"]
    found = rules.fit(document, Sample(people(settlement), None), project, None).parameters
    assert found is not None
    return found


def names(found: Scored) -> list[str | None]:
    ids = [one.removeprefix("homes:") for one in found.segment_ids]
    return [ids[at] if at >= 0 else None for at in found.segment.tolist()]


@pytest.fixture(scope="module")
def frozen() -> dict[str, Any]:
    return parameters(homes(), ["urban", "rural"] * MANY)


def test_a_text_puts_a_customer_where_it_is_one_of_those_named_and_nowhere_where_it_is_unknown(frozen):
    found = rules.score("homes", frozen, people(["urban", "suburban", "rural", None]))
    assert names(found) == ["urban", "urban", "rural", None]


@pytest.mark.parametrize("orders", [1.7, 2.3])
def test_whoever_is_in_a_segment_says_the_same_whatever_its_income(frozen, orders):
    """Law L6: confidence, margin, runner-up are a function of the segment, at whichever side of any ramp."""
    told = set()
    for income in (0.0, 45_000.0, 49_999.0, 50_000.0, 51_000.0, 900_000.0):
        found = rules.score("homes", frozen, people(["urban"], income, orders))
        told.add((names(found)[0], found.confidence[0], found.margin[0], found.runner_up[0]))
    assert {one[0]: one for one in told}.keys() == ({"regular"} if orders > 2 else {"regular", "urban"})
    assert len(told) == len({one[0] for one in told})


def test_what_may_not_be_published_and_what_is_no_number_is_named_without_value_and_direction(frozen):
    rich = rules.score("homes", frozen, people(["urban"], 60_000.0)).reasons.to_arrow(np.array([True]))
    plain = rules.score("homes", frozen, people(["urban"])).reasons.to_arrow(np.array([True]))
    (income,), (place,) = rich.to_pylist()[0], plain.to_pylist()[0]
    assert (income["feature"], place["feature"]) == ("income_amount", "settlement")
    for one in (income, place):
        assert [one[name] for name in ("value", "direction", "contribution")] == [None] * 3


def test_only_conditions_that_hold_are_reasons(frozen):
    def reasons(**values: float) -> list[str]:
        found = rules.score("homes", frozen, people(["urban"], **values))
        return [one["feature"] for one in found.reasons.to_arrow(np.array([True])).to_pylist()[0]]

    assert reasons(income=60_000.0) == ["income_amount"]
    assert reasons(orders=3.0) == ["orders_per_30_days_12p"]
    assert reasons(income=60_000.0, orders=3.0) == ["income_amount", "orders_per_30_days_12p"]


def test_nobody_is_told_to_be_one_of_a_few():
    few = homes(min_group_count=10)
    frozen = parameters(few, ["urban"] * MANY + ["rural"] * 9)
    assert frozen["withheld_segments"] == ["rural"]
    assert names(rules.score("homes", frozen, people(["urban", "rural"]))) == ["urban", None]
    assert parameters(few, ["urban"] * MANY + ["rural"] * 10)["withheld_segments"] == []
    named = homes(attributes=["settlement", "income_amount"])
    assert parameters(named, ["urban"] * MANY + ["rural"] * 9)["withheld_segments"] == []


def test_what_a_project_publishes_has_soft_borders_again():
    named = parameters(homes(attributes=["settlement", "income_amount"]), ["urban", "rural"] * MANY)
    found = rules.score("homes", named, people(["urban"], 52_000.0))
    assert 0.5 < found.confidence[0] < 1
    reasons = found.reasons.to_arrow(np.array([True])).to_pylist()[0]
    assert reasons[0]["value"] == 52_000
