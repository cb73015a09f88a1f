"""Rules looked at together: what is broken is found as if each had been asked by itself."""

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.quality.rules import Rule, rules
from pipeline.quality.suites import validate
from pipeline.quality.together import together
from pipeline.tables import fields as f
from pipeline.tables.model import NUMBER, TEXT, Field, table

SHARES = ("a_share", "b_share", "c_share")
FREE = ("d_change", "e_change")
TABLE = table(
    "clean",
    "wide",
    "a row",
    "period line_key",
    (
        f.period,
        f.line_key,
        *(Field(name, NUMBER, "A share.", "share 0-1") for name in SHARES),
        *(Field(name, NUMBER, "A change.", "times") for name in FREE),
        Field("kind", TEXT, "A word."),
    ),
    "kind a_share",
)
ODD = st.sampled_from([0.0, 0.5, 1.0, None, -0.5, 1.5, np.inf, -np.inf])


def frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    numbers = pd.DataFrame(rows, columns=[*SHARES, *FREE], dtype="float64")
    keys = {"period": "2024-01", "line_key": [str(one) for one in range(len(rows))], "kind": "x"}
    return numbers.assign(**keys)[TABLE.columns]


def broken(rule: Rule, found: pd.DataFrame) -> bool:
    """The rule as a reader of the contract would look."""
    if rule.kind == "columns" or not rule.columns:
        return False
    values = found[rule.columns[0]]
    match rule.kind:
        case "known":
            return bool(values.isna().any())
        case "limits":
            return bool((values < rule.low).any() or (rule.high is not None and (values > rule.high).any()))
        case "finite":
            return bool(np.isinf(values).any())
        case _:
            return False


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(ODD, ODD, ODD, ODD, ODD), min_size=1, max_size=4))
def test_exactly_the_broken_rules_are_told(rows: list[tuple[Any, ...]]) -> None:
    found = frame(rows)

    told = {one.partition(":")[0] for group in validate(TABLE, found) for one in group.failures}

    assert told == {rule.subject for rule in rules(TABLE) if broken(rule, found)}


def test_columns_of_one_bound_share_one_look_at_each_end() -> None:
    looks = together(rules(TABLE), frame([(0.0, 0.5, 1.0, 2.0, -2.0)]))

    shared = [
        (look.kind, look.low, look.high, len(some))
        for look, some in looks.stands_for.items()
        if len(some) > 1
    ]
    assert shared == [
        ("known", None, None, 6),
        ("limits", 0, None, 3),
        ("limits", None, 1, 3),
        ("finite", None, None, 2),
        ("finite", None, None, 2),
    ]
