"""The tree of a taught scheme elsewhere: SQL and YAML decide as it does, of everybody."""

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.features import FEATURES
from pipeline.models.classes.tree import leaves_of, places
from pipeline.models.frame import Frame
from pipeline.models.parameters import from_json
from pipeline.publish.rules_in_words import rules_in_words
from pipeline.publish.texts import Words
from pipeline.schemes.kinds import rules as rules_kind
from pipeline.schemes.kinds.rules import _frozen as frozen_condition
from pipeline.schemes.teaching.questions import Condition, Rule, rules_of
from pipeline.schemes.teaching.rules_as import as_sql, as_yaml
from pipeline.segments import fit_versions
from pipeline.settings import Project, RulesDocument, TaughtDocument
from tests.unit.schemes.teaching.world import NOW, world
from tests.unit.schemes.teaching.world import settings as shop
from tests.unit.segments.synthetic import PERIOD, assigned, changed, segments_of

WriteProject = Callable[..., Project]
TREE = NOW | {"models": ["tree"], "tree_leaves": 8, "least_evidence": {"orders_count_12p": 3}}


def everybody(seed: int = 5) -> pa.Table:
    """Others than those of the fit: some unknown in a feature or in most, some of whom little was seen."""
    table, random = world(1_500, seed=seed), np.random.default_rng(seed)
    blank = {
        name: [
            None if lost else one
            for one, lost in zip(table[name].to_pylist(), random.random(1_500) < 0.3, strict=True)
        ]
        for name in ("recency_days", "discount_share_12p", "tenure_days", "is_tenure_censored")
    }
    counts = random.choice([None, 0, 2, 3, 9], 1_500).tolist()
    return changed(table, **blank, orders_count_12p=counts)


@pytest.fixture
def taught(engine: Engine, write_project: WriteProject) -> tuple[Project, pa.Table, dict[str, Any]]:
    project = write_project(**shop(TREE))
    # Some of the fit are unknown, too, so that the tree has learned where they go.
    versions = fit_versions(engine.from_arrow(everybody(1)), None, None, None, PERIOD, project)
    (row,) = (one for one in versions.to_pylist() if one["scheme"] == "leavers")
    return project, versions, from_json(row["parameters"])


def by_sql(table: pa.Table, text: str) -> dict[str, str | None]:
    with duckdb.connect() as connection:
        connection.register("customer_segments", table)
        return {one: f"leavers:{name}" if name else None for one, name in connection.sql(text).fetchall()}


def test_sql_decides_as_the_scheme_does(taught: tuple[Project, pa.Table, dict[str, Any]]) -> None:
    project, versions, parameters = taught
    table = everybody()
    expected = segments_of(assigned(table, versions, project), "leavers")
    found = by_sql(table, as_sql(parameters, project.readable, PERIOD))
    assert found == expected
    assert {*found.values()} == {None, "leavers:left", "leavers:stayed"}


def test_the_scheme_of_rules_decides_as_the_scheme_does(
    engine: Engine, taught: tuple[Project, pa.Table, dict[str, Any]], write_project: WriteProject
) -> None:
    project, versions, parameters = taught
    table, document = everybody(), project.every_scheme["leavers"]
    assert isinstance(document, TaughtDocument)
    expected = segments_of(assigned(table, versions, project), "leavers")
    written = yaml.safe_load(as_yaml(document, parameters, project.readable, "leavers_by_rules"))
    (scheme,) = written["schemes"]
    project = write_project(**shop(scheme))
    again = fit_versions(engine.from_arrow(table), None, None, None, PERIOD, project)
    found = segments_of(assigned(table, again, project), "leavers_by_rules")
    assert {one: name and name.replace("_by_rules", "") for one, name in found.items()} == expected


def test_rules_are_told_in_words(taught: tuple[Project, pa.Table, dict[str, Any]]) -> None:
    project, _, parameters = taught
    for language in ("en", "zh"):
        words = Words(language, "EUR", {"leavers:left": "LEFT"}, features=project.readable)
        role, *told = rules_in_words("leavers", parameters, words)
        rules = rules_of(parameters["tree"]["root"], parameters["segments"])
        assert len(told) == len(rules) > 1
        assert any("LEFT" in one for one in told)
        assert all(
            project.readable[c.feature].label[language == "zh"] in said
            for rule, said in zip(rules, told, strict=True)
            for c in rule.conditions
        )
        assert "decide" in role or "分群" in role


# A law: whatever the tree, whoever is asked, exactly one rule holds, and it says what the tree says.

