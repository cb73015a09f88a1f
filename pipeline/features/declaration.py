"""What a feature is: one declaration with its formula; contracts, labels and dictionary follow.

Belongs here: ``Family``, ``Feature``. Does not belong here: any single feature (one module a
family, beside this one), or the sums that formulae start from (``sums``).

Windows count periods that end with the row's period: ``12p`` is the last twelve. Rates are
per 30 days of exposure: days from the later of the window's start and the customer's first
event to as_of, so that months of 28 and 31 days compare and new customers are not diluted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.ledgers import ByKey, Reading
from pipeline.tables.model import NUMBER, Field, Pii
from pipeline.tables.units import UNITS_ZH

if TYPE_CHECKING:
    from pipeline.features.sums import Measured
    from pipeline.features.window import Window

PROFILES = "profiles"
#: English and Chinese.
Label = tuple[str, str]
#: How a cluster is described that is high, or low, in the feature: English, then Chinese.
Words = tuple[str, str, str, str]
Formula = Callable[["Measured", "Window"], ir.Value]
#: How a trait of the customer shows itself in a feature. ``rate``: events per 30 days of exposure.
#: ``share``: of the periods since the first event. ``gap``: mean time between as many events as
#: ``counted_by`` counts. ``level``: a mean or share of what ``counted_by`` counts. ``none``: in none of these
#: ways, such as what happened between two spans.
Trait = Literal["rate", "share", "gap", "level", "none"]
#: Of other values of the row, by name: evidence, and features that a project declares by formula.
FormulaOfNames = Callable[[Mapping[str, ir.Value]], ir.Value]


@dataclass(frozen=True, eq=False)
class Feature:
    """One feature of a customer as of the end of a period.

    ``reads`` are the measures of ledgers that ``formula`` may look at; the entities that a project
    needs follow from them. ``null`` says when the value is unknown ("" for never, except where the
    project lacks an entity). ``ripens``: values grow, or become known, as a young project's window
    fills, whatever customers do. ``words`` describe clusters. ``told_by`` are columns (entity, column)
    of which a source must map at least one, beside those that its entities need anyway. ``counted_by`` names
    the feature that counts the observations behind a share, rate or mean: its evidence. ``trait`` says how a
    trait shows itself in it, where not as a ``level`` of what was counted; ``opens``: the first of what is
    counted made it a customer, so it opens the time that the value is over and tells nothing of the trait.
    ``varied_by`` names the feature that has the coefficient of variation of the values behind a mean.

    A project's own feature (``features.own``) computes ``of_names``: from its ``measures`` by the names that
    its ``expression`` has for them, and from the features that it ``uses``. A forecast (``forecasts``) has no
    formula: what it makes of the features that it uses was fitted.
    """

    __texts__ = ("meaning", "label", "unit", "unit_zh", "null", "words")

    family: "Family"
    name: str
    meaning: str
    label: Label
    unit: str
    formula: Formula | None
    reads: tuple[Reading | ByKey, ...] = ()
    window: str = "12p"
    type: pa.DataType = NUMBER
    null: str = "no order in the window"
    minimum: float | None = 0
    maximum: float | None = None
    pii: Pii = "none"
    words: Words | None = None
    ripens: bool = False
    told_by: tuple[tuple[str, str], ...] = ()
    counted_by: str = ""
    trait: Trait | None = None
    opens: bool = False
    varied_by: str = ""
    is_attribute: bool = False
    is_forecast: bool = False
    of_features: FormulaOfNames | None = None
    unit_zh: str = ""
    expression: str = ""
    measures: tuple[tuple[str, Reading], ...] = ()
    uses: tuple["Feature", ...] = ()
    of_names: FormulaOfNames | None = None

    def __post_init__(self) -> None:
        if not all(self.label):
            raise ValueError(f"feature {self.name}: label needs English and Chinese, not {self.label!r}")
        if self.unit not in UNITS_ZH and not self.unit_zh:
            raise ValueError(f"feature {self.name}: unknown unit {self.unit!r}; known: {', '.join(UNITS_ZH)}")
        if not self.meaning:
            raise ValueError(f"feature {self.name} needs a meaning")
        if self.words and not all(self.words):
            raise ValueError(f"feature {self.name}: words need English and Chinese, not {self.words!r}")
        formulae = sum(one is not None for one in (self.formula, self.of_features, self.of_names))
        if formulae != (0 if self.is_forecast else 1):
            raise ValueError(f"feature {self.name} needs one formula, of ledgers, of features or of names")

    @property
    def entities(self) -> tuple[str, ...]:
        """Entities that a project must have for the feature to be known."""
        if self.is_attribute:
            return (PROFILES,)
        every = (*self.reads, *self.uses)
        return tuple(dict.fromkeys(entity for one in every for entity in one.entities))

    @property
    def needs_texts(self) -> bool:
        """Whether it is made of what customers wrote, which any of some entities may tell."""
        return any(one.ledger.of_texts for one in self.reads)

    @property
    def null_meaning(self) -> str:
        """When the value is null; "" for never."""
        if self.needs_texts and not self.null:
            return "the project has no texts"
        if self.null or not self.entities:
            return self.null
        return f"the project has no {' or '.join(one.replace('_', ' ') for one in self.entities)}"

    @property
    def field(self) -> Field:
        """The feature as a column of a contract."""
        return Field(
            self.name,
            self.type,
            self.meaning,
            self.unit,
            (),
            self.minimum,
            self.maximum,
            self.pii,
            self.null_meaning,
            zh=self.label[1],
        )

    @property
    def shows(self) -> Trait:
        """How a trait shows itself in the feature: as declared, else as a level of what is counted."""
        return self.trait or ("level" if self.counted_by else "none")

    @property
    def is_numeric(self) -> bool:
        """Whether the feature is a number (counts, amounts, shares), not a category or flag."""
        is_other = (pa.types.is_string, pa.types.is_boolean, pa.types.is_temporal)
        return not any(kind(self.type) for kind in is_other)

    @property
    def is_text(self) -> bool:
        """Whether the feature is a text, a category mostly."""
        found: bool = pa.types.is_string(self.type)
        return found

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Least and greatest possible value, if it has both."""
        if self.minimum is None or self.maximum is None:
            return None
        return float(self.minimum), float(self.maximum)


