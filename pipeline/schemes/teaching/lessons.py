"""Lessons: customers with a label, as they were known when they were told, and what the label was.

Belongs here: from stored features to origins. Does not belong here: fitting (``fit``).

Labels of now are told of the period's own customers. A label of a later period is what the feature says so
many periods later, of the same customer, as it was stored then; at the end of a period only those are known
whose time is over, so nothing that was computed with knowledge of the future can come in (laws L2 and L12).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
from ibis.expr import types as ir

from pipeline.forecasts.training import read_history
from pipeline.models.frame import Sample
from pipeline.models.rolling import Origin
from pipeline.schemes.least_evidence import observed_share
from pipeline.settings import Project, TaughtDocument

#: Newest periods that are learned from, their labels among them: the seasons once round.
LEARNED_PERIODS = 12
#: Column of the label: the place of its segment, from 1; 0 is left for who is gone.
LABEL = "_label"


@dataclass(frozen=True)
class Lessons(Sample):
    """What a fit reads, with what labels teach a taught scheme: customers with one, as of the end of each
    period that is learned from."""

    origins: Sequence[Origin] = ()


def periods_read(document: TaughtDocument) -> int:
    """Newest periods whose features lessons of ``document`` are read from."""
    return LEARNED_PERIODS if document.labels.periods_later else 1


def lessons_of(
    document: TaughtDocument, features: ir.Table, period: str, project: Project, least: dict[str, int]
) -> Sequence[Origin]:
    """Customers with a label by period, oldest first; periods without one are left out.

    ``features`` are ``CUSTOMER_FEATURES`` of the ``periods_read``; who has fewer observations than ``least``
    is left out. A feature that the sources do not give is none.
    """
    labels, calendar = document.labels, project.calendar
    periods = calendar.between(project.first_period, period)[-periods_read(document) :]
    named = [one for one in document.features if one in project.givable_to_schemes]
    history = read_history(
        _labelled(document, features),
        [[*named, *least, LABEL]],
        calendar,
        project.first_period,
        periods,
        project.retention_days,
        project.segments.sample_size,
    )
    gone = list(document.segments).index(labels.gone) if labels.gone else np.nan
    found = []
    for place in range(len(periods) - labels.periods_later):
        frame, later = history.frames[place], place + labels.periods_later
        told = history.later(LABEL, place, [later]) if labels.periods_later else frame.number(LABEL)
        outcome = np.where(told == 0, gone, told - 1.0)
        known = ~np.isnan(outcome) & (observed_share(frame, least) >= 1)
        if known.any():
            found.append(
                Origin(periods[place], history.first_place + place, frame.taken(known), outcome[known])
            )
    return found


def _labelled(document: TaughtDocument, features: ir.Table) -> ir.Table:
    """``features`` with the place of each customer's segment by its label; null without one."""
    segments, value = list(document.segments), features[document.labels.feature]
    is_flag = value.type().is_boolean()
    place = ibis.null("int64")
    for said, segment in document.label_values().items():
        is_said = value == (said == "true" if is_flag else said)
        place = ibis.ifelse(is_said, segments.index(segment) + 1, place)
    return features.mutate(**{LABEL: place.cast("int64")})
