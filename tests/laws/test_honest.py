"""Law L8, honest: what is not known is said, and never dressed up as a segment, a score or a confidence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.engine.blocks import Along, blocks_of
from pipeline.features import FEATURES
from pipeline.forecasts import FORECASTS
from pipeline.publish.contracts import customer_segments_table
from pipeline.publish.wide import customer_segments, features_told
from pipeline.schemes import serving
from pipeline.segments import fit_versions, portraits
from pipeline.settings import BUILT_IN, Project
from tests.conftest import shop_settings
from tests.unit.features.chain import features as features_of
from tests.unit.ledgers.lines import UTC_MONTHS, order_lines, random_lines
from tests.unit.segments.synthetic import PERIOD, assigned, customers, forecast_versions, shop_with
from tests.unit.segments.tables import side_by_side

#: What only an assignment may show.
NAMED = ("segment_id", "score", "confidence", "runner_up_segment_id", "margin", "reasons")
NUMERIC = [one.name for one in FEATURES.values() if one.is_numeric]
SCHEME_NAMES = [name for name, one in BUILT_IN.items() if not one.only_where_given]

CRM: dict[str, Any] = {
    "entity": "profiles",
    "connector": {"kind": "file", "format": "jsonl", "path": "profiles.jsonl"},
    "columns": {"source_account_id": "customer", "income_amount": "income"},
}
SURVEYED = {"satisfaction"}
#: Schemes that say not_applicable, by what the project has: written down, not asked of the code.
WITHOUT: list[tuple[str, dict[str, Any], set[str]]] = [
    ("orders alone", {}, SURVEYED),
    ("profiles alone", {"crm": CRM}, set(SCHEME_NAMES) - {"purchasing_power"}),
    (
        "profiles without an income",
        {"crm": CRM | {"columns": {"source_account_id": "customer", "city": "city"}}},
        set(SCHEME_NAMES),
    ),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return shop_with(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def features() -> pa.Table:
    return customers(120)


@pytest.fixture(scope="module")
def versions(engine: Engine, features: pa.Table, shop: Project) -> pa.Table:
    found = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop, forecast_versions())
    assert found["status"].to_pylist().count("assigned") == len(SCHEME_NAMES) - len(SURVEYED)
    return found


def blanked(table: pa.Table, blanks: dict[str, Any]) -> pa.Table:
    """``table`` with some values unknown: for each feature the flags of the customers concerned."""
    for name, flags in blanks.items():
        place = table.schema.get_field_index(name)
        field = table.schema.field(place).with_nullable(True)
        values = pc.if_else(pa.array(flags), pa.scalar(None, field.type), table.column(name))
        table = table.set_column(place, field, values)
    return table


def dishonest(rows: pa.Table) -> list[dict[str, Any]]:
    """Rows without an assignment that show anything that looks like one."""
    return [
        row
        for row in rows.to_pylist()
        if (row["status"] != "assigned" and any(row[name] is not None for name in NAMED))
        or (row["status"] == "not_applicable" and row["scheme_version"])
    ]


def known_shares(table: pa.Table, name: str, shop: Project) -> dict[str, float]:
    """Weighted share of a scheme's inputs that is known of each customer; forecasts count as known."""
    scheme = shop.every_scheme[name]
    weights = dict(serving.kind_of(scheme).inputs(scheme, shop.givable_to_schemes))
    known = np.zeros(table.num_rows)
    for one, weight in weights.items():
        known += weight if one in FORECASTS else weight * table.column(one).is_valid().to_numpy()
    return dict(zip(table["customer_id"].to_pylist(), known / (sum(weights.values()) or 1), strict=True))


@pytest.mark.parametrize(("sources", "silent"), [one[1:] for one in WITHOUT], ids=[one[0] for one in WITHOUT])
def test_a_scheme_whose_sources_are_missing_is_not_applicable(
    engine: Engine, features: pa.Table, tmp_path: Path, sources: dict[str, Any], silent: set[str]
) -> None:
    quick = [{"scheme": "behaviour_clusters", "bootstraps": 3, "k_max": 4}]
    given = shop_settings(schemes=quick, **({"sources": sources} if sources else {}))
    project = Project(**given, folder=tmp_path)
    # The features are all there: a scheme must not be given just because numbers happen to be.
    versions = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, project)
    rows = assigned(features, versions, project)
    not_applicable = rows.filter(pc.field("status") == "not_applicable")
    assert set(not_applicable["scheme"].to_pylist()) == silent
    assert not_applicable.num_rows == len(silent) * features.num_rows
    assert dishonest(rows) == []


@pytest.mark.parametrize("period", ["2024-01", "2024-02"])
def test_before_the_warm_up_is_over_nobody_is_assigned(
    engine: Engine, features: pa.Table, shop: Project, period: str
) -> None:
    early = fit_versions(engine.from_arrow(features), None, None, None, period, shop)
    rows = assigned(features, early, shop, period)
    for name in SCHEME_NAMES:
        expected = {"not_applicable"} if name in SURVEYED else {"insufficient_data"}
        assert set(rows.filter(pc.field("scheme") == name)["status"].to_pylist()) == expected, name
    assert dishonest(rows) == []
    assert rows["segment_id"].null_count == rows["confidence"].null_count == rows.num_rows