@dataclass(frozen=True)
class Family:
    """Features of one theme; ``place`` orders the families."""

    __texts__ = ("place", "label")

    name: str
    place: int
    label: Label

    def __post_init__(self) -> None:
        if not all(self.label):
            raise ValueError(f"family {self.name}: label needs English and Chinese, not {self.label!r}")

    def feature(
        self,
        name: str,
        meaning: str,
        label: Label,
        unit: str,
        formula: Formula,
        reads: Sequence[Reading | ByKey] = (),
        window: str = "12p",
        type: pa.DataType = NUMBER,
        null: str = "no order in the window",
        minimum: float | None = 0,
        maximum: float | None = None,
        pii: Pii = "none",
        words: Words | None = None,
        ripens: bool = False,
        told_by: Sequence[tuple[str, str]] = (),
        counted_by: str = "",
        trait: Trait | None = None,
        opens: bool = False,
        varied_by: str = "",
    ) -> Feature:
        """A feature of the family by a formula over measures; see ``Feature``."""
        return Feature(
            self,
            name,
            meaning,
            label,
            unit,
            formula,
            tuple(reads),
            window,
            type,
            null,
            minimum,
            maximum,
            pii,
            words,
            ripens,
            tuple(told_by),
            counted_by,
            trait,
            opens,
            varied_by,
        )

    def attribute(
        self,
        name: str,
        meaning: str,
        label: Label,
        unit: str,
        type: pa.DataType,
        minimum: float | None = None,
        words: Words | None = None,
    ) -> Feature:
        """An attribute of the customer as its profiles say: a quasi-identifier, known or not."""
        feature = self.feature(
            name, meaning, label, unit, lambda m, window: m.customer[name], (), "as known", type, "not known",
            minimum, None, "quasi", words,
        )  # fmt: skip
        return replace(feature, is_attribute=True)
