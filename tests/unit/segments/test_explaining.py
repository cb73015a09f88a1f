"""Why a customer is in its segment: what is said of a version is what the version says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.frame import Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.schemes import serving
from pipeline.segments import explained, explaining, fit_versions
from pipeline.segments.asked import Asked
from tests.unit.segments.synthetic import PERIOD, customers, forecast_versions, with_previous

FEWEST = 10


class Version:
    """A fitted version with the customers that it is asked about."""

    def __init__(self, scheme: str, parameters: dict[str, Any], rows: pa.Table, project: Any) -> None:
        self.scheme, self.parameters = scheme, parameters
        self.reads = serving.scoring_reads(project.every_scheme[scheme], parameters)
        self.frame = frame_of(rows, self.reads, [scheme])
        self.whole = [one for one in self.reads if not pa.types.is_floating(project.readable[one].type)]

    def customer(self, at: int) -> Frame:
        return self.frame.taken(np.arange(len(self.frame)) == at)

    def explained(self, at: int, before: Frame | None = None, **more: Any) -> Any:
        asked = {"withheld": (), "named": (), "whole": self.whole, "fewest": FEWEST} | more
        one = more.pop("customer", None) or self.customer(at)
        asked.pop("customer", None)
        return explained(self.scheme, self.parameters, one, before, self.frame, self.reads, **asked)

    def said(self, at: int, **numbers: float) -> Any:
        """What the version says of a customer with other numbers."""
        one = self.customer(at)
        changed = one.numbers | {name: np.array([value]) for name, value in numbers.items()}
        return serving.score(self.scheme, self.parameters, replace(one, numbers=changed, _told={}))


@pytest.fixture(scope="module")
def fitted(engine: Any, shop: Any) -> dict[str, Version]:
    """Every scheme of the shop, fitted on customers of kinds that run into each other."""
    table = customers(spread=0.5, seed=11)
    rows = fit_versions(engine.from_arrow(table), None, None, None, PERIOD, shop, forecast_versions())
    known = {row["scheme"]: row["parameters"] for row in rows.to_pylist() if row["parameters"]}
    previous = with_previous(table)
    return {name: Version(name, from_json(one), previous, shop) for name, one in known.items()}


@settings(max_examples=12, deadline=None)
@given(at=st.integers(0, 399))
def test_the_stated_change_moves_the_customer_and_names_where_to(fitted: dict[str, Version], at: int) -> None:
    stated = 0
    for version in fitted.values():
        found = version.explained(at)
        if found is None or found.change is None:
            continue
        scored = version.said(at, **{found.change.feature: found.change.value})
        assert scored.segment_ids[scored.segment[0]] == found.change.segment != found.segment
        own = version.customer(at).number(found.change.feature)[0]
        assert (found.change.value > own) == found.change.is_greater
        stated += 1
    assert stated


def test_no_smaller_change_of_that_feature_moves_the_customer_the_same_way(
    fitted: dict[str, Version],
) -> None:
    version = fitted["purchase_frequency"]
    for at in range(0, 400, 40):
        found = version.explained(at)
        if found is None or found.change is None:
            continue
        own = version.customer(at).number(found.change.feature)[0]
        for share in (0.5, 0.9, 0.99):
            nearer = own + share * (found.change.value - own)
            scored = version.said(at, **{found.change.feature: nearer})
            assert scored.segment_ids[scored.segment[0]] == found.segment


def test_what_all_features_add_is_the_confidence_less_that_of_those_compared_with(
    fitted: dict[str, Version],
) -> None:
    for version in fitted.values():
        asked = Asked(version.scheme, version.parameters, version.customer(3), tuple(version.reads))
        now, start = asked.scored(asked.customer), version.frame.taken(np.arange(400) % 40 == 7)
        place = max(int(now.segment[0]), 0)

        effects = asked.effects(place, start)

        theirs = np.nan_to_num(asked.scored(_with_its_past(start, version)).memberships[place]).mean()
        assert sum(effects) == pytest.approx(now.memberships[place][0] - theirs, abs=1e-9)


def _with_its_past(frame: Frame, version: Version) -> Frame:
    """Others with the customer's own segment of the period before, which is no feature."""
    none = pa.nulls(len(frame), pa.string())
    return replace(frame, previous_segments={version.scheme: none}, _told={})


