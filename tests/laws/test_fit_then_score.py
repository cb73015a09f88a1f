"""Law L7: fitted once, then frozen; nobody moves because others did."""

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.segments import assign, fit_versions
from pipeline.settings import BUILT_IN, Project
from tests.unit.segments.synthetic import (
    PERIOD,
    assigned,
    customers,
    forecast_versions,
    in_words,
    segments_of,
    shop_with,
    with_previous,
)

QUIETLY = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A shop content with loose clusters, so that many customers stand near a border."""
    loose = BUILT_IN["behaviour_clusters"].model_copy(
        update={
            "min_adjusted_rand_index": 0.3,
            "min_cluster_jaccard": 0.3,
            "max_valley_share": None,
            "bootstraps": 3,
            "k_max": 5,
        }
    )
    shop = shop_with(tmp_path_factory.mktemp("shop"), refit_every_periods=1)
    return shop.model_copy(update={"schemes": [loose]})


@pytest.fixture(scope="module")
def features() -> pa.Table:
    """Customers of four kinds that overlap."""
    return customers(spread=0.5)


@pytest.fixture(scope="module")
def versions(engine: Engine, features: pa.Table, shop: Project) -> pa.Table:
    found = fit_versions(engine.from_arrow(features), None, None, None, PERIOD, shop, forecast_versions())
    assert "behaviour_clusters@2024-03" in found["scheme_version"].to_pylist()
    return found


@pytest.fixture(scope="module")
def everybody(features: pa.Table, versions: pa.Table, shop: Project) -> dict[tuple[str, str], dict]:
    return by_key(assigned(features, versions, shop))


def by_key(assignments: pa.Table) -> dict[tuple[str, str], dict]:
    return {(row["customer_id"], row["scheme"]): row for row in assignments.to_pylist()}


@QUIETLY
@given(chosen=st.lists(st.integers(0, 399), min_size=1, max_size=40, unique=True))
def test_a_customer_is_assigned_the_same_alone_or_among_any_others(
    chosen, features, versions, shop, everybody
):
    some = by_key(assigned(features.take(chosen), versions, shop))
    assert some == {key: everybody[key] for key in some}


@QUIETLY
@given(seed=st.integers(0, 10_000), spread=st.floats(0.01, 2))
def test_newcomers_move_nobody(seed, spread, features, versions, shop, everybody):
    strangers = customers(40, seed, spread=spread)
    names = pa.array([f"n{i}" for i in range(40)])
    strangers = strangers.set_column(strangers.column_names.index("customer_id"), "customer_id", names)
    together = by_key(assigned(pa.concat_tables([strangers, features.slice(0, 60)]), versions, shop))
    residents = {key: row for key, row in together.items() if key[0].startswith("c")}
    assert residents == {key: everybody[key] for key in residents}


@QUIETLY
@given(cuts=st.lists(st.integers(1, 399), max_size=6), order=st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_layout_of_batches_matters(
    cuts, order, features, versions, shop, everybody
):
    rows = list(range(400))
    order.shuffle(rows)
    shuffled = with_previous(features.take(rows))
    edges = [0, *sorted(set(cuts)), 400]
    batches = [
        batch
        for start, end in pairwise(edges)
        for batch in shuffled.slice(start, end - start).combine_chunks().to_batches()
    ]
    found = in_words(assign(batches, versions, PERIOD, shop))
    assert by_key(found) == everybody


def test_who_behaves_the_same_stays_while_the_version_stands(features, versions, shop):
    first = assigned(features, versions, shop)
    again = assigned(with_previous(features, first), versions, shop, "2024-04")
    third = assigned(with_previous(features, again), versions, shop, "2024-05")
    for scheme in {row["scheme"] for row in versions.to_pylist()}:
        assert segments_of(first, scheme) == segments_of(again, scheme) == segments_of(third, scheme)


def test_a_refit_on_unchanged_customers_moves_next_to_nobody(engine, features, versions, shop):
    first = assigned(features, versions, shop)
    table, before = engine.from_arrow(features), engine.from_arrow(first)
    refit = fit_versions(table, table, versions, before, "2024-04", shop, forecast_versions())
    assert refit["is_refit"].to_pylist().count(True) >= 2
    again = assigned(with_previous(features, first), refit, shop, "2024-04")
    for scheme in refit["scheme"].to_pylist():
        old, new = segments_of(first, scheme), segments_of(again, scheme)
        assert sum(new[one] == old[one] for one in old) >= 0.99 * len(old), scheme


def test_the_order_of_rows_does_not_change_a_fit(engine, features, versions, shop):
    turned = features.take(list(range(399, -1, -1)))
    again = fit_versions(engine.from_arrow(turned), None, None, None, PERIOD, shop, forecast_versions())
    assert again.equals(versions)
