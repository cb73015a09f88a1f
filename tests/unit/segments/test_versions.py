import pyarrow as pa
import pytest
from pydantic import ValidationError

from pipeline.models.parameters import from_json
from pipeline.segments import assign, fit_versions
from pipeline.segments.versions import is_due
from pipeline.settings import Project
from pipeline.tables.zones import SCHEME_VERSIONS
from tests.conftest import shop_settings
from tests.unit.segments.synthetic import (
    PERIOD,
    SCHEME_NAMES,
    assigned,
    changed,
    customers,
    forecast_versions,
    with_previous,
)

QUICK = {"schemes": ["loyalty", "lifecycle"]}
#: Periods after the window of twelve is full: no version of these is provisional.
RIPE, LATER = "2025-03", "2025-04"


def by_scheme(versions: pa.Table) -> dict:
    return {row["scheme"]: row for row in versions.to_pylist()}


def fitted(engine, features, shop, period=PERIOD, before=None):
    table = engine.from_arrow(features)
    return fit_versions(table, None, before, None, period, shop, forecast_versions())


def test_there_is_one_row_a_scheme_in_the_shape_of_the_contract(versions):
    assert versions.schema.names == SCHEME_VERSIONS.columns
    assert versions["scheme"].to_pylist() == SCHEME_NAMES
    for name in SCHEME_VERSIONS.required:
        assert versions[name].null_count == 0, name


def test_nothing_is_fitted_during_the_warm_up(engine, features, write_shop):
    rows = by_scheme(fitted(engine, features, write_shop(**QUICK), "2024-02"))
    assert rows["loyalty"]["status"] == "insufficient_data"
    assert rows["loyalty"]["scheme_version"] is None
    assert rows["loyalty"]["gates"] is None


def test_a_scheme_without_its_entities_or_not_asked_for_is_not_applicable(engine, features, write_shop):
    rows = by_scheme(fitted(engine, features, write_shop(schemes=["satisfaction", "loyalty"])))
    assert rows["satisfaction"]["status"] == "not_applicable"
    assert rows["rfm"]["status"] == "not_applicable"
    assert rows["loyalty"]["status"] == "assigned"


def test_the_champion_is_carried_forward_unchanged(engine, features, write_shop):
    shop = write_shop(**QUICK)
    first = fitted(engine, features, shop)
    later = fitted(engine, customers(seed=9), shop, "2024-04", first)
    for scheme in QUICK["schemes"]:
        one, two = by_scheme(first)[scheme], by_scheme(later)[scheme]
        assert one["is_refit"]
        assert two == one | {"period": "2024-04", "is_refit": False}


def test_fits_are_due_after_the_warm_up_and_then_at_the_cadence(write_shop):
    shop = write_shop(warm_up_periods=3, refit_every_periods=2)
    periods = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06", "2024-07"]
    due = [one for one in periods if is_due(one, one > "2024-03", shop)]
    assert due == ["2024-03", "2024-05", "2024-07"]


def test_refits_are_on_by_default_each_quarter(write_shop, tmp_path):
    months = write_shop()
    assert months.segments.refit_every_periods == "quarter"
    periods = months.calendar.between("2024-01", "2025-01")
    due = [one for one in periods if is_due(one, one > "2024-03", months)]
    assert due == ["2024-03", "2024-06", "2024-09", "2024-12"]
    weeks = Project(
        **shop_settings(period="week", first_period="2024-W01-1", last_period=None), folder=tmp_path
    )
    keys = weeks.calendar.back("2025-W01-1", 53)
    due = [number + 1 for number, one in enumerate(keys) if is_due(one, number > 2, weeks)]
    assert due == [3, 16, 29, 42]


def test_refits_are_turned_off_by_a_word_not_by_leaving_them_out(write_shop):
    never = write_shop(refit_every_periods="none")
    periods = never.calendar.between("2024-01", "2025-01")
    assert [one for one in periods if is_due(one, one > "2024-03", never)] == ["2024-03"]
    for wrong in (None, 0, "often"):
        with pytest.raises(ValidationError):
            write_shop(refit_every_periods=wrong)


def _sixth_moved(features: pa.Table) -> pa.Table:
    """The same customers, a sixth of whom were as active as nobody was before: borders move up."""
    shares = features["active_periods_share_12p"].to_pylist()
    return changed(features, active_periods_share_12p=[one if i % 6 else 1.0 for i, one in enumerate(shares)])


def test_a_challenger_that_leaves_a_named_segment_ambiguous_is_refused(engine, features, write_shop):
    settings = QUICK | {"refit_every_periods": 1, "max_model_moved_share": 1.0}
    shop = write_shop(**settings)
    first = fitted(engine, features, shop, RIPE)
    shares = features["active_periods_share_12p"].to_pylist()
    elsewhere = changed(features, active_periods_share_12p=[one / 10 for one in shares])
    second = by_scheme(fitted(engine, elsewhere, shop, LATER, first))["loyalty"]
    assert second["scheme_version"] == f"loyalty@{RIPE}"
    gates = from_json(second["gates"])
    assert gates["decision"] == "refused"
    failed = [one for one in gates["gates"] if not one["passed"]]
    assert failed
    for gate in failed:
        assert gate["name"] in {f"overlap_of_loyalty:{one}" for one in ("high", "medium", "low")}
        assert gate["value"] < gate["limit"] == shop.segments.continued_overlap
    lenient = write_shop(**settings, continued_overlap=0.0)
    third = by_scheme(fitted(engine, elsewhere, lenient, LATER, first))["loyalty"]
    assert third["is_refit"]


