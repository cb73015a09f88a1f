"""Taught schemes: each customer in the segment of its most probable label, by models that labels taught.

Belongs here: scoring and reasons. Does not belong here: learning (``schemes.teaching``), models
(``models.classes``).

The score is the probability of the segment's label, in percent, as it was found right out of sample. Features
count as they were seen: a rule of a tree then has the same answer wherever it is asked. Somebody with a label
is scored like everybody else, for a label says what is, and a segment what the features say.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.models.classes import methods
from pipeline.models.classes.calibration import calibrated
from pipeline.models.classes.shares import likeliest
from pipeline.models.fitting import Fit
from pipeline.models.frame import Floats, Frame, Integers, Sample
from pipeline.schemes.earned import EARNED, earned
from pipeline.schemes.kind import Kind, Parameters, equal_weights
from pipeline.schemes.reasons import Reasons, weightiest
from pipeline.schemes.remembered import against, before, evened, kept, usual_shares
from pipeline.schemes.scored import Scored, decided, evidence
from pipeline.settings import Project, TaughtDocument


def fit(document: TaughtDocument, sample: Sample, project: Project, champion: Parameters | None) -> Fit:
    """What the labels of ``sample`` teach, where it is earned; see ``teaching.fit``."""
    from pipeline.schemes.teaching import (
        fit as teaching,
    )  # scikit-learn and forecasts: only a fit pays for it

    found = teaching.fit(document, sample, project, champion)
    if found.parameters is None:
        return found
    here = score(document.scheme, found.parameters, replace(sample.now, previous_segments={})).segment
    usual = usual_shares(here, len(found.parameters["segments"]))
    return replace(found, parameters=found.parameters | {"usual": usual})


def score(scheme: str, parameters: Parameters, frame: Frame) -> Scored:
    """Segment of each customer: that with the most probable label.

    A customer stays in the segment of the period before unless there is evidence for another one, as far as
    second looks tell: how probable a label is says nothing of what another look would find. A reason's
    contribution is in points of the score: how much less probable the segment's label were with the feature's
    typical value.
    """
    ids = [f"{scheme}:{one}" for one in parameters["segments"]]
    log_shares = methods.log_shares(parameters["model"], frame)
    shares = calibrated(log_shares, parameters["line"])
    segment, previous = likeliest(shares), before(scheme, ids, frame)
    again = earned(parameters, shares.T, frame)
    there = against(again, parameters)
    is_kept = kept(segment, previous, there, parameters) & (EARNED in parameters)
    segment = np.where(is_kept, previous, segment)
    customers = np.arange(len(frame))
    points = 100.0 * shares[customers, segment]
    share = evidence(frame, equal_weights(parameters["features"], parameters["features"]))
    return decided(
        ids,
        segment,
        evened(segment, is_kept, again),
        share >= parameters["min_evidence_share"],
        points,
        share,
        _reasons(parameters, frame, segment, points),
        there,
    )


def _reasons(parameters: Parameters, frame: Frame, segment: Integers, points: Floats) -> Reasons:
    """Features without which the score were another one; what is not known is no reason."""
    typical = {name: np.nan if one is None else one for name, one in parameters["typical"].items()}
    customers = np.arange(len(frame))
    features, contributions = (
        list(parameters["features"]),
        np.full((len(parameters["features"]), len(frame)), np.nan),
    )
    for name, log_shares in methods.without(parameters["model"], frame, typical):
        without = 100.0 * calibrated(log_shares, parameters["line"])[customers, segment]
        difference = np.round(points - without, 6)
        is_one = frame.known(name) & (difference != 0)
        contributions[features.index(name)] = np.where(is_one, difference, np.nan)
    values = np.stack([frame.told(one) for one in features])
    return weightiest(features, values, contributions)


def _inputs(document: TaughtDocument, givable: Collection[str]) -> list[tuple[str, float]]:
    return equal_weights(document.features, givable)


def _is_possible(document: TaughtDocument, givable: Collection[str]) -> bool:
    return document.labels.feature in givable and bool(_inputs(document, givable))


def _scoring_reads(parameters: Parameters) -> list[Any]:
    return list(parameters["features"])


KIND = Kind(
    name="taught",
    inputs=_inputs,
    reads=lambda document, givable: [feature for feature, _ in _inputs(document, givable)],
    is_possible=_is_possible,
    scoring_reads=_scoring_reads,
    fit=fit,
    score=score,
    believes=False,
    earns=True,
)
