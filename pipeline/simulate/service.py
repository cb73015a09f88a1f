"""What customers say: support tickets, surveys, interviews.

Belongs here: rows with free text in several languages. Does not belong here: returns (``orders``).
"""

import numpy as np

from pipeline.simulate.frames import (
    Column,
    Frame,
    column,
    constant,
    joined,
    numbered,
    sometimes,
    text_of,
    where,
)
from pipeline.simulate.lexicon import phrase
from pipeline.simulate.plan import TIME_ZONE
from pipeline.simulate.topics import TOPICS, sentence, written
from pipeline.simulate.traits import ANSWER_SPREAD, VALUES
from pipeline.simulate.world import World, drawn, factor

_GOOD, _BAD = ("question", "praise"), ("complaint", "refund_claim", "dispute")
#: What the desk calls the kinds of a ticket.
TICKET_CODES = {
    "question": "ASK", "complaint": "COMPLAINT", "refund_claim": "REFUND", "dispute": "DISPUTE",
    "praise": "THANKS",
}  # fmt: skip
#: Tickets for each contact of a habit.
TICKETS = 4
QUESTIONS = ("satisfaction", "nps", "price_sensitivity", "intent")


def desk_tickets(world: World, period: int) -> Frame:
    """Tickets of the support desk, with the customer's words."""
    rng = world.plan.chance("tickets", period)
    some = drawn(world, "tickets", "desk", period, factor(world, "contacts", period) * TICKETS)
    angry = rng.random(some.count) < factor(world, "complains", period)[some.person]
    kind = np.where(
        angry,
        rng.choice(np.array(_BAD, dtype=object), some.count, p=[0.6, 0.3, 0.1]),
        rng.choice(np.array(_GOOD, dtype=object), some.count, p=[0.75, 0.25]),
    )
    language = world.people.language[some.person]
    keys = numbered(f"T{period:02d}-", 1, some.count)
    said = [
        written(world.plan, key, phrase("tickets", one, number, str(what)), one)
        for key, one, what, number in zip(
            keys, language, kind, rng.integers(0, 9, some.count).tolist(), strict=True
        )
    ]
    closed = text_of(some.at + rng.integers(600, 6 * 86_400, some.count), TIME_ZONE, "%Y-%m-%dT%H:%M:%S%z")
    refund = column([f"{one:.2f}" for one in rng.lognormal(3.5, 0.6, some.count).tolist()])
    return {
        "ticket": keys,
        "contact": world.accounts.id[some.account],
        "opened": text_of(some.at, TIME_ZONE, "%Y-%m-%dT%H:%M:%S%z"),
        "closed": sometimes(rng, closed, 0.92),
        "via": rng.choice(np.array(["phone", "mail", "chat"], dtype=object), some.count),
        "code": column([TICKET_CODES[str(one)] for one in kind]),
        "refund_eur": where(kind == "refund_claim", refund, None),
        "result": rng.choice(
            np.array(["solved", "goodwill", "rejected"], dtype=object), some.count, p=[0.7, 0.2, 0.1]
        ),
        "message": column(said),
    }


def surveys(world: World, period: int) -> Frame:
    """Answers to the surveys of a month: one row a question, on a sheet."""
    return joined([_pulse(world, period), _values(world, period)])


def _values(world: World, period: int) -> Frame:
    """A survey of its own about values: each answer lies about the person's own value."""
    rng = world.plan.chance("values", period)
    some = drawn(world, "values", "crm", period, np.full(world.people.count, 0.08))
    asked = np.repeat(np.arange(some.count), len(VALUES))
    which = np.tile(np.arange(len(VALUES)), some.count)
    answer = world.traits.values[some.person[asked], which] + rng.normal(0, ANSWER_SPREAD, len(asked))
    return {
        "Answer no": numbered(f"V{period:02d}-", 1, len(asked)),
        "Customer": world.accounts.id[some.account[asked]],
        "Survey": constant(f"values {world.plan.keys[period]}", len(asked)),
        "Question": np.array(VALUES, dtype=object)[which],
        "Score": np.clip(np.round(answer), 1, 5).astype(int).astype(object),
        "Comment": constant(None, len(asked)),
        "Answered on": text_of(some.at[asked], TIME_ZONE, "%Y-%m-%d %H:%M:%S"),
    }