def test_a_challenger_whose_segments_are_continued_says_the_least_overlap(engine, features, write_shop):
    shop = write_shop(**QUICK, refit_every_periods=1)
    first = fitted(engine, features, shop)
    row = by_scheme(fitted(engine, customers(seed=9), shop, "2024-04", first))["loyalty"]
    assert row["is_refit"]
    gates = [one for one in from_json(row["gates"])["gates"] if one["name"].startswith("overlap_of_")]
    assert len(gates) == 1
    assert gates[0]["passed"]


def test_overlaps_of_a_sample_must_exceed_the_limit_by_its_error(engine, features, write_shop):
    def overlap(size: int) -> float:
        shop = write_shop(**QUICK, refit_every_periods=1, sample_size=size)
        first = fitted(engine, features, shop)
        row = by_scheme(fitted(engine, _sixth_moved(features), shop, "2024-04", first))["loyalty"]
        return min(
            one["value"] for one in from_json(row["gates"])["gates"] if one["name"].startswith("overlap_of_")
        )

    assert overlap(399) < overlap(401) - 0.05


def test_a_first_fit_that_failed_is_tried_again(engine, features, write_shop):
    shop = write_shop(**QUICK)
    few = features.slice(0, 20)
    first = fitted(engine, few, shop)
    assert by_scheme(first)["loyalty"]["status"] == "insufficient_data"
    assert from_json(by_scheme(first)["loyalty"]["gates"])["decision"] == "refused"
    second = fitted(engine, features, shop, "2024-04", first)
    assert by_scheme(second)["loyalty"]["scheme_version"] == "loyalty@2024-04"


def test_a_challenger_that_would_move_too_many_is_refused(engine, features, write_shop):
    shop = write_shop(**QUICK, refit_every_periods=1, max_model_moved_share=0.1)
    first = fitted(engine, features, shop, RIPE)
    shares = features["active_periods_share_12p"].to_pylist()
    elsewhere = changed(features, active_periods_share_12p=[one / 10 for one in shares])
    second = by_scheme(fitted(engine, elsewhere, shop, LATER, first))["loyalty"]
    assert second["scheme_version"] == f"loyalty@{RIPE}"
    assert not second["is_refit"]
    gates = from_json(second["gates"])["gates"]
    gate = next(one for one in gates if one["name"] == "model_moved_share")
    assert gate["value"] > 0.1
    assert not gate["passed"]


def test_a_challenger_equal_to_the_champion_changes_nothing(engine, features, write_shop):
    shop = write_shop(**QUICK, refit_every_periods=1)
    first = fitted(engine, features, shop)
    second = by_scheme(fitted(engine, features, shop, "2024-04", first))
    assert second["lifecycle"]["scheme_version"] == "lifecycle@2024-03"
    assert from_json(second["lifecycle"]["gates"])["decision"] == "unchanged"


def test_a_scheme_switched_off_and_on_again_goes_on_with_its_champion(engine, features, write_shop):
    first = fitted(engine, features, write_shop(schemes=["loyalty"]))
    off = fitted(engine, features, write_shop(schemes=["rfm"]), "2024-04", first)
    assert by_scheme(off)["loyalty"]["status"] == "not_applicable"
    on = by_scheme(fitted(engine, features, write_shop(schemes=["loyalty"]), "2024-05", off))["loyalty"]
    assert on["status"] == "assigned"
    assert on["parameters"] == by_scheme(first)["loyalty"]["parameters"]


def test_the_fit_depends_neither_on_row_order_nor_on_the_rows_beyond_the_sample(engine, features, write_shop):
    shop = write_shop(schemes=["loyalty"], sample_size=100)
    shuffled = features.take(list(range(399, -1, -1)))
    one, other = fitted(engine, features, shop), fitted(engine, shuffled, shop)
    assert one.equals(other)
    assert by_scheme(one)["loyalty"]["customers_fitted_count"] == 100


def test_parameters_alone_suffice_to_score(engine, features, versions, shop):
    read_back = pa.Table.from_pylist(versions.to_pylist(), schema=versions.schema)
    assert assigned(features, versions, shop).equals(assigned(features, read_back, shop))
    assert all(isinstance(from_json(text), dict) for text in versions["parameters"].to_pylist() if text)


@pytest.mark.parametrize("column", ["customer_id", "recency_days"])
def test_a_missing_column_is_named(features, versions, shop, column):
    lacking = with_previous(features).drop_columns([column])
    with pytest.raises(ValueError, match=column):
        list(assign(lacking.to_batches(), versions, PERIOD, shop))
