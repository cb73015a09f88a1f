"""The document of a rules scheme: segments by conditions with soft borders, in order of priority.

Belongs here: conditions, rules, thresholds. Does not belong here: degrees and memberships
(``pipeline.schemes.kinds.rules``).
"""

from collections.abc import Collection, Iterator
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from pipeline.settings.base import Settings, wrong
from pipeline.settings.declared import declared
from pipeline.settings.problems import shown
from pipeline.settings.schemes.base import (
    MOST_CLASSES,
    ComparableFeature,
    NumericFeature,
    SchemeDocument,
    repeated,
)

#: A threshold that every rules scheme may name: the days of the features' window.
WINDOW_DAYS = "window_days"


#: A number, or the name of one of the scheme's thresholds.
Threshold = float | str


class Condition(Settings):
    """One of: a feature against a threshold, or ``all``, ``any``, ``first_known`` of several conditions.

    A feature is ``at_least`` or ``below`` a threshold, or (a flag) ``is`` true or false, or (a text)
    ``one_of`` some, or is ``known`` or not. ``capped_at`` takes no more of it than so much. ``keeps`` is the
    threshold for who was in the segment already: it is left only where the feature falls behind that.
    ``first_known`` is the first whose feature is known, else the last. With ``above`` a number counts by how
    far it lies above the greatest of these that is known.
    """

    feature: ComparableFeature | None = None
    at_least: Threshold | None = None
    below: Threshold | None = None
    keeps: Threshold | None = None
    is_: bool | None = Field(None, alias="is")
    one_of: list[str] | None = Field(None, min_length=1)
    known: bool | None = None
    capped_at: Threshold | None = None
    above: list[NumericFeature] | None = Field(None, min_length=1)
    all_: "list[Condition] | None" = Field(None, alias="all", min_length=1)
    any_: "list[Condition] | None" = Field(None, alias="any", min_length=1)
    first_known: "list[Condition] | None" = Field(None, min_length=2)

    @model_validator(mode="after")
    def _one_thing(self, info: ValidationInfo) -> Self:
        forms = [self.feature, self.all_, self.any_, self.first_known]
        if sum(one is not None for one in forms) != 1:
            raise ValueError("a condition has exactly one of feature, all, any, first_known")
        tests = [self.at_least, self.below, self.is_, self.one_of, self.known]
        said = sum(one is not None for one in tests)
        if self.feature is not None and said != 1:
            raise ValueError("a condition on a feature has exactly one of at_least, below, is, one_of, known")
        if self.feature is None and (said or self.capped_at is not None or self.keeps is not None):
            raise ValueError("at_least, below, is, one_of, known, keeps, capped_at need a feature")
        is_number = self.at_least is not None or self.below is not None
        if (self.keeps is not None or self.above) and not is_number:
            raise ValueError("keeps goes with at_least or below, and so does above")
        if (feature := declared(info).features.get(self.feature or "")) and self.known is None:
            wanted, is_right = (
                ("a number: say at_least or below", is_number)
                if feature.is_numeric
                else ("a text: say one_of", self.one_of is not None)
                if feature.is_text
                else ("a flag: say is: true or false", self.is_ is not None)
            )
            if not is_right:
                raise ValueError(f"{self.feature} is {wanted}")
        if self.first_known and any(one.feature is None for one in self.first_known):
            raise ValueError("first_known lists conditions on features")
        return self

    def parts(self) -> "list[Condition]":
        """The conditions that this one is made of; none for a condition on a feature."""
        return self.all_ or self.any_ or self.first_known or []

    def leaves(self) -> "Iterator[Condition]":
        """All conditions on features within."""
        if self.feature is not None:
            yield self
        for one in self.parts():
            yield from one.leaves()

    def features(self) -> list[str]:
        """Features of all conditions within."""
        return [name for one in self.leaves() for name in (str(one.feature), *(one.above or ()))]


class FittedThreshold(Settings):
    """A threshold that is fitted: the value of ``feature`` below which ``quantile`` of those above zero lie.

    Fitted in refits and frozen in between, like borders of a tier (law L7).
    """

    feature: NumericFeature
    quantile: float = Field(gt=0, lt=1)


class Rule(Settings):
    """A segment and the condition for being in it; the last rule has none: it takes everybody else.

    ``reasons`` are the features that a customer in it is explained by, in order. A ``fact`` rests on
    dates, or on what was written down, alone: the scheme's least evidence is not asked for.
    """

    segment: str
    when: Condition | None = None
    reasons: list[ComparableFeature] = Field(min_length=1, max_length=3)
    fact: bool = False
    needs: list[ComparableFeature] | None = Field(
        None, description="features that must be known of a customer in the segment; default: the scheme's"
    )


