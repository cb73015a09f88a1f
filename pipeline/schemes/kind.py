"""What a kind of scheme is: what it reads, how it fits, how it scores.

Belongs here: the face that all kinds share. Does not belong here: any kind (``kinds``).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from pipeline.models.fitting import Fit
from pipeline.models.frame import Frame, Sample
from pipeline.periods import Cadence
from pipeline.schemes.scored import Scored
from pipeline.settings import Project

#: Frozen parameters of a version: all that scoring needs.
Parameters = dict[str, Any]
#: Days of the twelve periods that features look at.
WINDOW_DAYS: dict[Cadence, float] = {"month": 365.0, "week": 84.0}


@dataclass(frozen=True)
class Kind:
    """One kind of scheme; ``document`` arguments are the settings of a scheme of this kind.

    ``inputs``: features whose being known is the scheme's evidence, with weights, of those that
    can be given. ``reads``: features that a fit reads. ``is_possible``: whether these suffice.
    ``scoring_reads``: features that scoring with frozen parameters reads. ``fit`` starts from the
    champion's parameters where it can; ``score`` gets the scheme's id and fits nothing (law L7).
    ``learns``: a fit is made on the customers with the least evidence only.
    ``believes``: features count by what is believed of the traits
    behind them (``schemes.traits``), not as they were seen.
    ``earns``: what it says is tested out of sample at each fit, and a version whose record earns it no longer
    is withdrawn (law L12).
    """

    name: str
    inputs: Callable[[Any, Collection[str]], list[tuple[str, float]]]
    reads: Callable[[Any, Collection[str]], list[str]]
    is_possible: Callable[[Any, Collection[str]], bool]
    scoring_reads: Callable[[Parameters], list[str]]
    fit: Callable[[Any, Sample, Project, Parameters | None], Fit]
    score: Callable[[str, Parameters, Frame], Scored]
    learns: bool = True
    believes: bool = True
    earns: bool = False

    @property
    def scoring_code(self) -> tuple[Callable[..., Any], ...]:
        """The code that scores, without that which fits."""
        return (self.inputs, self.reads, self.is_possible, self.scoring_reads, self.score)


def equal_weights(names: Collection[str], givable: Collection[str]) -> list[tuple[str, float]]:
    """Those of ``names`` that can be given, each with equal weight."""
    return [(one, 1.0) for one in names if one in givable]
