"""Champion and challenger: the same borders drawn anew, borders that moved, provisional versions."""

import math

import numpy as np
import pyarrow as pa
import pytest

from pipeline.models.parameters import from_json, to_json
from pipeline.schemes.scored import Scored
from pipeline.segments import fit_versions, placed_anew
from pipeline.segments.challengers import SAME_BORDER, shift_in_errors
from tests.unit.segments.synthetic import assigned, changed, customers, forecast_versions

#: A period before the window of twelve is full, and periods after.
EARLY, RIPE, LATER = "2024-06", "2025-03", "2025-06"
QUICK = {"schemes": ["loyalty", "rfm"], "refit_every_periods": 3}


def fitted(engine, features, shop, period, before=None, rows=None):
    """Versions by scheme, and their table."""
    held = None if rows is None else engine.from_arrow(rows)
    table = fit_versions(engine.from_arrow(features), None, before, held, period, shop, forecast_versions())
    return {row["scheme"]: row for row in table.to_pylist()}, table


def decision(row) -> str:
    return str(from_json(row["gates"])["decision"])


def more_loyal(features: pa.Table) -> pa.Table:
    """The same customers, half of whom come in every period now."""
    shares = features["active_periods_share_12p"].to_pylist()
    return changed(
        features, active_periods_share_12p=[1.0 if at % 2 else one for at, one in enumerate(shares)]
    )


@pytest.mark.parametrize("scheme", QUICK["schemes"])
def test_borders_of_another_draw_of_the_same_customers_are_the_same_borders(
    scheme, engine, features, write_shop
):
    shop = write_shop(**QUICK)
    first, table = fitted(engine, features, shop, RIPE)
    second, _ = fitted(engine, customers(seed=9), shop, LATER, table)
    assert decision(second[scheme]) == "unchanged"
    assert second[scheme]["scheme_version"] == f"{scheme}@{RIPE}"
    assert second[scheme]["parameters"] == first[scheme]["parameters"]
    (gate,) = [one for one in from_json(second[scheme]["gates"])["gates"] if one["name"].startswith("shift")]
    assert gate["passed"]
    assert 0 < gate["value"] <= gate["limit"] == SAME_BORDER


def test_customers_who_changed_move_the_borders(engine, features, write_shop):
    shop = write_shop(**QUICK, continued_overlap=0.0, max_model_moved_share=1.0)
    _, table = fitted(engine, features, shop, RIPE)
    second, later = fitted(engine, more_loyal(features), shop, LATER, table)
    assert decision(second["loyalty"]) == "accepted"
    assert second["loyalty"]["scheme_version"] == f"loyalty@{LATER}"
    assert placed_anew(later) == set()


def test_a_version_of_windows_that_were_not_full_is_replaced_and_binds_nobody(engine, features, write_shop):
    shop = write_shop(**QUICK)
    _, table = fitted(engine, features, shop, EARLY)
    second, later = fitted(engine, customers(seed=9), shop, "2024-09", table)
    assert {decision(second[one]) for one in QUICK["schemes"]} == {"accepted"}
    assert placed_anew(later) == set(QUICK["schemes"])
    # a period later it is as any other
    _, next_one = fitted(engine, customers(seed=9), shop, "2024-10", later)
    assert placed_anew(next_one) == set()


def test_a_provisional_version_is_replaced_however_many_that_moves(engine, features, write_shop):
    shop = write_shop(**QUICK, max_model_moved_share=0.01, continued_overlap=0.99)
    _, table = fitted(engine, features, shop, EARLY)
    second, _ = fitted(engine, more_loyal(features), shop, "2024-09", table)
    assert decision(second["loyalty"]) == "accepted"
    moved = {one["name"]: one for one in from_json(second["loyalty"]["gates"])["gates"]}["model_moved_share"]
    assert moved["value"] > 0.01
    _, ripe = fitted(engine, features, shop, RIPE)
    later, _ = fitted(engine, more_loyal(features), shop, LATER, ripe)
    assert decision(later["loyalty"]) == "refused"


def test_what_is_cut_at_written_borders_follows_its_forecast(engine, features, write_shop):
    """Else segments would go on by a forecast that is published no longer."""
    shop = write_shop(schemes=["churn_risk"], refit_every_periods=3, continued_overlap=0.99)
    _, table = fitted(engine, features, shop, RIPE)
    rows = forecast_versions().to_pylist()
    bolder = [
        one | {"parameters": to_json(from_json(one["parameters"]) | {"intercept": 2.0})} for one in rows
    ]
    given = pa.Table.from_pylist(bolder, schema=forecast_versions().schema)
    later = fit_versions(engine.from_arrow(features), None, table, None, LATER, shop, given).to_pylist()
    (row,) = [one for one in later if one["scheme"] == "churn_risk"]
    assert decision(row) == "accepted"
    assert from_json(row["parameters"])["forecasts"]["churn_probability_2p"]["intercept"] == 2.0


