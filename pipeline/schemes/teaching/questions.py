"""Rules of a tree: for each group of customers that it calls the same, what is asked of them all.

Belongs here: from a frozen tree to rules, each whole in itself. Does not belong here: saying them (in words
``publish``, in SQL and YAML ``rules_as``).

Questions about one feature on the way to a leaf become one condition: a span, and whether it may be unknown.
Groups under one question that are called the same are one group: the question decides nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.models.classes.tree import Node


@dataclass(frozen=True)
class Condition:
    """A feature of customers of a rule: known and from ``at_least`` up to ``below`` (none: no end), if it
    ``may_be_known``; or unknown, if it ``may_be_unknown``. ``saw_unknown``: the fit saw such customers, so
    that where they go was learned."""

    feature: str
    at_least: float | None = None
    below: float | None = None
    may_be_known: bool = True
    may_be_unknown: bool = True
    saw_unknown: bool = False


@dataclass(frozen=True)
class Rule:
    """Customers for whom all ``conditions`` hold are called ``segment``, of so many ``customers`` of the fit;
    ``probability`` is that of the label."""

    segment: str
    conditions: tuple[Condition, ...]
    customers: int
    probability: float


def rules_of(root: Node, segments: Sequence[str]) -> list[Rule]:
    """Rules of the tree under ``root``; of every customer exactly one holds. A leaf that nobody can come to
    has none."""
    found = _rules(_joined(root), segments, ())
    return [one for one in found if all(_is_possible(condition) for condition in one.conditions)]


def _is_possible(one: Condition) -> bool:
    """Whether anybody can meet the condition."""
    is_span = one.at_least is None or one.below is None or one.at_least < one.below
    return one.may_be_unknown or (one.may_be_known and is_span)


def _joined(node: Node) -> Node:
    """``node`` without questions that decide nothing."""
    if "class" in node:
        return node
    above, below = _joined(node["above"]), _joined(node["below"])
    if "class" in above and above.get("class") == below.get("class"):
        customers = above["customers"] + below["customers"]
        told: list[Any] = [
            (one * above["customers"] + other * below["customers"]) / customers
            for one, other in zip(above["told"], below["told"], strict=True)
        ]
        return {"class": above["class"], "told": told, "customers": customers}
    return node | {"above": above, "below": below}


def _rules(node: Node, segments: Sequence[str], asked: tuple[Condition, ...]) -> Iterator[Rule]:
    if "class" in node:
        place = node["class"]
        yield Rule(segments[place], asked, node["customers"], float(node["told"][place]))
        return
    for is_above in (True, False):
        yield from _rules(node["above" if is_above else "below"], segments, _asked(asked, node, is_above))


def _asked(conditions: tuple[Condition, ...], node: Node, is_above: bool) -> tuple[Condition, ...]:
    """``conditions`` with the answer to the question of ``node``."""
    name = node["feature"]
    known = {one.feature: one for one in conditions}
    before = known.get(name, Condition(name))
    if "at_least" not in node:  # is it known?
        now = replace(
            before,
            may_be_known=before.may_be_known and is_above,
            may_be_unknown=before.may_be_unknown and not is_above,
        )
    else:
        border, unknown_here = node["at_least"], (node["unknown"] == "above") == is_above
        now = replace(
            before,
            may_be_unknown=before.may_be_unknown and unknown_here,
            saw_unknown=before.saw_unknown or node["saw_unknown"],
        )
        if is_above:
            now = replace(now, at_least=border if now.at_least is None else max(now.at_least, border))
        else:
            now = replace(now, below=border if now.below is None else min(now.below, border))
    return tuple((known | {name: now}).values())
