from collections.abc import Collection

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.engine.blocks import Along, blocks_of
from pipeline.engine.writing import cast
from pipeline.features import CUSTOMER_FEATURES
from pipeline.publish.contracts import customer_segments_table
from pipeline.publish.wide import customer_segments, features_told
from pipeline.settings import BUILT_IN
from pipeline.tables import zones
from pipeline.tables.zones import OF_SCHEMES
from tests.unit.publish.world import arrow

LABELS = {"rfm:champions": "冠军客户", "loyalty:champions": "other", "insufficient_data": "数据不足"}
HEAD = {"period": "2024-01", "scheme": "rfm", "evidence_share": 1.0, "status": "assigned"}


CONTRACT = customer_segments_table(BUILT_IN)


def wide_rows(
    engine: Engine, assignments: list[dict], customers: list[str], unknown: Collection[str] = ()
) -> list[dict]:
    """The wide table; a scheme without a row of a customer is not applicable to it."""
    given = {(one["scheme"], one["customer_id"]): one for one in assignments}
    absent = HEAD | {"status": "not_applicable"}
    rows = [
        given.get((scheme, customer), absent | {"scheme": scheme, "customer_id": customer})
        for scheme in sorted(BUILT_IN)
        for customer in customers
    ]
    features = [
        {
            "period": "2024-01",
            "customer_id": name,
            "average_order_amount_12p": 3.0,
            "average_line_amount_12p": 9.0,
        }
        for name in customers
    ]
    stored = features_told(engine.from_arrow(arrow(CUSTOMER_FEATURES, features)), CONTRACT, unknown)
    told = engine.to_arrow(stored.order_by("customer_id"))
    found = customer_segments(
        blocks_of(arrow(zones.ASSIGNMENTS, rows).to_batches(), "scheme", sorted(BUILT_IN)),
        Along(told.to_batches(), "customer_id"),
        LABELS,
        CONTRACT,
    )
    return cast(pa.Table.from_batches(found), CONTRACT.schema).to_pylist()


def test_a_segment_is_shown_by_its_local_name_with_its_confidence(engine):
    row, *others = wide_rows(
        engine, [HEAD | {"customer_id": "a", "segment_id": "rfm:champions", "confidence": 0.9}], ["a"]
    )
    assert not others
    assert (row["rfm_segment"], row["rfm_confidence"]) == ("champions", 0.9)
    assert row["rfm_label"] == "冠军客户"


def test_without_a_segment_the_status_stands_in_its_place(engine):
    (row,) = wide_rows(engine, [HEAD | {"customer_id": "a", "status": "insufficient_data"}], ["a"])
    assert (row["rfm_segment"], row["rfm_confidence"]) == ("insufficient_data", None)
    assert row["rfm_label"] == "数据不足"


def test_a_scheme_that_the_project_does_not_use_is_not_applicable(engine):
    (row,) = wide_rows(engine, [HEAD | {"customer_id": "a", "segment_id": "rfm:champions"}], ["a"])
    assert row["loyalty_segment"] == "not_applicable"


def test_assignments_of_other_customers_than_the_features_are_refused(engine):
    with pytest.raises(ValueError, match="not those of the same customer_id"):
        wide_rows(engine, [], ["b", "a"])


def test_a_segment_without_a_label_is_called_by_its_name(engine):
    (row,) = wide_rows(engine, [HEAD | {"customer_id": "a", "segment_id": "rfm:new"}], ["a"])
    assert (row["rfm_segment"], row["rfm_label"]) == ("new", "new")


def test_features_that_no_source_gives_are_null_and_not_read(engine):
    assignments = [HEAD | {"customer_id": "a", "segment_id": "rfm:new"}]
    (row,) = wide_rows(engine, assignments, ["a"], {"average_line_amount_12p"})
    assert (row["average_order_amount_12p"], row["average_line_amount_12p"]) == (3.0, None)


def test_there_is_one_row_a_customer_and_no_quasi_identifier(engine):
    assignments = [
        HEAD | {"customer_id": name, "scheme": scheme, "segment_id": f"{scheme}:x"}
        for name in "ab"
        for scheme in ("rfm", "loyalty", "lifecycle")
    ]
    rows = wide_rows(engine, assignments, ["a", "b"])
    assert [row["customer_id"] for row in rows] == ["a", "b"]
    assert not {"gender", "city", "age_group"} & set(rows[0])


def test_no_feature_may_be_called_like_a_column_of_a_scheme():
    one, other = (set(customer_segments_table(some).columns) for some in ({}, {"rfm": BUILT_IN["rfm"]}))
    assert other - one == {f"rfm{end}" for end in OF_SCHEMES}
