"""The ledger of surveys: answers by question, on the scale that the question has.

Belongs here: counts, sums and sums of squares of answers. Does not belong here: what customers wrote
(``texts``), or what a mean of answers says (``features``).

A question is known by its canonical word (see ``SCALES``); a project maps its own words, and other scales
by an expression. Answers to other questions, off the scale or in words only count as answers and
nothing more.

Sources: satisfaction 1-5 (ISO 10004:2018); willingness to recommend 0-10 (Reichheld, 2003), where 9 and 10
promote and 0 to 6 detract; values, the four higher-order ones (Schwartz, 1992); personality, the Big Five
(Goldberg, 1990); way of life by activities, interests, opinions (Wells and Tigert, 1971).
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import squared
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, Measure, count
from pipeline.tables.model import AMOUNT, AMOUNT_SQUARED

_FIVE = (1, 5)
#: Least answer that promotes, greatest that detracts.
PROMOTES, DETRACTS = 9, 6
_OF_MIND = (
    "values_openness",
    "values_conservation",
    "values_self_enhancement",
    "values_self_transcendence",
    "personality_openness",
    "personality_conscientiousness",
    "personality_extraversion",
    "personality_agreeableness",
    "personality_neuroticism",
    "lifestyle_activities",
    "lifestyle_interests",
    "lifestyle_opinions",
)
#: Questions that features read, and the least and greatest answer to each.
SCALES: dict[str, tuple[int, int]] = {
    "satisfaction": _FIVE,
    "nps": (0, 10),
    "intent": _FIVE,
    "price_sensitivity": _FIVE,
    **dict.fromkeys(_OF_MIND, _FIVE),
}


def _answers(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row an answer; ``scale`` is its question, where the answer lies on the question's scale."""
    rows = cleaned["survey_answers"]
    value = rows.answer_value
    is_on = ibis.or_(*((rows.question == name) & value.between(*limits) for name, limits in SCALES.items()))
    return rows.mutate(
        scale=ibis.ifelse(is_on, rows.question, ibis.null("string")), squared_value=squared(value)
    )


def _of(question: str) -> dict[str, Measure]:
    """How many answers to a question, their sum and sum of squares."""
    said = question.replace("_", " ")

    def summed(column: str) -> Measure:
        is_square = column == "squared_value"
        what, unit = ("squared answers", "points squared") if is_square else ("answers", "points")
        return Measure(
            f"Sum of {what} about {said}.",
            unit,
            lambda rows: rows[column].sum(where=rows.scale == question).fill_null(0),
            AMOUNT_SQUARED if is_square else AMOUNT,
        )

    return {
        f"{question}_count": count(f"Answers about {said}.", "answers", ibis._.scale == question),
        f"{question}_sum": summed("answer_value"),
        f"{question}_squared_sum": summed("squared_value"),
    }


surveys = Ledger(
    "surveys",
    "one account in one period: its answers to surveys, by question",
    entities=("survey_answers",),
    rows=_answers,
    events=("answered_at", "answered_at"),
    measures={
        "answers_count": count("Answers to any question, in words too.", "answers"),
        **{name: one for question in SCALES for name, one in _of(question).items()},
        "promoters_count": count(
            f"Answers of {PROMOTES} or more about recommending.",
            "answers",
            (ibis._.scale == "nps") & (ibis._.answer_value >= PROMOTES),
        ),
        "detractors_count": count(
            f"Answers of {DETRACTS} or less about recommending.",
            "answers",
            (ibis._.scale == "nps") & (ibis._.answer_value <= DETRACTS),
        ),
    },
)
