"""Why a customer is in its segments: reading what the versions in force scored by.

Belongs here: the rows that an explanation is made from, and the row that it becomes. Does not belong here:
reasons (``segments.explaining``), sentences (``publish.why``).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.cli.summary import manifest_of
from pipeline.cli.summary import rows as published
from pipeline.engine import Engine, Lake
from pipeline.engine.dialect import md5
from pipeline.features import customer_features_table
from pipeline.models.frame import Frame, frame_of
from pipeline.models.parameters import from_json
from pipeline.publish.texts import Language, Words
from pipeline.publish.why import sentence
from pipeline.schemes import serving
from pipeline.schemes.kind import Parameters
from pipeline.segments import Explanation, explained, placed_anew, scoring_input
from pipeline.settings import Project
from pipeline.tables import zones

#: Customers that one is compared with, chosen by the hash of their ids: their medians are near those of all.
OTHERS = 2_000


@dataclass(frozen=True)
class Compared:
    """Rows of ``CUSTOMER_FEATURES`` with the segments before: of the customer ``now`` and a period ago
    (``past``, if it was there), and of ``others``; and parameters of the versions in force, by scheme."""

    period: str
    now: pa.Table
    past: pa.Table
    others: pa.Table
    versions: Mapping[str, Parameters]


def explanations(project: Project, lake: Lake, engine: Engine, customer_id: str) -> list[dict[str, Any]]:
    """Why the customer is in its segments as of the newest period with assignments, a row a scheme.

    Keys: ``period``, ``scheme``, ``segment_id``, ``confidence``, ``other_segment_id``, ``is_own_past``,
    ``was_there``, ``factors``, ``change``, ``named_only`` (see ``publish.why``), ``sentence`` and
    ``sentence_zh``. None for a customer who is not in the population, and in schemes that assign it nowhere.
    """
    known = compared(project, lake, engine, customer_id)
    if known is None or not known.now.num_rows:
        return []
    labels, rows = _labels(project), []
    for scheme, parameters in known.versions.items():
        reads, limits = scored_by(project, scheme, parameters)
        now, past, others = frames_of(known, scheme, reads)
        if found := explained(scheme, parameters, now, past, others, reads, **limits):
            rows.append(_row(found, known.period, project, labels))
    return rows


def compared(project: Project, lake: Lake, engine: Engine, customer_id: str | None) -> Compared | None:
    """What explanations of a customer (None: of nobody) in the newest period are made from; None before
    anything was assigned."""
    periods = lake.periods(zones.ASSIGNMENTS.path)
    if not periods:
        return None
    contract = customer_features_table(project.catalogue)
    period, before = periods[-1], periods[-2] if len(periods) > 1 else None
    held = engine.read(lake.files(zones.ASSIGNMENTS.path, [before]), zones.ASSIGNMENTS) if before else None

    versions = engine.to_arrow(
        engine.read(lake.files(zones.SCHEME_VERSIONS.path, [period]), zones.SCHEME_VERSIONS)
    )
    anew = placed_anew(versions)

    def rows(of: str, chosen: Callable[[ir.Table], ir.Table]) -> pa.Table:
        features = engine.read(lake.files(contract.path, [of]), contract)
        return engine.to_arrow(scoring_input(chosen(features), held, project, anew=anew))

    def mine(features: ir.Table) -> ir.Table:
        return features.filter(features.customer_id == (customer_id or ""))

    def some(features: ir.Table) -> ir.Table:
        others = features.filter(features.customer_id != (customer_id or ""))
        return others.order_by(md5(others.customer_id), others.customer_id).limit(OTHERS)

    now = rows(period, mine)
    frozen = {one["scheme"]: one["parameters"] for one in versions.to_pylist()}
    return Compared(
        period,
        now,
        rows(before, mine) if before else now.slice(0, 0),
        rows(period, some),
        {name: from_json(frozen[name]) for name in project.every_scheme if frozen.get(name)},
    )


def scored_by(project: Project, scheme: str, parameters: Parameters) -> tuple[list[str], dict[str, Any]]:
    """Features that a version scores by, and what may be told of them (see ``segments.explained``)."""
    reads = serving.scoring_reads(project.every_scheme[scheme], parameters)
    kinds = {name: project.readable[name] for name in reads}
    return reads, {
        "withheld": [name for name in reads if name in project.privacy.withheld],
        "named": [name for name, one in kinds.items() if one.is_text],
        "whole": [name for name, one in kinds.items() if not pa.types.is_floating(one.type)],
        "fewest": project.publish.min_group_count,
    }


def frames_of(known: Compared, scheme: str, reads: list[str]) -> tuple[Frame, Frame | None, Frame]:
    """Frames of the customer, its past, and others, with what a version of ``scheme`` reads."""
    is_remembered = f"previous_segment_{scheme}" in known.others.schema.names
    remembered = [scheme] if is_remembered else []
    now, past, others = (frame_of(one, reads, remembered) for one in (known.now, known.past, known.others))
    return now, past if len(past) else None, others


def _row(
    found: Explanation, period: str, project: Project, labels: Mapping[Language, Mapping[str, str]]
) -> dict[str, Any]:
    change = found.change
    row: dict[str, Any] = {
        "period": period,
        "scheme": found.scheme,
        "segment_id": found.segment,
        "confidence": _known(found.confidence),
        "other_segment_id": found.other,
        "is_own_past": found.is_own_past,
        "was_there": found.was_there,
        "factors": [
            {
                "feature": one.feature,
                "value": _known(one.value),
                "other_value": _known(one.other),
                "effect": round(one.effect, 2),
            }
            for one in found.factors
        ],
        "change": None
        if change is None
        else {
            "feature": change.feature,
            "value": change.value,
            "is_greater": change.is_greater,
            "segment_id": change.segment,
            "passed_share": round(change.passed_share, 3),
        },
        "named_only": list(found.named_only),
    }
    named = [name for name, one in project.readable.items() if one.is_text]
    for language, said in labels.items():
        words = Words(language, project.currency, said, project.every_scheme, project.readable)
        row["sentence" if language == "en" else f"sentence_{language}"] = sentence(row, words, named)
    return row


def _labels(project: Project) -> dict[Language, dict[str, str]]:
    """Labels of segments, those of clusters among them, as the newest publication has them."""
    register = published(project, "segment_register", max(manifest_of(project).periods))
    columns: dict[Language, str] = {"en": "label", "zh": "label_zh"}
    return {
        language: {one["segment_id"]: one[column] for one in register} for language, column in columns.items()
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
