"""Themes of texts and their counts: what is shown, and what nobody can work out."""

import traceback
from collections import defaultdict
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.tables.texts import TEXT_THEMES, THEMED_TEXTS
from pipeline.tables.zones import ACCOUNT_LINKS, ASSIGNMENTS, CUSTOMERS
from pipeline.texts.theme_scoring import EVERYBODY, counted, shown_themes, themed
from pipeline.texts.themes import ThemeModel
from tests.unit.ledgers.lines import rows_of

PERIOD = "2024-03"
MODEL = ThemeModel("en", ("courier", "invoice"), np.ones(2), np.eye(2), ("en-1", "en-2"))
THEME = {
    "theme_id": "en-1", "label": "courier", "born_period": PERIOD, "event": "none", "related_theme_ids": [],
    "overlap_share": None,
}  # fmt: skip
LEAST = 10


def batch(*texts: str) -> pa.RecordBatch:
    schema = THEMED_TEXTS.schema.remove(THEMED_TEXTS.schema.get_field_index("theme_ids"))
    rows = [
        {
            "period": PERIOD, "entity": "support_contacts", "source": "desk", "account_id": f"a{at}",
            "line_key": str(at), "text_language": "en", "tone_index": 0.5, "text": text,
        }
        for at, text in enumerate(texts)
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(rows, schema=schema.append(pa.field("text", pa.string())))


def test_a_text_has_the_ids_of_its_themes_and_no_word() -> None:
    [found] = themed([batch("the courier came", "invoice, courier", "hello Zzyzx")], {"en": MODEL})
    assert found.schema.equals(THEMED_TEXTS.schema)
    assert [sorted(one) for one in found.to_pydict()["theme_ids"]] == [["en-1"], ["en-1", "en-2"], []]
    assert "Zzyzx" not in str(found.to_pylist())


def test_a_text_that_cannot_be_compared_is_named_by_its_line() -> None:
    class Broken:
        def themes_of(self, text: str) -> None:
            raise ValueError(text)

    secret = "".join(["Zzy", "zx"])
    with pytest.raises(InputError) as caught:
        list(themed([batch(secret)], {"en": Broken()}))  # type: ignore[dict-item]
    told = "".join(traceback.format_exception(caught.value))
    assert "desk, line 0" in told
    assert secret not in told


def counts(sizes: dict[str, int], whole: int, toned: int = 99) -> tuple[pa.Table, pa.Table]:
    """Customers of a theme by segment, and in all; each wrote one text of two, at most so many ``toned``."""
    rows = [(EVERYBODY, EVERYBODY, whole), *(("loyalty", one, size) for one, size in sizes.items())]
    by = [{"text_language": "en", "scheme": name, "segment_id": one} for name, one, _ in rows]
    found = [
        one
        | {
            "theme_id": "en-1",
            "texts_count": size,
            "customers_count": size,
            "toned_count": min(size, toned),
            "toned_customers_count": min(size, toned),
            "tone_index_sum": Decimal("-0.25") * min(size, toned),
        }
        for one, (_, _, size) in zip(by, rows, strict=True)
    ]
    compared = [one | {"compared_count": 2 * size} for one, (_, _, size) in zip(by, rows, strict=True)]
    return pa.Table.from_pylist(found), pa.Table.from_pylist(compared)


def shown(sizes: dict[str, int], whole: int, **more: Any) -> dict[str, dict[str, Any]]:
    theme = [THEME | more.pop("theme", {})]
    table = shown_themes(
        *counts(sizes, whole, more.get("toned", 99)), theme, more.get("previous"), PERIOD, LEAST
    )
    assert table.schema.equals(TEXT_THEMES.schema)
    return {row["segment_id"]: row for row in table.to_pylist()}


def test_a_theme_is_shown_with_its_share_of_the_texts() -> None:
    found = shown({"loyalty:high": 30, "loyalty:low": 20}, 50)
    assert found.keys() == {EVERYBODY, "loyalty:high", "loyalty:low"}
    assert (found["loyalty:low"]["texts_share"], found["loyalty:low"]["mean_tone_index"]) == (0.5, -0.25)


@pytest.mark.parametrize(
    ("sizes", "whole", "expected"),
    [
        ({"a": 9}, 9, set()),
        ({"a": 30, "b": 9}, 39, set()),  # what is left of 39 would be nine
        ({"a": 30, "b": 25, "c": 9}, 64, {"a"}),
        ({"a": 30, "b": 9, "c": 2}, 41, {"a"}),
        ({"a": 30}, 35, set()),  # five are in no segment
        ({"a": 30, "b": 10}, 40, {"a", "b"}),
    ],
)
def test_what_few_wrote_about_is_not_shown_nor_left_over(
    sizes: dict[str, int], whole: int, expected: set[str]
) -> None:
    found = shown(sizes, whole)
    assert found.keys() - {EVERYBODY} == expected
    assert (EVERYBODY in found) == (whole >= LEAST)


@pytest.mark.parametrize(("toned", "mean"), [(LEAST, -0.25), (LEAST - 1, None)])
def test_a_tone_is_told_of_as_many_customers_as_a_count(toned: int, mean: float | None) -> None:
    assert shown({}, 50, toned=toned)[EVERYBODY]["mean_tone_index"] == mean


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40)), st.integers(0, 15))
def test_no_sum_of_what_is_shown_tells_of_few(sizes: dict[str, int], unassigned: int) -> None:
    whole = sum(sizes.values()) + unassigned
    found = shown(sizes, whole)
    told = [row["customers_count"] for name, row in found.items() if name != EVERYBODY]
    assert all(one >= LEAST for one in told)
    rest = whole - sum(told)
    assert not told or rest == 0 or rest >= LEAST


