"""Plain ways to a quantity: what a first analyst, or a manager, would say.

Belongs here: the mean, the same again, the own rate, the long silent. Does not belong here: models.

Source of the last: Wübben and von Wangenheim, "Instant customer base analysis: managerial heuristics often
get it right", Journal of Marketing 72 (2008): who has been silent for longer than so many days is gone,
everybody else goes on at their own past rate. Managers named the border; here it is the one that erred least
in the past.
"""

from typing import Any

import numpy as np

from pipeline.models.candidates import Model
from pipeline.models.frame import Floats, Frame

MEAN, SAME_AGAIN, OWN_RATE, SILENCE = "mean", "same_again", "own_rate", "silence"
#: Of what is or is not in each period: the share of periods in which it was.
OWN_SHARE = "own_share"
#: Days that rates are counted in, as rates of features are.
RATE_DAYS = 30.0
#: Borders that are tried: each twentieth of customers by their silence.
_BORDERS = np.arange(1, 20) / 20.0


def fit(model: Model, frame: Frame, outcome: Floats) -> dict[str, Any]:
    """Frozen parameters of a plain ``model``.

    Its columns are the sum of the last periods (the same again), or the rate, the sum of the window and the
    days of silence, or the share of periods.
    """
    names = [one.feature for one in model.columns]
    if model.kind == MEAN:
        return {"kind": MEAN, "features": [], "mean": float(outcome.mean())}
    if model.kind == OWN_SHARE:
        return {"kind": OWN_SHARE, "features": names, "periods": model.periods}
    found: dict[str, Any] = {"kind": model.kind, "features": names, "days": model.days}
    if model.kind == SILENCE:
        silence = frame.number(names[2])
        own = score(found | {"kind": OWN_RATE}, frame)
        borders = np.unique(np.nanquantile(silence, _BORDERS, method="inverted_cdf"))
        errors = [float(np.mean((np.where(silence <= one, own, 0.0) - outcome) ** 2)) for one in borders]
        found["longest"] = float(borders[int(np.argmin(errors))])
    return found


def score(parameters: dict[str, Any], frame: Frame) -> Floats:
    """What is expected of each customer; what is unknown counts as nothing."""
    kind, names = parameters["kind"], parameters["features"]
    if kind == MEAN:
        return np.full(len(frame), parameters["mean"])
    own: Floats = np.nan_to_num(frame.number(names[0]), nan=0.0)
    if kind == SAME_AGAIN:
        return own
    if kind == OWN_SHARE:
        return np.asarray(own * parameters["periods"])
    # Of who has been seen for less than the days ahead: no more than all that was seen.
    own = np.minimum(own * (parameters["days"] / RATE_DAYS), np.nan_to_num(frame.number(names[1]), nan=0.0))
    if kind == OWN_RATE:
        return own
    return np.where(frame.number(names[2]) <= parameters["longest"], own, 0.0)
