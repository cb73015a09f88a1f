"""Playbooks: advice of documents beside the figures of the segments."""

import pyarrow as pa
import pytest

from pipeline.publish import contracts
from pipeline.publish.playbooks import playbooks
from pipeline.settings import BUILT_IN
from pipeline.settings.schemes import PLAYBOOK_PARTS
from pipeline.settings.schemes.documents import laid_over
from pipeline.tables.advice import PARTS
from tests.unit.publish.world import arrow

PERIOD = "2024-03"


def register(*segments: str, retired: tuple[str, ...] = ()) -> pa.Table:
    return arrow(
        contracts.SEGMENT_REGISTER,
        [
            {
                "period": PERIOD,
                "segment_id": one,
                "scheme": one.partition(":")[0],
                "label": one.upper(),
                "label_zh": "标签",
                "retired_period": PERIOD if one in retired else None,
            }
            for one in (*segments, *retired)
        ],
    )


def told(of: pa.Table, sizes: list[dict] = (), came: list[dict] = (), schemes=BUILT_IN) -> dict[str, dict]:
    found = playbooks(
        of,
        arrow(contracts.SEGMENT_SIZES, list(sizes)),
        arrow(contracts.SEGMENT_OUTCOMES, list(came)),
        schemes,
    )
    assert found.schema.equals(contracts.PLAYBOOKS.schema)
    return {row["segment_id"]: row for row in found.to_pylist()}


def test_advice_stands_in_both_languages_beside_the_figures_of_the_segment():
    size = {"state": "loyalty:high", "population_count": 40, "population_share": 0.2, "spend_12p_share": 0.5}
    came = [
        {"state": "loyalty:high", "horizon_periods": 1, "silent_share": 0.1, "mean_net_amount": 30.0},
        {"state": "loyalty:high", "horizon_periods": 2, "silent_share": 0.05, "mean_net_amount": 60.0},
    ]
    row = told(register("loyalty:high"), [size], came)["loyalty:high"]
    advice = BUILT_IN["loyalty"].segments["high"].playbook
    for part in PLAYBOOK_PARTS:
        assert (row[part], row[f"{part}_zh"]) == (getattr(advice, part).en, getattr(advice, part).zh)
    assert (row["segment"], row["label"], row["population_count"]) == ("high", "LOYALTY:HIGH", 40)
    assert (row["silent_share"], row["mean_net_amount"], row["spend_12p_share"]) == (0.1, 30.0, 0.5)


def test_a_segment_without_customers_is_there_and_one_that_ended_is_not():
    rows = told(register("loyalty:high", retired=("behaviour_clusters:s01",)))
    assert list(rows) == ["loyalty:high"]
    assert rows["loyalty:high"]["population_count"] == 0
    assert rows["loyalty:high"]["silent_share"] is None


def test_a_document_may_write_what_the_columns_are_about_and_nothing_else():
    assert tuple(PARTS) == PLAYBOOK_PARTS


def test_discovered_segments_have_no_advice():
    row = told(register("behaviour_clusters:s02"))["behaviour_clusters:s02"]
    assert all(row[part] is None for part in PLAYBOOK_PARTS)


@pytest.mark.parametrize(
    "scheme", [one for one in BUILT_IN.values() if one.segments], ids=lambda one: one.scheme
)
def test_every_built_in_segment_has_a_whole_playbook(scheme):
    for name, segment in scheme.segments.items():
        for part in PLAYBOOK_PARTS:
            said = getattr(segment.playbook, part)
            assert said is not None, (scheme.scheme, name, part)
            assert said.en.endswith("."), said.en
            assert said.zh.endswith("。"), said.zh


def test_a_project_lays_its_own_words_over_those_that_come_along():
    own = {"segments": {"high": {"playbook": {"advised_offer": {"en": "Tea.", "zh": "茶。"}}}}}
    document = BUILT_IN["loyalty"].model_dump(exclude_none=True)
    mixed = type(BUILT_IN["loyalty"]).model_validate(laid_over(document, own))
    row = told(register("loyalty:high"), schemes={"loyalty": mixed})["loyalty:high"]
    assert row["advised_offer"] == "Tea."
    assert row["handling"] == BUILT_IN["loyalty"].segments["high"].playbook.handling.en