NAMES = ("recency_days", "orders_count_12p", "is_tenure_censored")
BORDERS = (-2.5, 0.0, 0.1, 1.0, 7.0, 123456.789012, 1e15)


def questions(children: Any) -> Any:
    known = st.fixed_dictionaries({"feature": st.sampled_from(NAMES), "above": children, "below": children})
    number = st.fixed_dictionaries(
        {
            "feature": st.sampled_from(NAMES[:2]),
            "at_least": st.sampled_from(BORDERS),
            "unknown": st.sampled_from(["above", "below"]),
            "saw_unknown": st.booleans(),
            "above": children,
            "below": children,
        }
    )
    flag = st.fixed_dictionaries(
        {
            "feature": st.just(NAMES[2]),
            "at_least": st.just(1.0),
            "unknown": st.sampled_from(["above", "below"]),
            "saw_unknown": st.booleans(),
            "above": children,
            "below": children,
        }
    )
    return st.one_of(known, number, flag)


leaf = st.sampled_from(range(3)).map(
    lambda place: {
        "class": place,
        "shares": [0.2] * 3,
        "told": [0.1 + 0.7 * (one == place) for one in range(3)],
        "customers": 20,
    }
)
trees = st.recursive(leaf, questions, max_leaves=9)
values = st.one_of(st.none(), st.sampled_from(BORDERS), st.floats(-10, 1e6, allow_nan=False))
people = st.lists(st.tuples(values, values, st.one_of(st.none(), st.booleans())), min_size=1, max_size=12)


def holds(rule: Rule, person: dict[str, Any]) -> bool:
    return all(_holds(one, person[one.feature]) for one in rule.conditions)


def _holds(one: Condition, value: float | None) -> bool:
    if value is None:
        return one.may_be_unknown
    inside = (one.at_least is None or value >= one.at_least) and (one.below is None or value < one.below)
    return one.may_be_known and inside


@given(trees, people)
@settings(max_examples=60, deadline=None)
def test_of_everybody_one_rule_holds_in_every_language(root: Any, who: list[Any]) -> None:
    numbers = {
        name: np.array([np.nan if one[place] is None else float(one[place]) for one in who])
        for place, name in enumerate(NAMES)
    }
    frame = Frame(pa.array([str(one) for one in range(len(who))]), numbers, {})
    tree = [leaves_of(root)[one]["class"] for one in places(root, frame)]
    parameters = {
        "segments": ["a", "b", "c"],
        "features": list(NAMES),
        "tree": {"root": root},
        "least_evidence": {},
        "min_evidence_share": 0.0,
    }
    rules = rules_of(root, parameters["segments"])
    for person, place in zip(who, tree, strict=True):
        said = [rule.segment for rule in rules if holds(rule, dict(zip(NAMES, person, strict=True)))]
        assert said == ["abc"[place]]
    columns = {name: [one[place] for one in who] for place, name in enumerate(NAMES)}
    table = pa.table(
        {
            "customer_id": pa.array(range(len(who))),
            "period": pa.array([PERIOD] * len(who)),
            "recency_days": pa.array(columns["recency_days"], pa.float64()),
            "orders_count_12p": pa.array(columns["orders_count_12p"], pa.float64()),
            "is_tenure_censored": pa.array(columns["is_tenure_censored"], pa.bool_()),
        }
    )
    with duckdb.connect() as connection:
        connection.register("customer_segments", table)
        rows = sorted(connection.sql(as_sql(parameters, FEATURES, PERIOD)).fetchall())
    assert [one for _, one in rows] == ["abc"[place] for place in tree]
    document = TaughtDocument.model_validate(
        NOW
        | {
            "labels": {"feature": "gender"},
            "features": list(NAMES),
            "segments": {one: {"label": {"en": one, "zh": one}} for one in "abc"},
        }
    )
    (scheme,) = yaml.safe_load(as_yaml(document, parameters, FEATURES, "by_rules"))["schemes"]
    checked = RulesDocument.model_validate(scheme)
    frozen = {
        "ramp": 0.0,
        "evidence": checked.evidence,
        "features": checked.features(),
        "rules": [
            {
                "segment": one.segment,
                "when": None if one.when is None else frozen_condition(one.when, {}),
                "reasons": one.reasons,
                "needs": [],
            }
            for one in checked.rules
        ],
    }
    scored = rules_kind.score("by_rules", frozen, frame)
    assert [scored.segment_ids[one] for one in scored.segment] == [
        f"by_rules:{'abc'[place]}" for place in tree
    ]
