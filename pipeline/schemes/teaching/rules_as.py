"""Rules of a taught scheme's tree elsewhere: as SQL over a publication, and as a scheme of rules in YAML.

Belongs here: writing them so that they decide as the tree does, for everybody. Does not belong here: what the
rules are (``questions``), or words for people (``publish``).

Both say nothing of the period before: a taught scheme may keep a customer in the segment that it had, for
want of evidence against it, where its tree, as these, would say another one.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from pipeline.features import Feature
from pipeline.models.rounding import told
from pipeline.schemes.teaching.questions import Condition, Rule, rules_of
from pipeline.settings import TaughtDocument
from pipeline.tables import fields

#: Digits that a number in SQL has at most and is read exactly, whatever its type there.
_EXACT_DIGITS = 15
_MOST_REASONS = 3

Parameters = Mapping[str, Any]


def rules(parameters: Parameters) -> list[Rule]:
    """Rules of the tree of a version with ``parameters``. Raises ``KeyError`` where it has none."""
    return rules_of(parameters["tree"]["root"], parameters["segments"])


def least_known(parameters: Parameters) -> int:
    """Of how many of its features a customer must be known, at least, to be placed."""
    size = len(parameters["features"])
    shares = told(np.arange(size + 1) / size, fields.evidence_share)
    return int(np.argmax(shares >= parameters["min_evidence_share"]))


def as_sql(parameters: Parameters, catalogue: Mapping[str, Feature], period: str) -> str:
    """A query of ``customer_segments``: what the tree calls each customer of ``period``; null where too
    little is known of it."""
    flags = {name for name in parameters["features"] if pa.types.is_boolean(catalogue[name].type)}
    lines = [f"    WHEN {one} THEN NULL" for one in _too_little(parameters)]
    for rule in rules(parameters):
        held = " AND ".join(text for one in rule.conditions if (text := _sql(one, flags))) or "TRUE"
        lines.append(f"    WHEN {held} THEN '{rule.segment}'")
    end = ["  END AS segment", "FROM customer_segments", f"WHERE period = '{period}'", ""]
    return "\n".join(["SELECT", "  customer_id,", "  CASE", *lines, *end])


def _too_little(parameters: Parameters) -> list[str]:
    """Conditions under which too little is known of a customer to place it."""
    found = [f"COALESCE({name}, 0) < {least}" for name, least in parameters["least_evidence"].items()]
    if fewest := least_known(parameters):
        known = " + ".join(f"CASE WHEN {one} IS NULL THEN 0 ELSE 1 END" for one in parameters["features"])
        found.append(f"{known} < {fewest}")
    return found


def _sql(one: Condition, flags: set[str]) -> str:
    """A condition in SQL; empty where it holds of everybody."""
    name, ends = one.feature, []
    if name in flags:
        ends += [name] if one.at_least is not None else []
        ends += [f"NOT {name}"] if one.below is not None else []
    else:
        ends += [f"{name} >= {_number(one.at_least)}"] if one.at_least is not None else []
        ends += [f"{name} < {_number(one.below)}"] if one.below is not None else []
    if not one.may_be_known:
        return f"{name} IS NULL"
    if not one.may_be_unknown:
        return " AND ".join(ends) or f"{name} IS NOT NULL"
    return f"({name} IS NULL OR {' AND '.join(ends)})" if ends else ""


def _number(value: float) -> str:
    """A number as SQL reads it exactly: with few digits plainly, else as a double."""
    plain = f"{value:.0f}" if value.is_integer() and abs(value) < 10.0**_EXACT_DIGITS else repr(value)
    is_short = "e" not in plain and sum(one.isdigit() for one in plain) <= _EXACT_DIGITS
    return plain if is_short else f"{value:.17e}"


def as_rules_scheme(
    document: TaughtDocument, parameters: Parameters, catalogue: Mapping[str, Feature], name: str
) -> dict[str, Any]:
    """A document of ``kind: rules`` called ``name`` that decides as the tree does."""
    found = rules(parameters)
    flags = {one for one in parameters["features"] if pa.types.is_boolean(catalogue[one].type)}
    used = [one for one in document.segments if any(rule.segment == one for rule in found)]
    said: dict[str, Any] = {
        "scheme": name,
        "kind": "rules",
        "label": {
            "en": f"{document.label.en}, by rules",
            "zh": f"{document.label.zh}（规则）",
        },
        "ramp": 0,
        "least_evidence": dict(parameters["least_evidence"]),
        "evidence": list(parameters["features"]),
        "least_known_share": parameters["min_evidence_share"],
        "rules": [
            _rule([rule for rule in found if rule.segment == one], flags, parameters, is_last=one == used[-1])
            for one in used
        ],
        "segments": {
            one: document.segments[one].model_dump(mode="json", exclude_none=True, exclude_defaults=True)
            for one in used
        },
    }
    if document.needs_any_entity:
        said["needs_any_entity"] = list(document.needs_any_entity)
    return {key: value for key, value in said.items() if value not in ({}, None)}


def as_yaml(
    document: TaughtDocument, parameters: Parameters, catalogue: Mapping[str, Feature], name: str
) -> str:
    """``schemes`` of a project with the rules scheme alone."""
    scheme = as_rules_scheme(document, parameters, catalogue, name)
    return yaml.safe_dump({"schemes": [scheme]}, sort_keys=False, allow_unicode=True, width=math.inf)


def _rule(mine: Sequence[Rule], flags: set[str], parameters: Parameters, is_last: bool) -> dict[str, Any]:
    asked = [one.feature for rule in mine for one in rule.conditions]
    often = sorted(dict.fromkeys(asked), key=lambda one: (-asked.count(one), asked.index(one)))
    found: dict[str, Any] = {"segment": mine[0].segment}
    if not is_last:
        each = [_all([_yaml(one, flags) for one in rule.conditions]) for rule in mine]
        found["when"] = each[0] if len(each) == 1 else {"any": each}
    return found | {"reasons": (often or list(parameters["features"]))[:_MOST_REASONS]}


def _all(conditions: Sequence[dict[str, Any] | None]) -> dict[str, Any]:
    said = [one for one in conditions if one is not None]
    return said[0] if len(said) == 1 else {"all": said}


def _yaml(one: Condition, flags: set[str]) -> dict[str, Any] | None:
    """A condition in the words of rules; none where it holds of everybody."""
    of: dict[str, Any] = {"feature": one.feature}
    ends: list[dict[str, Any]] = []
    if one.feature in flags:
        ends += [of | {"is": True}] if one.at_least is not None else []
        ends += [of | {"is": False}] if one.below is not None else []
    else:
        ends += [of | {"at_least": one.at_least}] if one.at_least is not None else []
        ends += [of | {"below": one.below}] if one.below is not None else []
    if not one.may_be_known:
        return of | {"known": False}
    if not one.may_be_unknown:
        return _all(ends) if ends else of | {"known": True}
    return {"any": [of | {"known": False}, _all(ends)]} if ends else None
