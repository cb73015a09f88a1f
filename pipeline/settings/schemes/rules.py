"""The document of a rules scheme: segments by conditions with soft borders, in order of priority.

Belongs here: conditions, rules, thresholds. Does not belong here: degrees and memberships
(``pipeline.schemes.kinds.rules``).
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from pipeline.settings.base import Settings, wrong
from pipeline.settings.declared import declared
from pipeline.settings.problems import shown
from pipeline.settings.schemes.base import NumericFeature, SchemeDocument, known_feature, repeated

#: A threshold that every rules scheme may name: the days of the features' window.
WINDOW_DAYS = "window_days"


def _in_numbers(name: str, info: ValidationInfo) -> str:
    """A feature that is a number or a flag."""
    one = known_feature(name, info)
    if one is not None and not one.is_numeric and str(one.type) != "bool":
        raise ValueError(f"feature {name!r} is neither a number nor a flag")
    return name


RuleFeature = Annotated[str, AfterValidator(_in_numbers)]
#: A number, or the name of one of the scheme's thresholds.
Threshold = float | str


class Condition(Settings):
    """One of: a feature against a threshold, or ``all``, ``any``, ``first_known`` of several conditions.

    A feature is ``at_least`` or ``below`` a threshold, (a flag) ``is`` true or false, or is ``known`` or not.
    ``capped_at`` takes no more of it than so much. ``keeps`` is the threshold for who was in the segment
    already: it is left only where the feature falls behind that. ``first_known`` is the first whose
    feature is known, else the last.
    """

    feature: RuleFeature | None = None
    at_least: Threshold | None = None
    below: Threshold | None = None
    keeps: Threshold | None = None
    is_: bool | None = Field(None, alias="is")
    known: bool | None = None
    capped_at: Threshold | None = None
    all_: "list[Condition] | None" = Field(None, alias="all", min_length=1)
    any_: "list[Condition] | None" = Field(None, alias="any", min_length=1)
    first_known: "list[Condition] | None" = Field(None, min_length=2)

    @model_validator(mode="after")
    def _one_thing(self, info: ValidationInfo) -> Self:
        forms = [self.feature, self.all_, self.any_, self.first_known]
        if sum(one is not None for one in forms) != 1:
            raise ValueError("a condition has exactly one of feature, all, any, first_known")
        tests = [self.at_least, self.below, self.is_, self.known]
        said = sum(one is not None for one in tests)
        if self.feature is not None and said != 1:
            raise ValueError("a condition on a feature has exactly one of at_least, below, is, known")
        if self.feature is None and (said or self.capped_at is not None or self.keeps is not None):
            raise ValueError("at_least, below, is, known, keeps, capped_at need a feature")
        if self.keeps is not None and self.at_least is None and self.below is None:
            raise ValueError("keeps goes with at_least or below")
        known = declared(info).features.get(self.feature or "")
        is_flag = known is not None and not known.is_numeric
        if known is not None and self.known is None and is_flag != (self.is_ is not None):
            wanted = "a flag: say is: true or false" if is_flag else "a number: say at_least or below"
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
    reasons: list[RuleFeature] = Field(min_length=1, max_length=3)
    fact: bool = False
    needs: list[RuleFeature] | None = Field(
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
    evidence: list[RuleFeature] = Field(
        min_length=1, description="features whose being known is the evidence"
    )
    needs: list[RuleFeature] = Field([], description="features that must be known for any assignment")
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

    def fitted(self) -> dict[str, FittedThreshold]:
        """Thresholds that a fit finds."""
        return {name: one for name, one in self.thresholds.items() if isinstance(one, FittedThreshold)}

    def features(self) -> list[str]:
        """Every feature that scoring reads."""
        named = [*self.evidence, *self.needs, *(one.feature for one in self.fitted().values())]
        for rule in self.rules:
            named += [one.feature for one in (rule.when.leaves() if rule.when else ()) if one.feature]
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