class RulesDocument(SchemeDocument):
    """Rules in order of priority; a customer belongs to a rule as far as it holds and none before does.

    ``thresholds`` are numbers that conditions may name, so that a project can change one alone, or how they
    are fitted.
    ``ramp`` is the half width of every border, as a share of the threshold.
    """

    kind: Literal["rules"] = "rules"
    thresholds: dict[str, float | FittedThreshold] = {}
    ramp: float = Field(0.2, ge=0, le=1)
    evidence: list[ComparableFeature] = Field(
        min_length=1, description="features whose being known is the evidence"
    )
    needs: list[ComparableFeature] = Field([], description="features that must be known for any assignment")
    least_known_share: float = Field(
        0, ge=0, le=1, description="share of the evidence that must be known for any assignment, at least"
    )
    rules: list[Rule] = Field(min_length=1)

    def facts(self) -> list[str]:
        """Ids of segments that are facts."""
        return [self.segment_id(one.segment) for one in self.rules if one.fact]

    def rests_on(self) -> list[str]:
        """Features without which the rules mean nothing."""
        return [*super().rests_on(), *self.evidence]

    def exact_features(self) -> list[str]:
        """Features of conditions: confidence is a degree on their ramps."""
        return self.features()

    def told_exactly(self, withheld: Collection[str]) -> list[str]:
        """Withheld features that conditions cut into more classes than may be told: with one of these all
        borders are hard."""
        return sorted(name for name, cuts in self._cuts(withheld).items() if len(cuts) >= MOST_CLASSES)

    def classes_of(self, withheld: Collection[str]) -> list[str]:
        """Withheld features that conditions are on."""
        return sorted(self._cuts(withheld))

    def _cuts(self, names: Collection[str]) -> dict[str, set[Any]]:
        """What conditions compare each of ``names`` with."""
        found: dict[str, set[Any]] = {}
        for rule in self.rules:
            for leaf in rule.when.leaves() if rule.when else ():
                for one in {str(leaf.feature), *leaf.above} & set(names) if leaf.above else ():
                    found[one] = set(range(MOST_CLASSES))  # a difference tells more than a class
                if leaf.feature in names:
                    with_what = [leaf.at_least, leaf.below, leaf.keeps, leaf.capped_at, leaf.is_, leaf.known]
                    cuts: set[Any] = {one for one in with_what if one is not None}
                    cuts |= {tuple(sorted(leaf.one_of))} if leaf.one_of else set()
                    found[str(leaf.feature)] = found.get(str(leaf.feature), set()) | cuts
        return found

    def fitted(self) -> dict[str, FittedThreshold]:
        """Thresholds that a fit finds."""
        return {name: one for name, one in self.thresholds.items() if isinstance(one, FittedThreshold)}

    def has_fitted_borders(self) -> bool:
        """Whether a threshold is a quantile of the customers of a fit."""
        return bool(self.fitted())

    def features(self) -> list[str]:
        """Every feature that scoring reads."""
        named = [*self.evidence, *self.needs, *(one.feature for one in self.fitted().values())]
        for rule in self.rules:
            named += rule.when.features() if rule.when else []
            named += [*rule.reasons, *(rule.needs or ())]
        return list(dict.fromkeys(named))

    @model_validator(mode="after")
    def _rules_are_whole(self) -> Self:
        names = [one.segment for one in self.rules]
        self.only_segments({("rules", at, "segment"): one for at, one in enumerate(names)})
        if twice := repeated(names):
            raise wrong(
                *(
                    (("rules", at, "segment"), f"{names[at]} has two rules; join them with any")
                    for at in twice
                )
            )
        if without := [at for at, one in enumerate(self.rules[:-1]) if one.when is None]:
            words = "it has no when, so that no later rule is ever reached"
            raise wrong(*((("rules", at), f"{names[at]}: {words}") for at in without))
        if self.rules[-1].when is not None:
            words = f"the last rule, {names[-1]}, takes everybody else: it has no when"
            raise wrong((("rules", len(names) - 1, "when"), words))
        self._check_thresholds()
        return self

    def _check_thresholds(self) -> None:
        """Raises ``ValueError`` for a threshold that a condition names and nobody gives."""
        if WINDOW_DAYS in self.thresholds:
            words = f"{WINDOW_DAYS} is given by the length of the project's periods"
            raise wrong((("thresholds", WINDOW_DAYS), words))
        known = [*self.thresholds, WINDOW_DAYS]
        unknown = [
            (at, one)
            for at, rule in enumerate(self.rules)
            for leaf in (rule.when.leaves() if rule.when else ())
            for one in (leaf.at_least, leaf.below, leaf.keeps, leaf.capped_at)
            if isinstance(one, str) and one not in known
        ]
        if unknown:
            words = f"there are {', '.join(known)}"
            raise wrong(
                *(
                    (("rules", at, "when"), f"there is no threshold {shown(one)}; {words}")
                    for at, one in unknown
                )
            )
