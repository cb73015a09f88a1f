import ibis
import pytest

from pipeline.publish.contracts import SEGMENT_FLOWS, published_tables
from pipeline.publish.manifest import published_folder, read_manifest, verify
from pipeline.publish.validate import DIRECT_IDENTIFIERS, _schema_problems
from pipeline.settings import BUILT_IN
from pipeline.tables import fields


@pytest.fixture
def refused(publish, lake):
    """Publishes February with some tables replaced; gives the text of the refusal."""

    def run(**replaced):
        with pytest.raises(ValueError, match="was not published") as error:
            publish("2024-02", **replaced)
        assert not published_folder(lake).exists()
        assert [path for path in (lake.root / "publications").iterdir() if path.is_dir()] == []
        return str(error.value)

    return run


@pytest.fixture
def february(world, engine):
    return world.bound(engine, "2024-02")


def test_a_missing_table(refused):
    assert "segment_moves: the table is missing" in refused(segment_moves=None)


def test_a_missing_column(refused, february):
    problem = refused(segment_flows=february["segment_flows"].drop("left_count"))
    assert "segment_flows: columns missing from the result: left_count" in problem


def test_a_null_in_a_required_column(refused, february):
    flows = february["segment_flows"]
    assert "required" in refused(segment_flows=flows.mutate(scheme=flows.scheme.nullif("rfm")))


def test_a_repeated_key(refused, february):
    findings = february["drift_findings"]
    assert "drift_findings: 6 keys" in refused(drift_findings=findings.union(findings))


def test_customers_missing_from_the_wide_table(refused, february):
    wide = february["customer_segments"]
    problem = refused(customer_segments=wide.filter(wide.customer_id != "c00001"))
    assert "customer_segments has" in problem


def test_an_assignment_that_is_missing(refused, february):
    long = february["segment_assignments"]
    problem = refused(
        segment_assignments=long.filter(~((long.scheme == "rfm") & (long.customer_id == "c00001")))
    )
    assert "scheme rfm:" in problem
    assert "scheme loyalty:" not in problem


@pytest.mark.parametrize("name", ["segment_assignments", "segment_register"])
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("rfm:champions", "loyalty:high"),  # of another scheme
        ("rfm:champions", "rfm:champs"),  # of none
        ("behaviour_clusters:c01", "rfm:at_risk"),  # discovered segments have ids of their scheme, too
    ],
)
def test_a_segment_that_is_not_its_schemes(refused, february, name, right, wrong):
    rows = february[name]
    moved = rows.mutate(segment_id=rows.segment_id.replace(right, wrong))
    scheme = right.partition(":")[0]
    assert f"scheme {scheme}: {wrong} is no segment of it" in refused(**{name: moved})


def test_a_discovered_segment_that_the_register_does_not_know(refused, february):
    long = february["segment_assignments"]
    problem = refused(segment_assignments=long.mutate(segment_id=long.segment_id.replace(":c01", ":c99")))
    assert "scheme behaviour_clusters: behaviour_clusters:c99 is no segment of it" in problem


def test_a_segment_of_a_scheme_that_the_project_does_not_have(refused, february):
    register = february["segment_register"]
    renamed = register.mutate(scheme=register.scheme.replace("rfm", "value"))
    assert "scheme value: rfm:champions is no segment of it" in refused(segment_register=renamed)


def test_flows_that_do_not_balance(refused, february):
    flows = february["segment_flows"]
    one_more = flows.mutate(
        entered_count=flows.entered_count + (flows.state == "rfm:champions").cast("int64")
    )
    assert "scheme rfm: the flow of rfm:champions does not balance" in refused(segment_flows=one_more)


def test_what_a_few_customers_did(refused, february):
    outcomes = february["segment_outcomes"]
    told = outcomes.mutate(silent_share=outcomes.silent_share.fill_null(0.5), followed_count=1)
    assert "segment_outcomes tells figures of " in refused(segment_outcomes=told)


def test_in_which_segments_a_few_customers_are_at_once(refused, february):
    few = february["segment_overlap"].mutate(shared_count=1)
    assert "segment_overlap tells figures of " in refused(segment_overlap=few)


def test_moves_that_flows_do_not_know(refused, february):
    moves = february["segment_moves"]
    assert "in segment_moves" in refused(segment_moves=moves.filter(moves.scheme != "rfm"))


def test_a_customer_that_the_register_does_not_know(refused, february):
    register = february["customer_register"]
    problem = refused(customer_register=register.filter(register.customer_id != "c00001"))
    assert "1 customers that are not live in customer_register" in problem


def test_a_merged_customer_that_still_lives(refused, february):
    events = february["customer_events"]
    merged = events.mutate(customer_event=events.customer_event.replace("created", "merged"))
    assert "that customer_register has as live" in refused(customer_events=merged)


def test_all_problems_are_listed_at_once(refused, february):
    problem = refused(segment_moves=None, data_quality=None, guesses=february["data_quality"])
    assert problem.count("\n- ") == 3
    assert "guesses: no such table is published" in problem


def test_a_direct_identifier_is_refused_whatever_the_contract_says():
    assert {"email", "full_name", "raw_row"} <= DIRECT_IDENTIFIERS
    schema = SEGMENT_FLOWS.schema.append(SEGMENT_FLOWS.schema.field("scheme").with_name("email"))
    assert "column email is a direct identifier" in _schema_problems(SEGMENT_FLOWS, schema)


def test_no_contract_of_a_published_table_lists_a_direct_identifier():
    listed = {one.name for table in published_tables(BUILT_IN).values() for one in table.fields}
    assert not listed & DIRECT_IDENTIFIERS
    assert fields.customer_id.name in listed


def test_a_refusal_leaves_the_last_publication_in_place(publish, lake):
    publish("2024-01")
    before = read_manifest(lake)
    with pytest.raises(ValueError, match="the last publication stays"):
        publish("2024-02", segment_moves=None)
    assert read_manifest(lake) == before
    assert verify(lake) == []
    assert [path.name for path in (lake.root / "publications").iterdir() if path.is_dir()] == ["1"]


def test_a_reason_that_tells_a_quasi_identifier(refused, february):
    long = february["segment_assignments"]
    told = {"feature": "income_amount", "value": 61_000.0, "direction": "raises", "contribution": 4.0}
    reasons = ibis.array([ibis.literal(told, type=long.reasons.type().value_type)])
    problem = refused(
        segment_assignments=long.mutate(reasons=ibis.ifelse(long.scheme == "rfm", reasons, long.reasons))
    )
    assert "reasons tell a quasi-identifier" in problem
    assert "61" not in problem.replace(str(long.count().execute()), "")


def test_figures_of_a_withheld_feature(refused, february):
    profiles = february["feature_profiles"]
    problem = refused(feature_profiles=profiles.mutate(feature=ibis.literal("income_amount")))
    assert "feature_profiles tells figures of quasi-identifiers" in problem


def test_nothing_is_told_of_how_few_customers_go_on(refused, february, engine):
    told, flows = february["segment_forecasts"], february["segment_flows"]
    small = flows.filter(flows.population_count < 10).state.execute()[0]
    more = told.limit(1).mutate(segment_id=ibis.literal(small), scheme=ibis.literal("churn_risk"))
    problem = refused(segment_forecasts=told.union(more))
    assert "segment_forecasts tells how groups of fewer than 10 customers go on: 1 rows" in problem


def test_an_expectation_beside_its_interval(refused, february):
    told = february["segment_forecasts"]
    problem = refused(segment_forecasts=told.mutate(lower_value=told.expected_value + 1))
    assert "expectations beside their intervals" in problem
