"""What a forecast is: one declaration with its outcome; columns, labels and dictionary follow.

Belongs here: ``Forecast``, ``Baseline``, what an outcome may look at. Does not belong here: any forecast (the
modules beside this one), or how it is fitted (``fitting``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.features import Family, Feature
from pipeline.features.declaration import Label
from pipeline.models.frame import Flags, Floats, Frame
from pipeline.models.probability.design import Column
from pipeline.models.probability.methods import Method, Model

FAMILY = Family("forecasts", 120, ("Forecasts", "预测"))

#: Methods that compete to be a forecast, the first while there is no record to choose by, with what readers
#: call them.
MODELS: Mapping[str, Label] = {
    "average": ("Average of both models", "两个模型的平均"),
    "logistic": ("Logistic regression", "逻辑回归"),
    "additive": ("Boosted step functions", "提升阶梯函数"),
}


@dataclass(frozen=True)
class Course:
    """Customers at an origin and after: ``now`` their features, ``later`` sums of measures over the horizon.

    ``days_now`` are the days of the last so many periods at the origin, ``days_later`` those of the horizon.
    """

    now: Frame
    later: Mapping[str, Floats]
    days_now: Callable[[int], float]
    days_later: float


Outcome = Callable[[Course], Flags]


@dataclass(frozen=True)
class Baseline:
    """A plain way to the same forecast: logistic regression on a few columns; on none it is the rate."""

    name: str
    label: Label
    columns: tuple[Column, ...] = ()

    @property
    def method(self) -> Method:
        """The baseline as a method."""
        return Method(self.name, (Model("logistic", self.columns),), is_plain=True)


@dataclass(frozen=True, eq=False)
class Forecast:
    """The probability that ``outcome`` holds of a customer over the next ``horizon`` periods.

    ``measures`` are the features of each later period whose sums the outcome looks at; ``inputs`` the
    features that models may learn from; ``at_least`` says of whom it can be asked at all: counts with the
    least number of each, the others are null. ``baselines`` are what it must beat.
    """

    __texts__ = ("meaning", "label", "null")

    name: str
    label: Label
    meaning: str
    horizon: int
    outcome: Outcome
    measures: tuple[Feature, ...]
    inputs: tuple[Feature, ...]
    baselines: tuple[Baseline, ...]
    at_least: Mapping[Feature, int]
    null: str

    def __post_init__(self) -> None:
        if personal := [one.name for one in self.inputs if one.pii != "none"]:
            raise ValueError(f"forecast {self.name} may not read what narrows a person down: {personal}")
        if not self.name.endswith(f"_probability_{self.horizon}p"):
            raise ValueError(f"forecast {self.name}: the name must end with _probability_{self.horizon}p")

    @cached_property
    def feature(self) -> Feature:
        """The forecast as a feature that schemes may read."""
        return Feature(
            FAMILY,
            self.name,
            self.meaning,
            self.label,
            "probability 0-1",
            formula=None,
            window=f"next {self.horizon}p",
            null=f"{self.null}; or no method has earned it yet (model_backtests)",
            minimum=0,
            maximum=1,
            uses=self.inputs,
            is_forecast=True,
        )

    @property
    def methods(self) -> list[Method]:
        """Every method that is tried: models that compete, then the plain baselines."""
        columns = tuple(Column(one.name, is_skewed=one.bounds is None) for one in self.inputs)
        kinds = (Model("logistic", columns), Model("additive", columns))
        parts = {"average": kinds, "logistic": kinds[:1], "additive": kinds[1:]}
        models = [Method(name, parts[name], is_plain=False) for name in MODELS]
        return [*models, *(one.method for one in self.baselines)]

    @property
    def reads(self) -> list[str]:
        """Features at the origin that fitting reads."""
        of_baselines = [column.feature for one in self.baselines for column in one.columns]
        asked = [one.name for one in (*self.inputs, *self.at_least)]
        return list(dict.fromkeys([*asked, *of_baselines, *self.outcome_reads]))

    @property
    def outcome_reads(self) -> Sequence[str]:
        """Features of later periods, and at the origin, that the outcome looks at."""
        return [one.name for one in self.measures]
