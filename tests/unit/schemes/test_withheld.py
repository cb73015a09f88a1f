"""Withheld features (law L6): what is said of a customer depends on them only by the segment."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.engine import Engine
from pipeline.models.parameters import from_json
from pipeline.schemes.withheld import in_steps
from pipeline.segments import fit_versions
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.segments.synthetic import PERIOD, assigned, changed, customers

_PERSONS = {
    "entity": "profiles",
    "connector": {"kind": "file", "format": "csv", "path": "persons.csv"},
    "columns": {"source_account_id": "customer", "income_amount": "income", "children_count": "children"},
}
_LOWERED = {
    "scheme": "loyalty",
    "score": [
        {"feature": "active_periods_share_12p", "weight": 2},
        {"feature": "income_amount", "weight": 1, "direction": "lowers"},
        {"feature": "children_count", "weight": 1},
    ],
}
_ALONE = {"scheme": "purchase_frequency", "score": [{"feature": "income_amount", "weight": 1}]}
SCHEMES = ("purchasing_power", "loyalty", "purchase_frequency")


def shop(folder: Path, *attributes: str) -> Project:
    """The shop with profiles, and three tiers in which income counts."""
    sources = shop_settings()["sources"] | {"persons": _PERSONS}
    given = shop_settings(
        sources=sources,
        last_period=None,
        schemes=[_LOWERED, _ALONE],
        segments={"schemes": list(SCHEMES)},
        publish={"attributes": list(attributes)},
    )
    return Project(**given, folder=folder)


def people(seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    incomes = [None if random.random() < 0.2 else round(random.lognormal(10, 0.6), 2) for _ in range(400)]
    children = [None if random.random() < 0.1 else int(random.integers(0, 5)) for _ in range(400)]
    return changed(customers(), income_amount=incomes, children_count=children)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return shop(tmp_path)


def fitted(engine: Engine, features: pa.Table, project: Project) -> pa.Table:
    return fit_versions(engine.from_arrow(features), None, None, None, PERIOD, project)


def of_schemes(table: pa.Table) -> list[dict[str, Any]]:
    return table.filter(pc.is_in(table["scheme"], pa.array(SCHEMES))).to_pylist()


def shuffled_known(features: pa.Table, name: str, seed: int) -> list[Any]:
    """The same known values, of other customers."""
    values = features[name].to_pylist()
    known = [one for one in values if one is not None]
    np.random.default_rng(seed).shuffle(known)
    rest = iter(known)
    return [None if one is None else next(rest) for one in values]


def test_whatever_the_withheld_values_equal_segments_have_equal_rows(
    engine: Engine, project: Project
) -> None:
    features = people(1)
    versions = fitted(engine, features, project)
    before = of_schemes(assigned(features, versions, project))
    assert {row["status"] for row in before} == {"assigned", "insufficient_data"}
    same = moved = 0
    for seed in range(3):
        other = changed(
            features,
            income_amount=shuffled_known(features, "income_amount", seed),
            children_count=shuffled_known(features, "children_count", seed),
        )
        for old, new in zip(before, of_schemes(assigned(other, versions, project)), strict=True):
            if old["segment_id"] == new["segment_id"]:
                assert old == new
                same += 1
            else:
                moved += 1
    assert same > 1000
    assert moved > 300, "withheld features must count for the segment"


def test_what_is_said_agrees_with_the_segment(engine: Engine, project: Project) -> None:
    features = people(2)
    versions = fitted(engine, features, project)
    borders = {
        row["scheme"]: from_json(row["parameters"]) for row in versions.to_pylist() if row["parameters"]
    }
    for row in of_schemes(assigned(features, versions, project)):
        if row["status"] != "assigned":
            continue
        low, high = borders[row["scheme"]]["borders"]
        tier = "high" if row["score"] >= high else "medium" if row["score"] >= low else "low"
        assert row["segment_id"].endswith(tier)
        assert row["confidence"] is None or 0 < row["confidence"] <= 1
        told = [one for one in row["reasons"] if one["feature"] in ("income_amount", "children_count")]
        assert all(one["value"] is one["direction"] is one["contribution"] is None for one in told)


def test_an_attribute_that_the_project_names_counts_and_is_told_as_any_other(
    engine: Engine, tmp_path: Path
) -> None:
    project = shop(tmp_path, "income_amount", "children_count")
    features = people(3)
    versions = fitted(engine, features, project)
    told = set()
    for row in of_schemes(assigned(features, versions, project)):
        for one in row["reasons"] or ():
            assert None not in one.values()
            told.add(one["feature"])
        if row["status"] == "assigned":
            total = sum(one["contribution"] for one in row["reasons"])
            assert total == pytest.approx(row["score"] - 50, abs=0.0201)
    assert {"income_amount", "children_count"} <= told


def test_steps_are_told_by_their_middles() -> None:
    percents = np.array([0.0, 19.9, 20.0, 50.0, 99.9, 100.0, np.nan])
    np.testing.assert_equal(in_steps(percents, 5), [10, 10, 30, 50, 90, 90, np.nan])