def test_without_what_speaks_for_it_the_segment_is_less_likely(fitted: dict[str, Version]) -> None:
    lowered = tried = 0
    for version in fitted.values():
        for at in range(0, 400, 20):
            found = version.explained(at)
            for_it = {one.feature: one.other for one in found.factors if one.effect > 0} if found else {}
            if not for_it or any(np.isnan(one) for one in for_it.values()):
                continue
            place = version.said(at).segment[0]
            before, after = version.said(at).memberships[place], version.said(at, **for_it).memberships[place]
            tried, lowered = tried + 1, lowered + int(after[0] < before[0])
    assert lowered == tried > 100


def test_who_moved_is_compared_with_its_own_past(fitted: dict[str, Version]) -> None:
    version = fitted["purchase_frequency"]
    at = next(at for at in range(400) if version.said(at).segment[0] == 0)
    ids = version.said(at).segment_ids
    now = replace(version.customer(at), previous_segments={version.scheme: pa.array([ids[2]])})
    slow = {"orders_per_30_days_12p": np.array([0.1]), "mean_gap_days_12p": np.array([300.0])}
    before = replace(now, numbers=now.numbers | slow, _told={})

    found = version.explained(at, before, customer=now)

    assert (found.segment, found.other, found.is_own_past) == (ids[0], ids[2], True)
    assert {one.feature for one in found.factors} == set(slow)
    assert {one.other for one in found.factors} == {0.1, 300.0}


def test_who_moved_by_a_new_version_is_compared_with_others(fitted: dict[str, Version]) -> None:
    version = fitted["purchase_frequency"]
    at = next(at for at in range(400) if version.said(at).segment[0] == 0)
    ids = version.said(at).segment_ids
    now = replace(version.customer(at), previous_segments={version.scheme: pa.array([ids[2]])})

    found = version.explained(at, now, customer=now)

    assert not found.is_own_past


def test_of_what_is_withheld_nothing_but_the_name_is_told(fitted: dict[str, Version]) -> None:
    version = fitted["purchasing_power"]
    withheld = ["average_order_amount_12p"]

    found = [version.explained(at, withheld=withheld) for at in range(0, 400, 40)]

    for one in filter(None, found):
        assert one.named_only == tuple(withheld)
        assert withheld[0] not in {factor.feature for factor in one.factors}
        assert one.change is None or one.change.feature != withheld[0]


def test_what_is_usual_among_few_is_not_told(fitted: dict[str, Version]) -> None:
    version = fitted["purchase_frequency"]

    found = version.explained(0, fewest=401)

    assert all(np.isnan(one.other) for one in found.factors)


def test_what_only_counts_how_much_was_seen_is_no_change_to_make(fitted: dict[str, Version]) -> None:
    for version in fitted.values():
        deciding = serving.deciding_reads(version.parameters)
        found = [version.explained(at) for at in range(0, 400, 5)]
        assert {one.change.feature for one in found if one and one.change} <= set(deciding)


def test_reasons_are_few_and_the_weightiest_first(fitted: dict[str, Version]) -> None:
    for version in fitted.values():
        found = version.explained(5)
        if found is None:
            continue
        effects = [one.effect for one in found.factors]
        for_it, against = [one for one in effects if one > 0], [one for one in effects if one < 0]
        assert effects == [*sorted(for_it, reverse=True), *sorted(against)]
        assert len(for_it) <= explaining.MOST_FOR
        assert len(against) <= explaining.MOST_AGAINST
