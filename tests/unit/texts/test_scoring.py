"""Scores of texts: what leaves the restricted zone, and what does not."""

import traceback
from functools import partial

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.tables.entities import ENTITIES
from pipeline.tables.texts import text_scores
from pipeline.texts import scored, scoring

SUPPORT = ENTITIES["support_contacts"]
SECRET = "Zzyzx Methuselah, +49 171 5551234"


def _batch(*texts: str | None) -> pa.RecordBatch:
    assert SUPPORT.restricted is not None
    rows = [
        {"period": "2024-01", "source": "desk", "account_id": f"a{at}", "line_key": f"{at}", "text": text}
        for at, text in enumerate(texts)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SUPPORT.restricted.schema)


def _scores(*texts: str | None) -> list[dict[str, object]]:
    batches = list(scored([_batch(*texts)], SUPPORT))
    assert all(one.schema.equals(text_scores(SUPPORT.name).schema) for one in batches)
    return [row for one in batches for row in one.to_pylist()]


def test_every_text_has_a_row_with_its_language_and_tone() -> None:
    good, bad, german = _scores(
        "Great service, thank you!", "物流太慢了，客服态度不好。", "Wie lange dauert es?"
    )
    assert (good["text_language"], bad["text_language"], german["text_language"]) == ("en", "zh", "de")
    assert good["tone_index"] > 0 > bad["tone_index"]  # type: ignore[operator]
    assert (good["tone_class"], bad["tone_class"]) == ("positive", "negative")
    assert [german[one] for one in ("tone_index", "tone_class", "tone_evidence_count")] == [None, None, 0]


def test_where_nothing_was_written_there_is_no_row() -> None:
    assert [one["line_key"] for one in _scores(None, "", "  ", "thanks a lot, great")] == ["3"]


def test_no_batch_no_rows() -> None:
    assert list(scored([], SUPPORT)) == []


@given(st.lists(st.text(min_size=12), max_size=4))
def test_no_text_is_in_what_comes_out(texts: list[str]) -> None:
    told = str(_scores(*texts))
    assert not [one for one in texts if one.strip() and not one.isdigit() and one in told]


def test_no_name_or_number_of_a_text_is_in_what_comes_out() -> None:
    told = str(_scores(f"Hello, I am {SECRET}, the parcel is broken", f"我是{SECRET}，很差"))
    assert not [one for one in ("Zzyzx", "Methuselah", "5551234", "171") if one in told]


def test_a_text_that_cannot_be_scored_is_named_by_its_line_and_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(text: str) -> None:
        raise ValueError(f"cannot read {text}")

    monkeypatch.setattr(scoring, "language_of", fails)
    with pytest.raises(InputError) as caught:
        _scores("fine", SECRET)
    told = "".join(traceback.format_exception(caught.value))
    assert "desk, line 0" in told
    assert "ValueError" in told
    assert "cannot read" not in told
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_scores_are_the_same_on_every_engine(name: str, request: pytest.FixtureRequest) -> None:
    engine = request.getfixturevalue(name)
    rows = pa.Table.from_batches(
        [_batch("Great service, thank you!", None, "物流太慢了", "Wie lange dauert es?")]
    )
    found = engine.map_batches(
        engine.from_arrow(rows), partial(scored, entity=SUPPORT), text_scores(SUPPORT.name).schema
    )
    [direct] = scored(rows.to_batches(), SUPPORT)
    assert [row for one in found for row in one.to_pylist()] == direct.to_pylist()


def test_rows_are_scored_alone_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Great service, thank you!", "质量不错，推荐", "broken again"]
    whole = _scores(*texts)
    batch = _batch(*texts)
    apart = [
        row for at in range(3) for one in scored([batch.slice(at, 1)], SUPPORT) for row in one.to_pylist()
    ]
    assert apart == whole
    monkeypatch.setattr(scoring, "HELD_ROWS", 2)
    parts = [row for one in scored([batch], SUPPORT) for row in one.to_pylist()]
    assert parts == whole
