"""What is due, over a small graph: raw -> clean -> sums (two periods) -> shown (with the period before)."""

import pytest

from pipeline.lineage import Input, Record, Stage, plan
from pipeline.lineage.plan import batches, consecutive, contents

PERIODS = ["1", "2", "3"]
STAGES = [
    Stage("clean", ("clean",), (Input("raw"),), "c1"),
    Stage("sums", ("sums",), (Input("clean", -1, 0),), "s1"),
    Stage("shown", ("shown",), (Input("sums"), Input("shown", -1, -1)), "w1"),
]
Files = dict[tuple[str, str], Record]


@pytest.fixture
def files() -> Files:
    """Everything made from what is there."""
    found: Files = {("raw", one): Record("", {}, f"raw{one}") for one in PERIODS}
    for period in PERIODS:
        for stage in STAGES:
            now = contents(stage, period, PERIODS, lambda table, key: found.get((table, key)))
            found[stage.name, period] = Record(stage.version, now, f"{stage.name}{period}")
    return found


def due(files: Files, stages: list[Stage] = STAGES) -> dict[str, list[str]]:
    found = plan(stages, PERIODS, lambda table, period: files.get((table, period)))
    return {
        "sure": [f"{one.stage}{one.period}" for one in found.due if one.is_certain],
        "ready": [f"{one.stage}{one.period}" for one in found.ready()],
        "may follow": [f"{one.stage}{one.period}" for one in found.due if not one.is_certain],
    }


def test_nothing_is_due_when_all_was_made_from_what_is_there(files: Files) -> None:
    assert not any(due(files).values())


def test_all_that_was_never_made_is_ready_at_once(files: Files) -> None:
    raw = {key: one for key, one in files.items() if key[0] == "raw"}
    found = due(raw)
    assert len(found["ready"]) == len(found["sure"]) == 9


def test_a_new_row_is_followed_through_windows_and_periods(files: Files) -> None:
    files["raw", "2"] = Record("", {}, "more")
    found = due(files)
    assert found["sure"] == found["ready"] == ["clean2"]
    assert found["may follow"] == ["sums2", "shown2", "sums3", "shown3"]


def test_what_comes_out_as_it_was_stops_the_rest(files: Files) -> None:
    files["raw", "2"] = Record("", {}, "more")
    files["clean", "2"] = Record("c1", {"raw": ["more"]}, "clean2")
    assert not any(due(files).values())


def test_another_version_makes_its_stage_due_and_waits_with_the_rest(files: Files) -> None:
    stages = [STAGES[0], Stage("sums", ("sums",), STAGES[1].inputs, "s2"), STAGES[2]]
    found = due(files, stages)
    assert found["sure"] == found["ready"] == ["sums1", "sums2", "sums3"]
    assert found["may follow"] == ["shown1", "shown2", "shown3"]


def test_sure_but_behind_something_that_may_follow_is_not_ready(files: Files) -> None:
    stages = [
        Stage("clean", ("clean",), STAGES[0].inputs, "c2"),
        STAGES[1],
        Stage("shown", ("shown",), STAGES[2].inputs, "w2"),
    ]
    found = due(files, stages)
    assert found["sure"][:2] == ["clean1", "shown1"]
    assert found["ready"] == ["clean1", "clean2", "clean3"]


def test_other_windows_and_failed_checks_are_reasons(files: Files) -> None:
    wider = Stage("sums", ("sums",), (Input("clean", -2, 0),), "s1")
    assert due(files, [STAGES[0], wider, STAGES[2]])["sure"] == ["sums3"]
    old = files["clean", "1"]
    files["clean", "1"] = Record(old.version, old.inputs, old.content, passed=False)
    assert due(files)["sure"] == ["clean1"]


def test_runs_are_few_and_none_needs_a_later_one(files: Files) -> None:
    files["raw", "2"] = Record("", {}, "more")
    stages = [STAGES[0], Stage("sums", ("sums",), STAGES[1].inputs, "s2"), STAGES[2]]
    found = plan(stages, PERIODS, lambda table, period: files.get((table, period)))
    certain = [one for one in found.due if one.is_certain]
    assert batches(certain, stages) == [(("2",), ["clean"]), (("1", "2", "3"), ["sums"])]
    assert consecutive(["3", "1"], PERIODS) == [["1"], ["3"]]


def test_what_reads_its_own_earlier_periods_is_done_one_period_at_a_time(files: Files) -> None:
    carried = Stage("carried", ("carried",), (Input("raw"), Input("carried", -1, -1)), "k1")
    clean = Stage("clean", ("clean",), (*STAGES[0].inputs, Input("carried")), "c2")
    found = plan([carried, clean], PERIODS, lambda table, period: files.get((table, period)))
    ready = found.ready()
    assert batches(ready, [carried, clean]) == [
        (("1",), ["carried"]),
        (("2",), ["carried"]),
        (("3",), ["carried"]),
        (("1", "2", "3"), ["clean"]),
    ]
    assert batches(ready[:1], [carried, clean]) == [(("1",), ["carried"])]