def test_a_change_is_told_of_a_theme_that_is_what_it_was() -> None:
    table = shown_themes(*counts({}, 50), [THEME], None, "2024-02", LEAST)
    before = table.set_column(
        table.column_names.index("texts_share"), "texts_share", pa.array([0.3], pa.float64())
    )
    assert shown({}, 50)[EVERYBODY]["texts_share_change"] is None
    assert shown({}, 50, previous=before)[EVERYBODY]["texts_share_change"] == 0.2
    split = {"event": "split"}
    assert shown({}, 50, previous=before, theme=split)[EVERYBODY]["texts_share_change"] is None


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_texts_of_customers_outside_the_population_do_not_count(
    name: str, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(name)
    [texts] = themed([batch("courier", "courier", "invoice", "hello")], {"en": MODEL})
    links = [{"period": PERIOD, "account_id": f"a{at}", "customer_id": f"c{at // 2}"} for at in range(4)]
    customers = [{"period": PERIOD, "customer_id": f"c{at}", "is_in_population": at == 0} for at in range(2)]
    assigned = [{"period": PERIOD, "customer_id": "c0", "scheme": "loyalty", "segment_id": "loyalty:high"}]
    found, compared = counted(
        engine.from_arrow(pa.Table.from_batches([texts])),
        *(
            engine.from_arrow(rows_of(table, rows))
            for table, rows in ((ACCOUNT_LINKS, links), (CUSTOMERS, customers), (ASSIGNMENTS, assigned))
        ),
    )
    assert isinstance(found, ibis.expr.types.Table)
    by = defaultdict(dict)
    for row in engine.to_arrow(found).to_pylist():
        by[row["scheme"]][row["theme_id"]] = (
            row["texts_count"],
            row["customers_count"],
            row["tone_index_sum"],
            row["toned_customers_count"],
        )
    assert by == {"loyalty": {"en-1": (2, 1, 1, 1)}, EVERYBODY: {"en-1": (2, 1, 1, 1)}}
    assert {row["compared_count"] for row in engine.to_arrow(compared).to_pylist()} == {2}