def _pulse(world: World, period: int) -> Frame:
    """How satisfied customers are, and what they intend; some say why."""
    rng = world.plan.chance("surveys", period)
    some = drawn(world, "surveys", "crm", period, np.full(world.people.count, 0.08))
    asked = np.repeat(np.arange(some.count), len(QUESTIONS))
    question = np.array(QUESTIONS, dtype=object)[np.tile(np.arange(len(QUESTIONS)), some.count)]
    person = some.person[asked]
    mood = factor(world, "satisfaction", period)[person] + rng.normal(0, 0.6, len(asked))
    dear = factor(world, "discounted", period)[person]
    answers = {
        "satisfaction": np.clip(np.round(mood), 1, 5),
        "nps": np.clip(np.round((mood - 1) * 2.5), 0, 10),
        "price_sensitivity": np.clip(np.round(1 + 5 * dear + rng.normal(0, 0.7, len(asked))), 1, 5),
        "intent": np.clip(np.round(mood + rng.normal(0, 0.7, len(asked))), 1, 5),
    }
    value = np.select([question == one for one in QUESTIONS], [answers[one] for one in QUESTIONS])
    language = world.people.language[person]
    keys = numbered(f"A{period:02d}-", 1, len(asked))
    words = column(
        [
            written(world.plan, key, _comment(one, good), one)
            for key, one, good in zip(keys, language, (mood > 3.2).tolist(), strict=True)
        ]
    )
    return {
        "Answer no": keys,
        "Customer": world.accounts.id[some.account[asked]],
        "Survey": column([f"pulse {world.plan.keys[period]}"] * len(asked)),
        "Question": question,
        "Score": value.astype(int).astype(object),
        "Comment": sometimes(rng, words, 0.1),
        "Answered on": text_of(some.at[asked], TIME_ZONE, "%Y-%m-%d %H:%M:%S"),
    }


def _comment(language: str, is_good: bool) -> str:
    return phrase("tickets", language, 0, "praise" if is_good else "complaint")


def interviews(world: World, period: int) -> Frame:
    """Notes of interviews and focus groups, with coded themes."""
    rng = world.plan.chance("interviews", period)
    some = drawn(world, "interviews", "crm", period, np.full(world.people.count, 0.05))
    keys = numbered(f"I{period:02d}-", 1, some.count)
    return {
        "note": keys,
        "customer": world.accounts.id[some.account],
        "held": text_of(some.at, TIME_ZONE, "%d/%m/%Y %H:%M"),
        "form": rng.choice(np.array(["interview", "focus_group"], dtype=object), some.count),
        **_minutes(world, rng, keys, world.people.language[some.person]),
    }


def _minutes(world: World, rng: np.random.Generator, keys: Column, languages: Column) -> Frame:
    """Two of the topics, in any order, separated in several ways as codes, and a sentence about each."""
    count = len(keys)
    first, step = rng.integers(0, len(TOPICS), count), rng.integers(1, len(TOPICS), count)
    marks = np.array(["; ", ",", "、"], dtype=object)[rng.integers(0, 3, count)]
    second = (first + step) % len(TOPICS)
    both = [(TOPICS[a], TOPICS[b]) for a, b in zip(first, second, strict=True)]
    said = [
        " ".join([_comment(one, True), *(sentence(world.plan, key, topic, one) for topic in topics)])
        for key, one, topics in zip(keys, languages, both, strict=True)
    ]
    codes = [mark.join(topics) for mark, topics in zip(marks, both, strict=True)]
    return {"coded": column(codes), "minutes": column(said)}
