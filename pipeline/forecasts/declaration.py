"""What a forecast is: one declaration with its outcome; columns, labels and dictionary follow.

Belongs here: ``Forecast``, ``Baseline``, what an outcome may look at. Does not belong here: any forecast (the
modules beside this one), or how it is fitted (``fitting``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from pipeline.features import Family, Feature
from pipeline.features.declaration import Label
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.models.candidates import Method, Model
from pipeline.models.design import Column
from pipeline.models.frame import Flags, Floats, Frame
from pipeline.models.quantity import methods as quantity
from pipeline.models.quantity import plain
from pipeline.tables.model import Field

FAMILY = Family("forecasts", 120, ("Forecasts", "预测"))

#: What is told: the probability of an outcome, or how much there will be.
Kind = Literal["probability", "quantity"]

#: Lifetime models, of which a forecast says which are tried.
_LIFETIMES: Mapping[str, Label] = {
    "mbg_cnbd_k": ("Lifetime model (MBG/CNBD-k)", "生命周期模型（MBG/CNBD-k）"),
    "pareto_nbd": ("Lifetime model (Pareto/NBD)", "生命周期模型（Pareto/NBD）"),
    "bg_bb": ("Lifetime model by period (BG/BB)", "按期生命周期模型（BG/BB）"),
}
#: Methods that compete to be a forecast of a kind, the first while there is no record to choose by, with what
#: readers call them.
MODELS: Mapping[Kind, Mapping[str, Label]] = {
    "probability": {
        "average": ("Average of both models", "两个模型的平均"),
        "logistic": ("Logistic regression", "逻辑回归"),
        "additive": ("Boosted step functions", "提升阶梯函数"),
        **_LIFETIMES,
    },
    "quantity": {
        "combined": ("Mean of models and last periods", "模型与近期的平均"),
        **_LIFETIMES,
        "regression": ("Poisson regression", "泊松回归"),
        "binomial_regression": ("Binomial regression", "二项回归"),
    },
}
_ENDS: Mapping[str, Label] = {
    "lower": ("lower end of the 80% interval", "80% 区间下限"),
    "upper": ("upper end of the 80% interval", "80% 区间上限"),
}


@dataclass(frozen=True)
class Course:
    """Customers at an origin and after: ``now`` their features, ``later`` sums of measures over the horizon,
    ``at_end`` features stored for its last period.

    ``days_now`` are the days of the last so many periods at the origin, ``days_later`` those of the horizon.
    """

    now: Frame
    later: Mapping[str, Floats]
    at_end: Mapping[str, Floats]
    days_now: Callable[[int], float]
    days_later: float


Outcome = Callable[[Course], Flags | Floats]


@dataclass(frozen=True)
class Baseline:
    """A plain way to the same forecast: of a probability logistic regression on a few columns, on none the
    rate, or the own share; of a quantity one of ``quantity.PLAIN``."""

    name: str
    label: Label
    columns: tuple[Column, ...] = ()
    kind: str = "logistic"

    def method(self, days: float, periods: int) -> Method:
        """The baseline as a method, ``days`` ahead, which are so many ``periods``."""
        return Method(self.name, (Model(self.kind, self.columns, days, periods),), is_plain=True)


@dataclass(frozen=True, eq=False)
class Forecast:
    """The probability that ``outcome`` holds over the next ``horizon`` periods, or how much it is.

    ``measures`` are the features of each later period whose sums the outcome looks at, ``at_end`` those of
    the last one that it looks at as they are; who has no outcome (NaN) is not learned from. ``inputs`` are
    the features that models may learn from, ``also`` those that they learn from where the sources give them;
    ``at_least`` says of whom it can be asked at all: counts with the least number of each, the others are
    null. ``baselines`` are what it must beat. ``history`` are the features that the ``lifetimes`` read, which
    are lifetime models by name, the first of them part of the combination of a quantity. ``minimum`` and
    ``maximum`` are those of a quantity; one with a maximum counts periods. Origins with fewer than
    ``least_periods`` of the project behind them are not learned from: windows of so many periods hold less
    there, and mean less.
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
    kind: Kind = "probability"
    unit: str = "probability 0-1"
    history: tuple[Feature, ...] = ()
    lifetimes: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    least_periods: int = 1
    also: tuple[Feature, ...] = ()
    at_end: tuple[Feature, ...] = ()

    def __post_init__(self) -> None:
        if personal := [one.name for one in (*self.inputs, *self.also) if one.pii != "none"]:
            raise ValueError(f"forecast {self.name} may not read what narrows a person down: {personal}")
        end = f"_probability_{self.horizon}p" if self.kind == "probability" else f"_{self.horizon}p"
        if not self.name.endswith(end):
            raise ValueError(f"forecast {self.name}: the name must end with {end}")

    @cached_property
    def feature(self) -> Feature:
        """The forecast as a feature that schemes may read."""
        is_probability = self.kind == "probability"
        return Feature(
            FAMILY,
            self.name,
            self.meaning,
            self.label,
            self.unit,
            formula=None,
            window=f"next {self.horizon}p",
            null=f"{self.null}; or no method has earned it yet (model_backtests)",
            minimum=0 if is_probability else self.minimum,
            maximum=1 if is_probability else self.maximum,
            uses=tuple(dict.fromkeys((*self.inputs, *self.history))),
            is_forecast=True,
        )

    @cached_property
    def ends(self) -> tuple[Feature, ...]:
        """Lower and upper end of the interval of a quantity, as features; a probability has none."""
        if self.kind == "probability":
            return ()
        stem, periods = self.name.rsplit("_", 1)
        whole = self.feature
        return tuple(
            replace(
                whole,
                name=f"{stem}_{end}_{periods}",
                meaning=f"{self.name}: {said[0]}.",
                label=(f"{self.label[0]}: {said[0]}", f"{self.label[1]}：{said[1]}"),
                null=f"{whole.null}; or its intervals held fewer than 75% or more than 85% out of sample",
            )
            for end, said in _ENDS.items()
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """Columns of the forecast: what is told, and the ends of its interval."""
        return tuple(one.field for one in (self.feature, *self.ends))

    def methods(self, days: float) -> list[Method]:
        """Every method that is tried, ``days`` ahead: models that compete, then the plain baselines.

        What grows with the data counts for no more than the window of the other features: all customers whose
        records are older are known for as long. Else somebody would be said to be steadier from month to
        month for no other reason than that the records go on, beyond whatever a fit has seen.
        """
        histories = tuple(Column(one.name, is_skewed=False) for one in self.history)
        parts: dict[str, tuple[Model, ...]] = {
            kind: (Model(kind, histories, days, self.horizon),) for kind in self.lifetimes
        }
        plainly = [one.method(days, self.horizon) for one in self.baselines]
        parts |= self._probable() if self.kind == "probability" else self._expected(parts, plainly)
        models = [Method(name, parts[name], is_plain=False) for name in MODELS[self.kind] if name in parts]
        window = WINDOW_PERIODS * days / self.horizon
        return [self._within(one, window) for one in (*models, *plainly)]

    def _within(self, method: Method, days: float) -> Method:
        """``method`` with columns that grow with the data counted for no more than a window of ``days``."""
        features = {one.name: one for one in (*self.inputs, *self.also)}
        grows = {name for name, one in features.items() if one.window == "lifetime" and one.unit == "days"}

        def bounded(column: Column) -> Column:
            return replace(column, most=days) if column.feature in grows else column

        models = [replace(one, columns=tuple(map(bounded, one.columns))) for one in method.models]
        return replace(method, models=tuple(models))

    def _probable(self) -> dict[str, tuple[Model, ...]]:
        kinds = (Model("logistic", self._columns), Model("additive", self._columns))
        return {"average": kinds, "logistic": kinds[:1], "additive": kinds[1:]}

    def _expected(
        self, lifetimes: Mapping[str, tuple[Model, ...]], plainly: Sequence[Method]
    ) -> dict[str, tuple[Model, ...]]:
        """The last periods are part of the combination: they err otherwise than models do."""
        is_bounded = self.maximum is not None
        kind = quantity.BINOMIAL if is_bounded else quantity.POISSON
        regression = Model(kind, self._columns, periods=self.horizon)
        [same] = [model for one in plainly for model in one.models if model.kind == plain.SAME_AGAIN]
        return {
            "combined": (*lifetimes[self.lifetimes[0]], regression, same),
            "binomial_regression" if is_bounded else "regression": (regression,),
        }

    @property
    def _columns(self) -> tuple[Column, ...]:
        return tuple(Column(one.name, is_skewed=one.bounds is None) for one in (*self.inputs, *self.also))

    @property
    def reads(self) -> list[str]:
        """Features that fitting reads, at the origin or later."""
        return list(dict.fromkeys([*self.needs, *(one.name for one in self.also)]))

    @property
    def needs(self) -> list[str]:
        """Those of them without which there is no forecast."""
        of_baselines = [column.feature for one in self.baselines for column in one.columns]
        asked = [one.name for one in (*self.inputs, *self.history, *self.at_least)]
        return list(dict.fromkeys([*asked, *of_baselines, *self.outcome_reads]))

    @property
    def outcome_reads(self) -> Sequence[str]:
        """Features of later periods, and at the origin, that the outcome looks at."""
        return [one.name for one in (*self.measures, *self.at_end)]
