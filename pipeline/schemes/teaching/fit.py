"""Fitting a taught scheme: every model tried out of sample, and one taken where its record earns it.

Belongs here: from lessons to frozen parameters, gates and the record. Does not belong here: models, measures
and the gate (``models.classes``), or scoring (``kinds.taught``).

Labels of later periods are tested on a rolling origin, as forecasts are. Labels without a time are tested on
customers who were held out: five parts by a hash of the id, each told by what was learned from the others.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.forecasts.fitting import record_rows
from pipeline.models.classes import gate, methods
from pipeline.models.classes.calibration import calibrated
from pipeline.models.classes.shares import confusion, likeliest, logarithms
from pipeline.models.classes.target import Classes, HeldOut, TriedClasses
from pipeline.models.classes.tree import leaves_of
from pipeline.models.design import Column
from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats, Sample
from pipeline.models.parameters import rounded
from pipeline.models.rolling import FORECAST, Origin, Rolling, pooled
from pipeline.schemes.teaching.lessons import LABEL, Lessons
from pipeline.settings import Project, TaughtDocument

#: Parts of customers with a label that are held out in turn.
PARTS = 5
#: Number of the period at which parts are asked for: of none.
_NO_PART = -1


def fit(document: TaughtDocument, sample: Sample, project: Project, champion: dict[str, Any] | None) -> Fit:
    """Models taught by the ``Lessons`` of ``sample``, if their record earns it; ``notes`` hold the record.

    The method is the one with the least Brier score out of sample. A tree among the models is kept beside
    whichever it is, since its rules can be read.
    """
    given_lessons = sample.origins if isinstance(sample, Lessons) else ()
    segments, later = list(document.segments), document.labels.periods_later
    given = [one for one in document.features if one in project.givable_to_schemes]
    columns = [Column(one, is_skewed=_is_skewed(project, one)) for one in given]
    tried = methods.methods(document.models, columns, LABEL if later else "")
    target = Classes(len(segments), document.tree_leaves)
    origins = list(given_lessons) if later else _parts(given_lessons)
    kind = Rolling if later else HeldOut
    rolling: Rolling[TriedClasses] = kind(origins, later, tried, target, project.seed)
    here = max((one.place for one in origins), default=0) + later if later else _NO_PART
    outcome = np.concatenate([one.outcome for one in origins]) if origins else np.empty(0)
    fewest = project.segments.min_customers_to_fit
    gates = gate.enough(outcome, segments, fewest, len(rolling.tested(here)) if later else None)
    if not all(one.passed for one in gates):
        return Fit(None, gates, len(outcome))
    record = rolling.record(here)
    gates = (*gates, *gate.earned(rolling, record, here))
    is_earned = all(one.passed for one in gates)
    notes = _notes(rolling, record, here, document, is_earned)
    if not is_earned:
        return Fit(None, gates, len(outcome), notes)
    method, frame = rolling.chosen(here), pooled(origins)[0]
    parameters: dict[str, Any] = {
        "segments": segments,
        "method": method.name,
        "model": rolling.models(method, here)[0],
        "line": rolling.calibration(method, here),
        "features": given,
        "typical": {one: _typical(frame.number(one)) for one in given},
        "min_evidence_share": project.segments.min_evidence_share,
    }
    if methods.TREE in document.models:
        parameters["tree"] = _tree(rolling, here)
    return Fit(rounded(parameters), gates, len(outcome), notes)


def _is_skewed(project: Project, name: str) -> bool:
    feature = project.readable[name]
    return feature.is_numeric and feature.bounds is None


def _parts(lessons: Sequence[Origin]) -> list[Origin]:
    """The customers of the only lesson in parts by their ids: who else is there changes nobody's part."""
    if not lessons:
        return []
    (whole,) = lessons
    ids = whole.frame.customer_id.cast(pa.string()).to_pylist()
    part = np.array([zlib.crc32(one.encode()) % PARTS for one in ids])
    return [
        Origin(whole.period, one, whole.frame.taken(part == one), whole.outcome[part == one])
        for one in range(PARTS)
        if (part == one).any()
    ]


def _typical(values: Floats) -> float | None:
    """The middle value, or none where it is usual not to be known."""
    known = values[~np.isnan(values)]
    return float(np.quantile(known, 0.5, method="inverted_cdf")) if 2 * len(known) >= len(values) else None


def _tree(rolling: Rolling[TriedClasses], here: int) -> dict[str, Any]:
    """The tree that all lessons teach; its leaves have the shares that it would be called by, set right."""
    (method,) = (one for one in rolling.methods if one.name == methods.TREE)
    (tree,), line = rolling.models(method, here), rolling.calibration(method, here)
    root = rounded(tree["root"])
    for leaf in leaves_of(root):
        shares = calibrated(logarithms(np.array([leaf["shares"]])), line)
        leaf |= {"told": shares[0].tolist(), "class": int(likeliest(shares)[0])}
    return {"root": root}


def _notes(
    rolling: Rolling[TriedClasses],
    record: Sequence[TriedClasses],
    here: int,
    document: TaughtDocument,
    is_earned: bool,
) -> dict[str, Any]:
    """The record of each segment as a probability, and how often who was called what, out of sample."""
    segments = list(document.segments)
    counts = np.zeros((len(segments), len(segments)), np.int64)
    for origin in rolling.tested(here):
        told = likeliest(rolling.forecast(origin)[1].values)
        counts += confusion(told, origin.outcome, len(segments))
    tested = rolling.origins[-1].period
    called, right = counts.sum(axis=0), np.diag(counts)
    labelled = counts.sum(axis=1)
    return {
        "method": rolling.chosen(here).name,
        "is_held_out": not document.labels.periods_later,
        "segments": [
            {
                "segment": name,
                "labelled": int(labelled[place]),
                "called_so": int(called[place]),
                "precision_share": _share(right[place], called[place]),
                "recall_share": _share(right[place], labelled[place]),
                "really": {other: int(counts[at, place]) for at, other in enumerate(segments)},
            }
            for place, name in enumerate(segments)
        ],
        "record": {
            document.segment_id(name): record_rows(
                [
                    one.by_class[place]
                    for one in record
                    if document.labels.periods_later or one.period is None
                ],
                FORECAST if is_earned else None,
                tested,
            )
            for place, name in enumerate(segments)
        },
    }


def _share(part: Any, whole: Any) -> float | None:
    return round(float(part / whole), 6) if whole else None