def test_too_few_customers_to_fit_on_give_nobody_a_segment(engine: Engine, shop: Project) -> None:
    handful = customers(shop.segments.min_customers_to_fit - 1)
    versions = fit_versions(engine.from_arrow(handful), None, None, None, PERIOD, shop)
    rows = assigned(handful, versions, shop)
    assert set(rows["status"].to_pylist()) == {"insufficient_data", "not_applicable"}
    assert dishonest(rows) == []


QUIETLY = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUIETLY
@given(seed=st.integers(0, 10_000), share=st.floats(0, 1), whole=st.booleans())
def test_whatever_is_unknown_of_a_customer_only_enough_evidence_gives_a_segment(
    seed: int, share: float, whole: bool, features: pa.Table, versions: pa.Table, shop: Project
) -> None:
    random = np.random.default_rng(seed)
    size = features.num_rows
    # Whole features unknown to everybody, or single values here and there.
    blanks = {
        name: np.full(size, random.random() < share) if whole else random.random(size) < share
        for name in NUMERIC
    }
    some = blanked(features, blanks)
    rows = assigned(some, versions, shop)
    known = {name: known_shares(some, name, shop) for name in SCHEME_NAMES}
    assert dishonest(rows) == []
    assert rows.num_rows == size * len(SCHEME_NAMES)
    for row in rows.to_pylist():
        if row["status"] == "assigned":
            assert row["segment_id"], row
            assert row["confidence"] is not None, row
            share = known[row["scheme"]][row["customer_id"]]
            assert row["evidence_share"] <= share + 1e-6, row  # what is known may tell little, never more
            if row["scheme"] != "lifecycle":
                least = 1.0 if row["scheme"] == "rfm" else shop.segments.min_evidence_share
                assert share >= least, row
        # Reasons are values that are known.
        assert all(one["value"] is not None for one in row["reasons"] or ()), row


def test_a_customer_of_whom_nothing_is_known_is_in_no_segment(
    features: pa.Table, versions: pa.Table, shop: Project
) -> None:
    nothing = {name: np.ones(features.num_rows, bool) for name in NUMERIC}
    rows = assigned(blanked(features, nothing), versions, shop)
    assert set(rows["status"].to_pylist()) == {"insufficient_data", "not_applicable"}
    assert set(rows["evidence_share"].to_pylist()) == {0.0}
    assert dishonest(rows) == []


def test_the_wide_table_shows_the_status_and_portraits_leave_the_unassigned_out(
    engine: Engine, features: pa.Table, versions: pa.Table, shop: Project
) -> None:
    size = features.num_rows
    gone = np.arange(size) % 2 == 0
    # who has been seen for a few periods can neither have come to stay nor be occasional
    brief = np.array(features["observed_periods_count"].to_pylist()) < 6
    lacking = {name: gone | brief if name == "relationship" else gone for name in SCHEME_NAMES}
    assert (brief & ~gone).any()
    some = blanked(features, dict.fromkeys(NUMERIC, gone))
    rows = assigned(some, versions, shop)
    bound = engine.from_arrow(some), side_by_side(engine.from_arrow(rows), shop.every_scheme)
    contract = customer_segments_table(shop.every_scheme, shop.catalogue)
    beside = engine.to_arrow(features_told(bound[0], contract)).to_batches()
    blocks = blocks_of(rows.combine_chunks().to_batches(), "scheme", sorted(shop.every_scheme))
    shown_together = customer_segments(blocks, Along(beside, "customer_id"), {}, contract)
    wide = pa.Table.from_batches(shown_together).to_pylist()
    assert len(wide) == size
    for position, row in enumerate(wide):
        for name in SCHEME_NAMES:
            shown, confidence = row[f"{name}_segment"], row[f"{name}_confidence"]
            if name in SURVEYED:
                assert (shown, confidence) == ("not_applicable", None)
            elif lacking[name][position]:
                assert (shown, confidence) == ("insufficient_data", None)
            else:
                assert shown not in (None, "insufficient_data", "not_applicable")
                assert confidence is not None
    described = portraits(*bound, None, PERIOD, shop).to_pylist()
    counts = {(one["scheme"], one["segment_id"]): one["population_count"] for one in described}
    assert all(segment for _, segment in counts)
    for name in SCHEME_NAMES:
        total = sum(count for (scheme, _), count in counts.items() if scheme == name)
        assert total == (0 if name in SURVEYED else int((~lacking[name]).sum())), name


def test_features_of_sources_that_a_project_lacks_are_unknown_not_zero(
    engine: Engine, write_project: Callable[..., Project]
) -> None:
    project = write_project()
    lines = random_lines(4, UTC_MONTHS, UTC_MONTHS.start_date("2024-01"), days=60, accounts=4, orders=20)
    found = features_of(engine, project, "2024-02", lines=order_lines(*lines))
    missing = [one.name for one in FEATURES.values() if set(one.entities) - project.entities]
    assert missing
    assert found
    told = {(name, row[name]) for row in found.values() for name in missing}
    assert {value for _, value in told} == {None}, told
