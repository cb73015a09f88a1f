"""The ledger of surveys: answers by question, on the scale that the question has."""

from typing import Any

import pytest

from pipeline.ledgers.surveys import SCALES, surveys
from tests.unit.ledgers.lines import Company, events


def answer(question: str, value: Any, day: int = 2) -> dict[str, Any]:
    return {
        "question": question,
        "answer_value": value,
        "answered_at": f"2024-01-{day:02} 10:00",
        "survey_id": "s",
    }


def ledger(engine, *answers: dict[str, Any]) -> dict[str, Any]:
    rows = engine.from_arrow(events("survey_answers", *answers))
    table = surveys.of({"survey_answers": rows}, Company())
    assert list(table.columns) == surveys.table.columns
    [row] = engine.to_arrow(table).to_pylist()
    return row


def sums(row: dict[str, Any], question: str) -> tuple[int, float, float]:
    return (row[f"{question}_count"], float(row[f"{question}_sum"]), float(row[f"{question}_squared_sum"]))


def test_answers_are_summed_by_question(engine):
    row = ledger(
        engine,
        answer("satisfaction", 4),
        answer("satisfaction", "2.5"),
        answer("intent", 5),
        answer("values_openness", 3, day=9),
    )
    assert sums(row, "satisfaction") == (2, 6.5, 22.25)
    assert sums(row, "intent") == (1, 5.0, 25.0)
    assert sums(row, "values_openness") == (1, 3.0, 9.0)
    assert sums(row, "nps") == (0, 0.0, 0.0)
    assert (row["answers_count"], row["last_event_at"].day) == (4, 9)


@pytest.mark.duckdb_daily
def test_nine_and_ten_promote_and_up_to_six_detract(engine):
    row = ledger(engine, *(answer("nps", value) for value in range(11)))
    assert (row["nps_count"], row["promoters_count"], row["detractors_count"]) == (11, 2, 7)


@pytest.mark.duckdb_suffices
@pytest.mark.parametrize("question", SCALES)
def test_what_is_off_the_scale_of_its_question_is_an_answer_and_nothing_more(engine, question):
    low, high = SCALES[question]
    row = ledger(engine, *(answer(question, value) for value in (low - 1, low, high, high + 1)))
    assert (row["answers_count"], *sums(row, question)[:2]) == (4, 2, low + high)


@pytest.mark.duckdb_suffices
def test_answers_in_words_and_to_questions_of_their_own_are_answers_and_nothing_more(engine):
    row = ledger(engine, answer("satisfaction", None), answer("favourite colour", 3))
    assert row["answers_count"] == 2
    assert all(row[f"{question}_count"] == 0 for question in SCALES)
