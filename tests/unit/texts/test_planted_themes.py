"""Themes of the simulated company: the planted topics are found, and keep their ids through a refit.

Measured on 10,000 persons (5 companies): docs/texts.md.
"""

import re
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest

from pipeline.simulate import Plan
from pipeline.simulate.service import desk_tickets, interviews, surveys
from pipeline.simulate.topics import TOPICS, topic_of
from pipeline.simulate.world import World, world
from pipeline.texts import language_of
from pipeline.texts.theme_fitting import Rules, find_themes
from pipeline.texts.themes import ThemeModel

PLAN = Plan(customers=10_000, periods=10, seed=3)
#: Text, person, topics.
Said = tuple[str, str, frozenset[str]]


@cache
def company() -> World:
    return world(PLAN)


@cache
def said(language: str, first: int, last: int) -> list[Said]:
    """Texts of a language, written from the period ``first`` to before ``last``, with what they are about."""
    made = company()
    person = dict(zip(made.accounts.id.tolist(), map(str, made.accounts.person.tolist()), strict=True))
    found = []
    for period in range(first, last):
        for frame, key, who, text in (
            (desk_tickets(made, period), "ticket", "contact", "message"),
            (surveys(made, period), "Answer no", "Customer", "Comment"),
            (interviews(made, period), "note", "customer", "minutes"),
        ):
            for at, words in enumerate(frame[text]):
                if words is None or language_of(words) != language:
                    continue
                topic = topic_of(PLAN, frame[key][at])
                about = (
                    re.split("; |,|、", frame["coded"][at]) if "coded" in frame else [topic] if topic else []
                )
                found.append((words, person[frame[who][at]], frozenset(about)))
    return found


def f1_of(model: ThemeModel, some: Iterable[Said]) -> dict[str, tuple[float, str]]:
    """Of each topic the theme with most texts in common, and its F1."""
    rows = [(topics, model.themes_of(text)) for text, _, topics in some]
    best = {}
    for topic in TOPICS:
        meant = sum(topic in topics for topics, _ in rows)
        best[topic] = max(
            (
                2 * sum(topic in topics and theme in found for topics, found in rows)
                / (meant + sum(theme in found for _, found in rows)),
                theme,
            )
            for theme in model.theme_ids
        )  # fmt: skip
    return best


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_topics_are_found_in_texts_of_later_periods_and_keep_their_ids(language: str) -> None:
    first, later, unseen = (said(language, *span) for span in ((0, 6), (0, 8), (8, 10)))

    def fitted(some: list[Said], previous: ThemeModel | None = None) -> ThemeModel:
        texts, persons = [one[0] for one in some], [one[1] for one in some]
        found = find_themes(texts, persons, language, Rules(), previous=previous)
        assert found.stability >= Rules().least_stability, "it would not come into force"
        return found.model

    champion = fitted(first)
    challenger = fitted(later, champion)
    before, after = f1_of(champion, unseen), f1_of(challenger, unseen)
    assert np.mean([one for one, _ in before.values()]) >= 0.8
    assert np.mean([one for one, _ in after.values()]) >= 0.8
    assert {topic: theme for topic, (_, theme) in before.items()} == {
        topic: theme for topic, (_, theme) in after.items()
    }
    assert len({theme for _, theme in after.values()}) == len(TOPICS)
