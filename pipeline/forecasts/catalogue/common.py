"""What forecasts of orders, of answers and of use have in common: outcomes, the plainest baselines.

Belongs here: what more than one kind of outcome needs. Does not belong here: any forecast, or features of one
entity (the modules beside this one).
"""

from pipeline.features import Feature
from pipeline.forecasts.declaration import Baseline, Course, Outcome
from pipeline.models.design import Column
from pipeline.models.frame import Flags, Floats
from pipeline.models.quantity import plain

CONSTANT = Baseline("constant", ("Constant rate", "固定比率"))
MEAN = Baseline("mean", ("Mean of all", "全体平均"), kind=plain.MEAN)


def as_is(*features: Feature) -> tuple[Column, ...]:
    """Features as columns, on their own scale."""
    return tuple(Column(one.name, is_skewed=False) for one in features)


def same_again(same: Feature) -> Baseline:
    """What ``same`` holds of the last three periods, again."""
    return Baseline(
        "same_again", ("Same as the last three periods", "与近三期相同"), as_is(same), plain.SAME_AGAIN
    )


def sum_of(measure: Feature) -> Outcome:
    """The outcome that is the sum of ``measure`` over the horizon."""

    def whole(course: Course) -> Floats:
        return course.later[measure.name]

    return whole


def none_of(measure: Feature) -> Outcome:
    """The outcome that there is nothing of ``measure`` over the horizon."""

    def is_none(course: Course) -> Flags:
        found: Flags = course.later[measure.name] == 0
        return found

    return is_none
