"""Refits and rollbacks by hand: what is asked for, and what comes of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.cli.refitting import decided
from pipeline.errors import InputError
from pipeline.models.parameters import from_json
from pipeline.segments import Requests, as_asked, fit_versions, offsets, version_requests
from pipeline.settings import load_project, request_refits, request_rollback
from pipeline.tables.requests import VERSION_REQUESTS
from tests.unit.segments.synthetic import PERIOD, customers, forecast_versions

ONE = {"schemes": ["purchase_frequency"]}
SCHEME = "purchase_frequency"


def fitted(engine, features, shop, period=PERIOD, before=None, requests=None):
    table = engine.from_arrow(features)
    return fit_versions(
        table, None, before, None, period, shop, forecast_versions(), None, requests or Requests()
    )


def row_of(versions) -> dict[str, Any]:
    return next(row for row in versions.to_pylist() if row["scheme"] == SCHEME)


def test_requests_are_of_their_period_and_going_back_wins(write_project) -> None:
    asked = {"refit": ["rfm:2024-03", "loyalty:2024-02"], "rollback": ["rfm@2024-01:2024-03"]}
    project = write_project(versions=asked)
    found = version_requests(project, "2024-03")
    assert found.schema.equals(VERSION_REQUESTS.schema)
    (row,) = found.to_pylist()
    assert (row["scheme"], row["request"], row["scheme_version"]) == ("rfm", "rollback", "rfm@2024-01")
    assert (row["asked_by"], row["findings_about"]) == ("hand", None)
    assert [row["request"] for row in version_requests(project, "2024-02").to_pylist()] == ["refit"]
    assert version_requests(project, "2024-01").num_rows == 0
    assert offsets(project) == [2]


@pytest.mark.parametrize("wrong", [{"refit": ["rfm"]}, {"rollback": ["rfm:2024-03"]}])
def test_what_names_no_scheme_version_and_period_is_refused(write_project, wrong) -> None:
    with pytest.raises((InputError, ValidationError), match=r"such as rfm"):
        write_project(versions=wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"refit": ["nope:2024-03"]},
        {"refit": ["rfm:2024-13"]},
        {"rollback": ["rfm@then:2024-03"]},
        {"rollback": ["nope@2024-01:2024-03"]},
    ],
)
def test_what_the_project_does_not_have_is_named(write_project, wrong) -> None:
    with pytest.raises(InputError, match=r"versions\.re?[a-z]+.*no scheme and period.*purchasing_power"):
        write_project(versions=wrong)


def test_the_lake_remembers_beside_the_settings(write_project) -> None:
    project = write_project(versions={"refit": ["rfm:2024-01"]})
    request_refits(project, ["loyalty"], "2024-03")
    found = request_rollback(project, "rfm@2024-01", "2024-03")
    assert found.versions.refit == ["loyalty:2024-03", "rfm:2024-01"]
    assert found.versions.rollback == ["rfm@2024-01:2024-03"]
    assert load_project(project.folder).versions == found.versions
    with pytest.raises(InputError, match="no such scheme"):
        request_refits(project, ["nope"], "2024-03")


def test_a_scheme_that_is_asked_for_is_fitted_beside_the_cadence(engine, features, write_shop) -> None:
    shop = write_shop(**ONE)
    first = fitted(engine, features, shop)
    others = customers(seed=9, spread=0.3)
    kept = row_of(fitted(engine, others, shop, "2024-04", first))
    asked = row_of(fitted(engine, others, shop, "2024-04", first, Requests(refit=frozenset([SCHEME]))))
    assert (kept["scheme_version"], kept["gates"]) == (f"{SCHEME}@{PERIOD}", row_of(first)["gates"])
    assert from_json(asked["gates"])["period"] == "2024-04"
    assert from_json(asked["gates"])["decision"] in ("accepted", "refused")


def test_an_earlier_version_is_in_force_again_whatever_the_cadence(engine, features, write_shop) -> None:
    shop = write_shop(**ONE, refit_every_periods=1, max_model_moved_share=1, continued_overlap=0.01)
    first = fitted(engine, features, shop)
    second = fitted(engine, customers(seed=9, spread=0.3), shop, "2024-04", first)
    assert row_of(second)["scheme_version"] == f"{SCHEME}@2024-04"
    back = Requests(rollback={SCHEME: row_of(first)})
    found = row_of(fitted(engine, features, shop, "2024-05", second, back))
    for name in ("scheme_version", "fitted_period", "customers_fitted_count", "parameters"):
        assert found[name] == row_of(first)[name]
    assert not found["is_refit"]
    assert decided(found) == (
        f"{SCHEME}@{PERIOD} is in force again from 2024-05 on, in place of {SCHEME}@2024-04"
    )


def test_a_version_that_never_was_is_named(write_project) -> None:
    project = write_project(versions={"rollback": ["rfm@2024-01:2024-03"]})
    rows = [{"scheme": "rfm", "scheme_version": "rfm@2024-02", "parameters": "{}"}]
    with pytest.raises(InputError, match=r"rfm@2024-01:2024-03.*such as rfm@2024-02"):
        as_asked(version_requests(project, "2024-03"), rows)


def test_a_refusal_names_the_gates_that_failed() -> None:
    gates = (
        '{"period": "2024-03", "decision": "refused", '
        '"gates": [{"name": "overlap_of_rfm:lost", "value": 0.5, "limit": 0.7, "passed": false}]}'
    )
    row = {"period": "2024-03", "scheme_version": "rfm@2024-01", "status": "assigned", "gates": gates}
    assert decided(row) == "refused (overlap of rfm:lost 0.5, limit 0.7); rfm@2024-01 stays in force"
    assert decided(row | {"scheme_version": None}).endswith("none is in force")
    assert decided(row | {"period": "2024-04"}) == "not fitted: assigned"


def change(subject: str, severity: str = "major", level: str = "feature", part_of: str | None = None):
    return {"level": level, "subject": subject, "severity": severity, "part_of": part_of}


def test_a_scheme_is_fitted_after_a_major_finding_about_what_it_reads(write_project) -> None:
    project = write_project()
    reads = {"loyalty": ["visits", "gap"], "rfm": ["gap", "spend"], "wealth": ["holdings"]}
    found = [change("gap"), change("visits", "minor"), change("holdings"), change("rfm", level="segment_mix")]
    rows = version_requests(project, "2024-03", found, ["holdings"], reads).to_pylist()
    assert [(row["scheme"], row["request"], row["asked_by"], row["findings_about"]) for row in rows] == [
        ("loyalty", "refit", "finding", "gap"),
        ("rfm", "refit", "finding", "gap"),
    ]
    asked = as_asked(version_requests(project, "2024-03", found, [], reads), [])
    assert (asked.refit, asked.findings["wealth"]) == (frozenset(), ("holdings",))


def test_parts_of_a_change_of_many_count_where_it_is_major(write_project) -> None:
    reads = {"rfm": ["spend"], "loyalty": ["gap"]}
    for severity, schemes in (("major", ["loyalty", "rfm"]), ("minor", [])):
        found = [change("gap", severity), change("spend", "none", part_of="feature:gap")]
        rows = version_requests(write_project(), "2024-03", found, (), reads).to_pylist()
        assert [row["scheme"] for row in rows] == schemes


def test_what_was_asked_for_by_hand_stays_so_and_findings_may_be_left_out(write_project) -> None:
    reads, found = {"rfm": ["gap"]}, [change("gap")]
    by_hand = write_project(versions={"refit": ["rfm:2024-03"]})
    (row,) = version_requests(by_hand, "2024-03", found, (), reads).to_pylist()
    assert (row["asked_by"], row["findings_about"]) == ("hand", "gap")
    off = write_project(versions={"refit_on_major": False})
    assert not version_requests(off, "2024-03", found, (), reads).num_rows


def test_findings_ask_for_a_challenger_and_never_for_a_first_fit(engine, features, write_shop) -> None:
    shop = write_shop(**ONE)
    about = Requests(findings={SCHEME: ("orders_per_30_days_12p",)})
    early = row_of(fitted(engine, features, shop, "2024-01", None, about))
    assert (early["status"], early["gates"]) == ("insufficient_data", None)

    first = fitted(engine, features, shop)
    asked = row_of(fitted(engine, customers(seed=9, spread=0.3), shop, "2024-04", first, about))
    assert from_json(asked["gates"])["major_findings"] == ["orders_per_30_days_12p"]
    same = row_of(fitted(engine, features, shop, "2024-04", first, about))
    assert from_json(same["gates"])["decision"] == "unchanged"
    assert same["scheme_version"] == f"{SCHEME}@{PERIOD}"
