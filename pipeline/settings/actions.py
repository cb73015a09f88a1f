"""Actions: kinds of contact that a company can afford a number of in each period.

Belongs here: whom an action is for, what it may cost, how it is measured, and whether it names what exists.
Does not belong here: who is contacted (``plans``).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Protocol, Self

from pydantic import Field, field_validator, model_validator

from pipeline.features import Feature
from pipeline.features.value import (
    net_amount_1p,
    net_amount_12p,
    orders_count_1p,
    orders_count_12p,
)
from pipeline.settings.base import NAME, Label, Settings, wrong
from pipeline.settings.problems import Key, shown
from pipeline.settings.schemes import Scheme
from pipeline.settings.schemes.base import instead, repeated

CONSENTS, CONTACTS = "consents", "campaign_contacts"
#: What ``consent`` says of an action that needs none, where the project knows consents.
NO_CONSENT = "none"
#: What an action may be measured by: the feature of one period, and that of the window before as a covariate.
OUTCOMES: Mapping[str, tuple[Feature, Feature]] = {
    "net_amount": (net_amount_1p, net_amount_12p),
    "orders_count": (orders_count_1p, orders_count_12p),
}


class SentAs(Settings):
    """How an action is known among campaign contacts: by all of what is given."""

    campaigns: list[str] | None = Field(None, min_length=1, description="campaign_id is one of these")
    offers: list[str] | None = Field(None, min_length=1, description="offer is one of these")
    channels: list[str] | None = Field(None, min_length=1, description="channel is one of these")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.campaigns or self.offers or self.channels):
            raise ValueError("say campaigns, offers or channels, as campaign contacts have them")
        return self


class Action(Settings):
    """One kind of contact: whom it is for, how many a period, what it costs and how it is measured."""

    action: str = Field(
        pattern=NAME, max_length=40, description="id of the action; another id is another one"
    )
    label: Label
    offer: Label | None = Field(None, description="what is offered")
    channel: Label | None = Field(None, description="how customers are reached")
    segments: dict[str, Annotated[list[str], Field(min_length=1)]] = Field(
        min_length=1,
        description="whom it is for, by scheme: customers in one of the segments, in each of the schemes",
    )
    groups_by: list[str] = Field(
        [], description="further schemes by whose segments the effect is told apart, such as customer_value"
    )
    consent: str | None = Field(
        None, min_length=1, description="purpose that customers must have consented to; none: it needs none"
    )
    capacity: int | None = Field(None, ge=1, description="customers contacted in a period, at most")
    budget_amount: Decimal | None = Field(None, gt=0, description="spent on contacts in a period, at most")
    cost_amount: Decimal = Field(Decimal(0), ge=0, description="cost of one contact")
    outcome: Literal["net_amount", "orders_count"] = Field(
        "net_amount", description="what is measured of the periods after: bought less returned, or orders"
    )
    worth: float = Field(
        1.0,
        gt=0,
        description="what the company earns by one unit of the outcome: its margin of net amount, an amount"
        " for an order; 1: the outcome as it is",
    )
    follow_periods: int = Field(1, ge=1, le=12, description="periods over which the outcome is summed")
    hold_out_share: float = Field(
        0.1,
        gt=0,
        le=0.5,
        description="part of the customers that is never contacted, so that it can be measured",
    )
    explore_share: float = Field(
        0.2,
        ge=0,
        le=1,
        description="part of the contacts that, once effects are measured, goes to groups as often as they"
        " may be the best: so that those that looked bad are measured on",
    )
    least_chance: float = Field(
        0.2,
        ge=0,
        lt=1,
        description="a group is contacted while the probability that it earns more than it costs is so high;"
        " below a half, because a group that is left out is hardly measured any more",
    )
    rest_periods: int = Field(
        0, ge=0, le=120, description="periods for which a customer who was chosen is left alone"
    )
    first_by: str | None = Field(
        None,
        description="feature by which customers are ranked before effects are measured, and within groups"
        " after, the greatest first; none: at random",
    )
    sent_as: SentAs | None = Field(
        None, description="its contacts among campaign_contacts: tells whether the plan was followed"
    )

    @field_validator("groups_by")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        if again := repeated(names):
            raise wrong(*(((at,), f"{names[at]} stands here twice") for at in again))
        return names

    @model_validator(mode="after")
    def _budget_buys_contacts(self) -> Self:
        if self.budget_amount is not None and not self.cost_amount:
            raise wrong((("budget_amount",), "it needs the cost of a contact: say cost_amount, above 0"))
        if self.budget_amount is not None and self.budget_amount < self.cost_amount:
            raise wrong((("budget_amount",), "it pays for no contact: raise it, or lower cost_amount"))
        if both := [one for one in self.groups_by if one in self.segments]:
            words = "its segments tell effects apart already: it stands under segments"
            raise wrong(*((("groups_by", self.groups_by.index(one)), words) for one in both))
        return self

    @property
    def name(self) -> str:
        """Id of the action."""
        return self.action

    @property
    def schemes(self) -> list[str]:
        """Schemes by whose segments its effect is told apart, in order."""
        return [*self.segments, *self.groups_by]

    @property
    def purpose(self) -> str | None:
        """What customers must have consented to; none: it needs no consent."""
        return None if self.consent == NO_CONSENT else self.consent

    @property
    def contacts(self) -> int | None:
        """Contacts that a period has room and money for; none: any number."""
        found = [] if self.capacity is None else [self.capacity]
        if self.budget_amount is not None:
            found.append(int(self.budget_amount / self.cost_amount))
        return min(found, default=None)

    @property
    def measured_by(self) -> Feature:
        """The feature whose values of the periods after are summed."""
        return OUTCOMES[self.outcome][0]

    @property
    def known_before(self) -> Feature:
        """The feature that says the same of the window before: its covariate."""
        return OUTCOMES[self.outcome][1]


class ActionPlanSettings(Settings):
    """Who is contacted by what. Without actions there is no plan."""

    most_actions: int = Field(
        1, ge=1, description="actions that a customer is chosen for in a period, at most"
    )
    evidence_periods: int = Field(
        24, ge=1, description="customers whose time was up within so many periods count as evidence"
    )
    actions: list[Action] = Field([], description="in the order of their priority: the first chooses first")

    @field_validator("actions")
    @classmethod
    def _distinct(cls, actions: list[Action]) -> list[Action]:
        if again := repeated([one.action for one in actions]):
            raise wrong(
                *(
                    ((at, "action"), f"two actions are called {actions[at].action}; rename one")
                    for at in again
                )
            )
        return actions

    def __bool__(self) -> bool:
        """Whether there is anything to plan."""
        return bool(self.actions)


class Company(Protocol):
    """What actions must fit: the schemes in use, the entities, what may be told of features."""

    @property
    def every_scheme(self) -> Mapping[str, Scheme]:
        """Schemes by name."""
        ...

    @property
    def entities(self) -> set[str]:
        """Entities that the sources give."""
        ...

    @property
    def catalogue(self) -> Mapping[str, Feature]:
        """Features by name."""
        ...

    @property
    def givable(self) -> frozenset[str]:
        """Features that the sources can give."""
        ...

    def is_in_use(self, scheme: Scheme) -> bool:
        """Whether customers are assigned in it."""
        ...


def action_problems(
    plan: ActionPlanSettings, company: Company, withheld: frozenset[str]
) -> Iterator[tuple[Key, str]]:
    """What ``plan`` names that does not exist, by key within it; ``withheld`` features may order nobody."""
    for at, one in enumerate(plan.actions):
        for key, words in _of_action(one, company, withheld):
            yield ("actions", at, *key), words


def _of_action(one: Action, company: Company, withheld: frozenset[str]) -> Iterator[tuple[Key, str]]:
    used = {name: it for name, it in company.every_scheme.items() if company.is_in_use(it)}
    for name, segments in one.segments.items():
        yield from _of_segments(("segments", name), segments, used.get(name), name, list(used))
    for place, name in enumerate(one.groups_by):
        if name not in used:
            yield ("groups_by", place), f"there is no scheme {shown(name)} in use{instead(name, used)}"
    if one.measured_by.name not in company.givable:
        yield ("outcome",), f"it needs {' and '.join(one.measured_by.entities)}, which no source gives"
    if one.purpose is not None and CONSENTS not in company.entities:
        words = "no source gives consents, so nobody is known to consent: add one, or take the key out"
        yield ("consent",), words
    if one.consent is None and CONSENTS in company.entities:
        words = "the project knows consents: say the purpose that customers must have consented to, or none"
        yield ("consent",), words
    if one.sent_as is not None and CONTACTS not in company.entities:
        yield ("sent_as",), f"no source gives {CONTACTS}: add one, or take the key out"
    if one.first_by is not None:
        yield from _of_feature(one.first_by, company, withheld)


def _of_segments(
    key: Key, segments: Sequence[str], scheme: Scheme | None, name: str, used: Sequence[str]
) -> Iterator[tuple[Key, str]]:
    if scheme is None:
        yield key, f"there is no scheme {shown(name)} in use{instead(name, used)}"
    elif scheme.segments:
        for place, one in enumerate(segments):
            if one not in scheme.segments:
                yield (*key, place), f"{name} has no segment {shown(one)}{instead(one, scheme.segments)}"


def _of_feature(name: str, company: Company, withheld: frozenset[str]) -> Iterator[tuple[Key, str]]:
    feature = company.catalogue.get(name)
    if feature is None:
        yield ("first_by",), f"there is no feature {shown(name)}{instead(name, company.catalogue)}"
    elif not feature.is_numeric:
        yield ("first_by",), f"feature {shown(name)} is no number"
    elif name in withheld:
        words = (
            f"{name} may not be published, and an order by it would tell it; name it under publish.attributes"
        )
        yield ("first_by",), words
    elif name not in company.givable:
        yield ("first_by",), f"no source gives what {name} is made of"