def test_once_windows_are_full_a_provisional_version_is_fitted_anew_whatever_the_cadence(
    engine, features, write_shop
):
    for cadence, period in ((7, "2024-12"), ("none", EARLY)):
        shop = write_shop(schemes=["loyalty", "lifecycle"], refit_every_periods=cadence)
        _, table = fitted(engine, features, shop, EARLY)
        second, _ = fitted(engine, customers(seed=9), shop, "2024-12", table)
        assert second["loyalty"]["scheme_version"] == f"loyalty@{period}"
        # the borders of the lifecycle are written down: it has nothing to put right
        assert second["lifecycle"]["scheme_version"] == f"lifecycle@{EARLY}"


def test_a_definition_that_a_project_changes_comes_in_though_as_many_are_in_each_segment(
    engine, features, write_shop
):
    _, table = fitted(engine, features, write_shop(**QUICK), RIPE)
    other = {
        "scheme": "loyalty",
        "score": [{"feature": "gap_variation_12p", "weight": 1, "direction": "lowers"}],
    }
    lenient = write_shop(other, **QUICK, continued_overlap=0.0, max_model_moved_share=1.0)
    second, _ = fitted(engine, features, lenient, LATER, table)
    assert decision(second["loyalty"]) == "accepted"
    assert decision(second["rfm"]) == "unchanged"


def test_rules_with_a_fitted_threshold_keep_theirs_too(engine, features, write_shop):
    much = {
        "scheme": "basket",
        "kind": "rules",
        "label": {"en": "Basket", "zh": "购物篮"},
        "thresholds": {"much": {"feature": "lines_per_order_12p", "quantile": 0.6}},
        "evidence": ["lines_per_order_12p"],
        "rules": [
            {
                "segment": "full",
                "when": {"feature": "lines_per_order_12p", "at_least": "much"},
                "reasons": ["lines_per_order_12p"],
            },
            {"segment": "small", "reasons": ["lines_per_order_12p"]},
        ],
        "segments": {one: {"label": {"en": one, "zh": one}} for one in ("full", "small")},
    }
    lenient = {"continued_overlap": 0.0, "max_model_moved_share": 1.0}
    shop = write_shop(much, schemes=["basket"], refit_every_periods=3, **lenient)
    _, table = fitted(engine, features, shop, RIPE)
    same, _ = fitted(engine, customers(seed=9), shop, LATER, table)
    assert decision(same["basket"]) == "unchanged"
    lines = [3 * one for one in features["lines_per_order_12p"].to_pylist()]
    grown, _ = fitted(engine, changed(features, lines_per_order_12p=lines), shop, LATER, table)
    assert decision(grown["basket"]) == "accepted"


def scored(*segment: int) -> Scored:
    """Customers in segments; what else is scored plays no part."""
    found = object.__new__(Scored)
    for name, value in {"segment": np.array(segment), "segment_ids": ("s:a", "s:b")}.items():
        object.__setattr__(found, name, value)
    return found


def test_the_shift_is_in_standard_errors_of_both_fits():
    half, third = scored(*[0, 1] * 30), scored(*[0, 1, 1] * 20)
    share = (1 / 2 + 1 / 3) / 2
    error = math.sqrt(share * (1 - share) * 2 / 60)
    assert shift_in_errors(half, third, 60, 60) == pytest.approx((1 / 2 - 1 / 3) / error)
    assert shift_in_errors(half, third, 60, 10**9) > shift_in_errors(half, third, 60, 60)
    assert shift_in_errors(half, half, 60, 60) == 0


def test_customers_whom_one_version_does_not_place_say_nothing():
    assert shift_in_errors(scored(0, 1, -1, -1), scored(0, 1, 1, 1), 50, 50) == 0
    assert shift_in_errors(scored(-1, -1), scored(0, 1), 50, 50) == math.inf


def test_an_unchanged_version_assigns_as_it_did(engine, features, write_shop):
    shop = write_shop(**QUICK)
    _, table = fitted(engine, features, shop, RIPE)
    _, later = fitted(engine, customers(seed=9), shop, LATER, table)
    assert assigned(features, later, shop).equals(assigned(features, table, shop))
