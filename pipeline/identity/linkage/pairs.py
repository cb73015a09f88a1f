"""Pairs of accounts that are one customer, or may be.

Belongs here: comparing new and changed accounts with all, and the evidence of a pair. Does not
belong here: clusters (``refine``, ``identity``), fitting (``model``).
"""

import json
from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.values import held
from pipeline.identity.linkage import splinked
from pipeline.identity.linkage.comparables import comparables, frequencies, plain_comparables
from pipeline.identity.linkage.households import capped_weight, group_weights
from pipeline.identity.linkage.model import Model, logit, model_of
from pipeline.identity.linkage.rules import ruled_pairs, without_conflicts
from pipeline.settings import Project
from pipeline.tables.zones import ACCOUNT_PAIRS

#: Pairs from this match probability on are listed: weaker ones tell nobody anything.
LEAST_PROBABILITY = 0.05
_PAIR = ["left_account_id", "right_account_id"]


def account_pairs(
    engine: Engine,
    now: ir.Table,
    before: ir.Table,
    pairs_before: ir.Table,
    version: pa.Table,
    period: str,
    project: Project,
) -> ir.Table:
    """Pairs of accounts known by the end of ``period``: rows of ``ACCOUNT_PAIRS``.

    ``now`` and ``before`` are the ``ACCOUNT_IDENTITIES`` of this period and the one before (empty in
    the first), ``pairs_before`` the pairs of the one before, ``version`` the model in force (``fit``).

    Pairs of accounts whose ``identity_digest`` did not change are carried over; new and changed
    accounts are compared with each other and with all others. The outcome is that of comparing
    all with all under the same version; in the period of its fit all are compared with all.

    ``link_rule`` is the first deterministic rule that holds, else ``model``. Under a model a pair has
    its ``match_weight`` (bits), ``match_probability`` and ``match_evidence``: level and weight of every
    comparison, without values; a pair that a rule links although the model thinks little of it has none.
    Pairs below ``LEAST_PROBABILITY`` that no rule links are left out, and so are pairs in conflict: two
    national ids that are no slip of each other, or other given names with birth dates years apart.
    """
    if not project.identity.link:
        return engine.from_arrow(ACCOUNT_PAIRS.schema.empty_table())
    model = model_of(version)
    identities = now.filter(now.period == period)
    table = comparables(plain_comparables(identities), model.terms if model else {})
    if model is not None and version["fitted_period"][-1].as_py() == period:
        new, old = table, None  # pairs of the period before are of another version, or of none
    else:
        known = before.select("account_id", "identity_digest").distinct()
        changed = identities.anti_join(known, ["account_id", "identity_digest"]).select("account_id")
        new = held(table.semi_join(changed, "account_id"))
        old = held(table.anti_join(changed, "account_id"))
    found = [engine.from_arrow(ACCOUNT_PAIRS.schema.empty_table()), compared(engine, [new], model)]
    if old is not None:
        found += [compared(engine, [new, old], model), _carried(pairs_before, old)]
    every = ibis.union(*(one.select(*ACCOUNT_PAIRS.columns[1:]) for one in found))
    return held(every.mutate(period=ibis.literal(period)).select(*ACCOUNT_PAIRS.columns))


def _carried(pairs: ir.Table, old: ir.Table) -> ir.Table:
    """Pairs of the period before between accounts that did not change."""
    kept = pairs.semi_join(old.select(left_account_id="account_id"), "left_account_id")
    return kept.semi_join(old.select(right_account_id="account_id"), "right_account_id")


def compared(engine: Engine, sides: Sequence[ir.Table], model: Model | None) -> ir.Table:
    """Pairs within one side, or between two: by rule and by the model, without conflicts.

    Sides are held ``comparables`` of different accounts. Columns: the two accounts, ``link_rule``,
    ``match_weight``, ``match_probability``, ``match_evidence``.
    """
    names = [_name(side) for side in sides]
    ruled = held(engine.sql(ruled_pairs(names)))
    unscored = {"match_weight": "float64", "match_probability": "float64", "match_evidence": "string"}
    if model is None or not all(_rows(side) for side in sides):
        return ruled.mutate(**{name: ibis.null(kind) for name, kind in unscored.items()})
    with splinked.splink_on(engine) as db_api:
        scored = held(_scored(engine, db_api, sides, model))
    kept = held(engine.sql(without_conflicts(_name(scored), names)))
    joined = ruled.outer_join(kept, _PAIR)
    return held(
        joined.select(
            **{one: ibis.coalesce(joined[one], joined[f"{one}_right"]) for one in _PAIR},
            link_rule=joined.link_rule.fill_null("model"),
            **{name: joined[name] for name in unscored},
        )
    )


def _scored(engine: Engine, db_api: Any, sides: Sequence[ir.Table], model: Model) -> ir.Table:
    """Pairs that share a key, at ``LEAST_PROBABILITY`` or above, with their evidence."""
    lookups = frequencies(engine, sides, model.terms)
    # Splink shows levels only beside the values; neither leaves this function
    shown = ("retain_intermediate_calculation_columns", "retain_matching_columns")
    settings = model.settings | dict.fromkeys(shown, True)
    name = splinked.scored(db_api, sides, settings, model.keys, lookups, logit(LEAST_PROBABILITY))
    pairs = engine.sql(f'select * from "{name}"')
    weight = capped_weight(group_weights(pairs), model.prior_weight, model.caps)
    scored = pairs.mutate(weight=weight)
    likely = scored.filter(scored.weight >= logit(LEAST_PROBABILITY))
    odds = ibis.literal(2.0, "float64") ** ibis.least(likely.weight, 500.0)
    return likely.select(
        left_account_id=ibis.least(likely.account_id_l, likely.account_id_r),
        right_account_id=ibis.greatest(likely.account_id_l, likely.account_id_r),
        match_weight=likely.weight.round(6),
        match_probability=(odds / (odds + 1.0)).round(6),
        match_evidence=_evidence(likely, model),
    )


def _evidence(pairs: ir.Table, model: Model) -> ir.StringValue:
    """JSON of the level and weight (bits) of each comparison of which both values are known, and of
    what was taken off because members of one household share it."""
    parts = []
    for comparison in model.settings["comparisons"]:
        name = comparison["output_column_name"]
        known = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
        labels = [json.dumps(one["label_for_charts"]) for one in known]
        # Splink numbers levels from the last, 0, to the first
        level = pairs[f"gamma_{name}"].cases(
            *((len(known) - 1 - i, label) for i, label in enumerate(labels)), else_=""
        )
        weight = pairs[f"mw_{name}"]
        if f"mw_tf_adj_{name}" in pairs.columns:
            weight = weight + pairs[f"mw_tf_adj_{name}"]
        text = (
            ibis.literal(f'"{name}":{{"level":') + level + ',"weight":' + weight.round(2).cast("string") + "}"
        )
        parts.append(ibis.ifelse(pairs[f"gamma_{name}"] >= 0, text, ibis.null("string")))
    beyond = (pairs.weight - pairs.match_weight).round(2)
    shared = ibis.literal('"beyond what a household shares":{"weight":') + beyond.cast("string") + "}"
    parts.append(ibis.ifelse(beyond < 0, shared, ibis.null("string")))
    return (
        ibis.literal("{") + ibis.literal(",").join(ibis.array(parts).filter(lambda one: one.notnull())) + "}"
    )


def _name(table: ir.Table) -> str:
    return str(table.op().name)


def _rows(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())
