"""What a revision changed, for whom, and why."""

import pyarrow.parquet as pq
import pytest

from pipeline.publish.manifest import read_manifest
from pipeline.publish.restatements import restatement_cause, restatements
from tests.unit.drift.tables import assignments

HIGH, LOW = "loyalty:high", "loyalty:low"


def states(**by_customer):
    return assignments({(customer, "loyalty"): state for customer, state in by_customer.items()})


def test_who_moved_who_came_and_who_went(engine):
    before, after = (
        engine.from_arrow(one)
        for one in (
            states(anna=HIGH, ben=HIGH, cleo=LOW),
            states(anna=HIGH, ben=LOW, dora="insufficient_data"),
        )
    )
    rows = restatements(before, after, "2024-02", 2, "late_data").to_pyarrow().to_pylist()
    assert [(one["customer_id"], one["restated_from"], one["restated_to"]) for one in rows] == [
        ("ben", HIGH, LOW),
        ("cleo", LOW, None),
        ("dora", None, "insufficient_data"),
    ]
    assert {(one["revision"], one["restatement_cause"], one["scheme"]) for one in rows} == {
        (2, "late_data", "loyalty")
    }


@pytest.mark.parametrize(
    ("settings", "code", "cause"),
    [("a", "x", "late_data"), ("b", "x", "settings"), ("a", "y", "code"), ("b", "y", "code")],
)
def test_late_rows_are_the_reason_unless_settings_or_code_changed(settings, code, cause):
    assert restatement_cause({"settings": "a", "code": "x"}, {"settings": settings, "code": code}) == cause


def test_a_new_revision_leaves_a_list_of_whom_it_moved(publish, lake, world, engine):
    publish("2024-01")
    long = world.bound(engine, "2024-01")["segment_assignments"]
    customer = "c00001"
    other = long.mutate(
        segment_id=(long.customer_id == customer).ifelse(
            long.segment_id.replace("rfm:champions", "rfm:lost").replace(":high", ":low"), long.segment_id
        )
    )
    publish("2024-01", segment_assignments=other)
    path = lake.root / "history/restatements/2024-01.revision-2.parquet"
    rows = pq.read_table(path, partitioning=None).to_pylist()
    assert {one["customer_id"] for one in rows} == {customer}
    (restatement,) = read_manifest(lake).restatements
    assert (restatement.cause, restatement.customers_restated) == ("late_data", 1)
