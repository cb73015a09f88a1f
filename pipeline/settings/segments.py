"""Settings of segmenting that are the same for every scheme: evidence, cadence of refits, gates.

Belongs here: what the segments stage may be told. Does not belong here: any one scheme (``schemes``).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pipeline.periods import Cadence
from pipeline.settings.base import Settings, wrong

#: Keys that stood here before each scheme had a document of its own.
_MOVED = {"tiers", "rfm", "lifecycle", "clusters", "least_evidence"}
#: Periods in a quarter.
_QUARTER: dict[Cadence, int] = {"month": 3, "week": 13}


class SegmentSettings(Settings):
    """Schemes in force, evidence they need, and when they are refitted."""

    schemes: list[str] | None = Field(None, description="schemes that are used; default: every one")
    warm_up_periods: int = Field(
        3, ge=1, description="nothing is fitted before this many periods have been seen"
    )
    refit_every_periods: Annotated[int, Field(ge=1)] | Literal["quarter", "none"] = Field(
        "quarter", description="cadence of refits: so many periods, or a quarter; none: fitted once"
    )
    min_evidence_share: float = Field(0.5, ge=0, le=1)
    min_customers_to_fit: int = Field(50, ge=10)
    sample_size: int = Field(
        50_000, ge=100, description="customers fitted on, at most; chosen by a hash of the id"
    )
    categories_count: int = Field(
        20,
        ge=1,
        le=100,
        description="new_category_1p names one of so many categories of goods, at most: those that most "
        "customers buy; nothing is told of others",
    )
    hysteresis_margin: float = Field(
        0.10,
        ge=0,
        le=1,
        description="a refit moves a customer only when the new centre is nearer by this share",
    )
    leave_odds: float = Field(
        8.0,
        ge=0,
        description="a customer leaves its segment when the odds against it are so many times what they are "
        "of customers in general: (1 - β) / α of a sequential test that moves one in ten who have not "
        "changed and misses one in five who have; 0: it leaves at once",
    )
    continued_overlap: float = Field(
        0.7,
        ge=0,
        le=1,
        description="a segment lives on through a refit from this overlap (Jaccard); gate: a challenger that "
        "would leave a named segment below it is refused",
    )
    related_overlap: float = Field(0.3, ge=0, le=1)
    max_model_moved_share: float = Field(
        0.5, ge=0, le=1, description="gate: a challenger that would move more of the population is refused"
    )

    @model_validator(mode="before")
    @classmethod
    def _moved_keys(cls, given: Any) -> Any:
        moved = sorted(_MOVED & set(given)) if isinstance(given, Mapping) else []
        if moved:
            words = (
                "it stands no longer here: write what differs under schemes, a scheme an entry, for instance "
                "schemes: [{scheme: lifecycle, thresholds: {lost_after_days: 90}}]"
            )
            raise wrong(*(((one,), words) for one in moved))
        return given

    def refit_every(self, period: Cadence) -> int | None:
        """Periods from one refit to the next, for a project of months or weeks; none: never."""
        match self.refit_every_periods:
            case "quarter":
                return _QUARTER[period]
            case "none":
                return None
            case int(periods):
                return periods
