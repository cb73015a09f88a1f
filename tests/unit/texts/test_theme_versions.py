"""Versions of themes: fitted in a refit, frozen, with a register of what happened to each."""

import json
from typing import Any

import pyarrow as pa

from pipeline.tables.texts import THEME_VERSIONS
from pipeline.texts.theme_versions import (
    Texts,
    by_language,
    carried,
    model_of,
    models_of,
    refitted,
    register_of,
)
from tests.unit.texts.test_themes import PLANTED, planted


def texts(count: int, seed: int, without: str = "") -> Texts:
    some, customers, truth = planted("en", count, seed)
    kept = [at for at, theme in enumerate(truth) if theme != without]
    return Texts([some[at] for at in kept], [customers[at] for at in kept])


def fitted(some: Texts, previous: pa.Table | None = None, period: str = "2024-03", **more: Any) -> pa.Table:
    kept = carried(previous, period, 7)
    asked: dict[str, Any] = {"withheld": list, "least_customers": 10, "least_to_fit": 50, "due": ["en"]}
    return refitted(kept, {"en": some}, **asked | more)


def row(versions: pa.Table, language: str = "en") -> dict[str, Any]:
    [one] = [one for one in versions.to_pylist() if one["theme_language"] == language]
    return one


def test_before_a_fit_there_is_a_row_without_a_version() -> None:
    versions = carried(None, "2024-01", 7)
    assert versions.schema.equals(THEME_VERSIONS.schema)
    assert [(one["theme_language"], one["status"]) for one in versions.to_pylist()] == [
        ("en", "insufficient_data"), ("zh", "insufficient_data"),
    ]  # fmt: skip
    assert models_of(versions) == {}
    assert register_of(versions) == []


def test_a_version_is_frozen_and_carried_on() -> None:
    versions = fitted(texts(600, 0))
    assert (row(versions)["theme_version"], row(versions)["is_refit"]) == ("themes_en@2024-03", True)
    assert row(versions, "zh")["status"] == "insufficient_data"
    later = carried(versions, "2024-04", 7)
    assert row(later)["parameters"] == row(versions)["parameters"]
    assert not row(later)["is_refit"]
    assert {one["event"] for one in register_of(versions)} == {"born"}
    assert {one["event"] for one in register_of(later)} == {"none"}
    parameters = json.loads(row(versions)["parameters"])
    text = "the parcel and the courier are late, no tracking"
    assert model_of("en", parameters).themes_of(text) == models_of(later)["en"].themes_of(text) != ()


def test_a_refit_keeps_ids_and_says_what_happened_to_each() -> None:
    champion = fitted(texts(900, 0, without="staff"))
    challenger = fitted(texts(900, 1), champion, "2024-06")
    before = {one["theme_id"]: one for one in register_of(champion)}
    after = {one["theme_id"]: one for one in register_of(challenger)}
    assert len(before) == len(PLANTED["en"]) - 1
    assert {after[one]["event"] for one in before} == {"continued"}
    assert all(after[one]["label"] == before[one]["label"] for one in before)
    [new] = [after[one] for one in after.keys() - before.keys()]
    assert (new["event"], new["born_period"]) in {("born", "2024-06"), ("split", "2024-06")}
    gone = fitted(texts(900, 2, without="staff"), challenger, "2024-09")
    last = {one["theme_id"]: one for one in register_of(gone)}
    assert last[new["theme_id"]]["event"] in ("retired", "merged")
    assert last[new["theme_id"]]["retired_period"] == "2024-09"
    again = fitted(texts(900, 3), gone, "2024-12")
    assert new["theme_id"] not in models_of(again)["en"].theme_ids, "an id is never given twice"


def test_too_few_texts_or_customers_leave_the_version_as_it_was() -> None:
    champion = fitted(texts(600, 0))
    for some, more in ((texts(100, 1), {}), (texts(600, 1), {"least_to_fit": 5_000})):
        kept = fitted(some, champion, "2024-06", **more)
        assert row(kept)["theme_version"] == "themes_en@2024-03"
        assert json.loads(row(kept)["gates"])["decision"] == "refused"


def test_texts_about_nothing_in_common_have_no_themes() -> None:
    some = texts(600, 0)
    shuffled = " ".join(some.texts).split()
    apart = [" ".join(shuffled[at::600]) for at in range(600)]
    versions = fitted(Texts(apart, some.customers))
    assert row(versions)["status"] == "insufficient_data"
    told = {one["name"]: one["passed"] for one in json.loads(row(versions)["gates"])["gates"]}
    assert not told["stability"]


def test_rows_are_told_apart_by_language() -> None:
    rows = pa.table({"text_language": ["zh", "en"], "text": ["包裹", "parcel"], "customer_id": ["a", "b"]})
    found = by_language(rows)
    assert (found["en"].texts, found["zh"].customers) == (["parcel"], ["a"])
