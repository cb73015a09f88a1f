"""Rules of the tree of a taught scheme, or beside clusters, in words, as a person reads them aloud.

Belongs here: sentences. Does not belong here: what the rules are (``schemes.teaching.questions``), or rules
for programs (``schemes.teaching.rules_as``).
"""

from typing import Any

import pyarrow as pa

from pipeline.forecasts import METHOD_LABELS
from pipeline.models.classes.methods import TREE
from pipeline.publish.formats import percent
from pipeline.publish.texts import Words
from pipeline.schemes.teaching.questions import Condition, Rule
from pipeline.schemes.teaching.rules_as import rules

#: What the rules of a tree are to the scheme: they decide, another model does and they stand beside it, or
#: they describe clusters.
DECIDES, BESIDE, DESCRIBE = "rules_decide", "rules_beside", "rules_describe"


def rules_in_words(scheme: str, parameters: dict[str, Any] | None, words: Words) -> list[str]:
    """What the rules are to the scheme, then a sentence each; nothing where the version has no tree."""
    if parameters and parameters.get("surrogate"):
        return _described(scheme, parameters, words)
    if not parameters or TREE not in parameters:
        return []
    method = parameters["method"]
    called = METHOD_LABELS[method][words.language == "zh"]
    role = words(DECIDES) if method == TREE else words(BESIDE, method=called)
    return [role, *(sentence(scheme, one, words) for one in rules(parameters))]


def _described(scheme: str, parameters: dict[str, Any], words: Words) -> list[str]:
    """What sets discovered clusters apart, and how often that was right."""
    found, segments = parameters["surrogate"], [one.partition(":")[2] for one in parameters["segment_ids"]]
    role = words(DESCRIBE, right=percent(found["right_share"]), customers=f"{found['tested_count']:,}")
    of_tree = rules({"tree": found["tree"], "segments": segments})
    return [role, *(sentence(scheme, one, words) for one in of_tree)]


def sentence(scheme: str, rule: Rule, words: Words) -> str:
    """One rule: who it is about, what they are called, how probable that is."""
    said = [text for one in rule.conditions if (text := _condition(one, words))]
    return words(
        "rule",
        who=words("rule_and").join(said) or words("rule_everybody"),
        segment=words.state(f"{scheme}:{rule.segment}"),
        probability=percent(rule.probability),
        customers=f"{rule.customers:,}",
    )


def _condition(one: Condition, words: Words) -> str:
    """A condition in words; empty where it holds of everybody."""
    name = words.feature(one.feature)
    if not one.may_be_known:
        return words("rule_unknown", feature=name)
    span = _span(one, name, words)
    if one.may_be_unknown:
        return words("rule_or_unknown", said=span) if span and one.saw_unknown else span
    return span or words("rule_known", feature=name)


def _span(one: Condition, name: str, words: Words) -> str:
    known = words.features.get(one.feature)
    if known is not None and pa.types.is_boolean(known.type):
        ends = [one.at_least is not None, one.below is not None]
        return words("rule_yes" if ends[0] else "rule_no", feature=name) if any(ends) else ""
    low, high = (
        None if end is None else _value(one.feature, end, words) for end in (one.at_least, one.below)
    )
    if low is not None and high is not None:
        return words("rule_between", feature=name, low=low, high=high)
    if low is not None:
        return words("rule_at_least", feature=name, low=low)
    return "" if high is None else words("rule_below", feature=name, high=high)


def _value(feature: str, value: float, words: Words) -> str:
    """A border with its unit, to six digits: SQL and YAML have all of them."""
    known = words.features.get(feature)
    if known is not None and known.unit.startswith(("share", "probability")):
        return f"{100 * value:,.6g}%"
    return f"{value:,.6g} {words.unit(feature)}".strip()
