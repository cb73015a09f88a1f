"""Forecasts that a scheme reads: part of its version, frozen with it.

Belongs here: the step from features to features with forecasts beside them. Does not belong here: forecasts
(``forecasts``), or what a scheme makes of them (``kinds``).

A version of a scheme keeps the parameters of every forecast that it reads. So an old version says of new
features what it would have said, and who moves because a forecast was fitted anew moved by the model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.forecasts import FORECASTS
from pipeline.forecasts.scoring import reads as forecast_reads
from pipeline.forecasts.scoring import score
from pipeline.models.frame import Frame, Sample

#: Frozen parameters of forecasts, by name.
Forecasts = Mapping[str, dict[str, Any]]


def named_in(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are forecasts."""
    return [one for one in names if one in FORECASTS]


def is_plain(name: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a plain way is published in the place of the forecast of that name."""
    return parameters["method"] in {one.name for one in FORECASTS[name].baselines}


def behind(names: Iterable[str]) -> list[str]:
    """Features behind ``names``: a forecast is replaced by all that any version of it may read."""
    return _each(names, {name: one.reads for name, one in FORECASTS.items()})


def behind_frozen(names: Iterable[str], forecasts: Forecasts) -> list[str]:
    """Features behind ``names``: a forecast is replaced by what its frozen parameters read."""
    frozen = {name: forecast_reads(one) for name, one in forecasts.items()}
    return _each(names, {name: frozen.get(name, []) for name in FORECASTS})


def _each(names: Iterable[str], instead: Mapping[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(found for one in names for found in instead.get(one, [one])))


def with_forecasts(frame: Frame, names: Iterable[str], forecasts: Forecasts) -> Frame:
    """``frame`` with the forecasts among ``names``; one that ``forecasts`` lack is unknown."""
    found = {
        name: score(forecasts[name], frame) if name in forecasts else np.full(len(frame), np.nan)
        for name in named_in(names)
    }
    return replace(frame, numbers=frame.numbers | found) if found else frame


def sample_with_forecasts(sample: Sample, names: Iterable[str], forecasts: Forecasts) -> Sample:
    """``sample`` with the forecasts among ``names``, in both periods by the same parameters."""
    wanted = list(names)
    before = sample.before
    return Sample(
        with_forecasts(sample.now, wanted, forecasts),
        None if before is None else with_forecasts(before, wanted, forecasts),
    )
