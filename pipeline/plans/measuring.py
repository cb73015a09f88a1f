"""What has been measured of an action: customers followed to the end, compared and believed of.

Belongs here: which customers are evidence, and what a contact is expected to gain. Does not belong here: the
comparison itself (``effects``, ``shrinking``), tables of results (``results``).
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from pipeline.engine.keyed import Key, even
from pipeline.engine.protocol import engine_of
from pipeline.models.rounding import told
from pipeline.plans.choosing import Gain, Gains
from pipeline.plans.effects import Effect, Flags, Floats, effect
from pipeline.plans.shrinking import Beliefs, beliefs
from pipeline.settings.actions import Action
from pipeline.tables.plans import ARMS, CHOSEN, expected_gain

#: Customers in each arm, at least, before an effect has an interval and a verdict, and customers are chosen
#: by it. Means of what customers spend are far from normal: with a hold-out of thirty whose spend has a
#: heavy tail an interval of 95% covers in nine of ten cases.
LEAST_FOLLOWED = 50
_READ = (
    "arm", "effect_group", "hold_out_share", "first_chosen_period", "contacts_count", "before_1p_amount",
    "before_12p_amount", "outcome_amount", "is_reached",
)  # fmt: skip


@dataclass(frozen=True)
class Followed:
    """Customers whom an action first chose, and has followed to the end; in the order of their ids."""

    action: Action
    rows: pa.Table

    @cached_property
    def is_contact(self) -> Flags:
        """Whether each is to be contacted; others are held out."""
        return np.asarray(pc.equal(self.rows["arm"], ARMS[0]), np.bool_)

    @property
    def groups(self) -> list[str]:
        """Group of each."""
        return list(self.rows["effect_group"].to_pylist())

    def first_chosen_in(self, period: str) -> "Followed":
        """Those whom the action chose first in ``period``."""
        return Followed(self.action, self.rows.filter(pc.equal(self.rows["first_chosen_period"], period)))

    def in_group(self, group: str) -> "Followed":
        """Those of one group."""
        return Followed(self.action, self.rows.filter(pc.equal(self.rows["effect_group"], group)))

    @cached_property
    def counts(self) -> tuple[int, int]:
        """Customers in both arms, contacts first."""
        contacts = int(self.is_contact.sum())
        return contacts, len(self.is_contact) - contacts

    @property
    def is_enough(self) -> bool:
        """Whether an effect of them has an interval."""
        return min(self.counts) >= LEAST_FOLLOWED

    @cached_property
    def effect(self) -> Effect | None:
        """What contacts brought per customer; none of fewer than two in an arm."""
        window = self._numbers("before_12p_amount")
        known = np.column_stack([window, np.log1p(np.maximum(window, 0)), self._numbers("before_1p_amount")])
        shares = self._numbers("hold_out_share")
        return effect(self._numbers("outcome_amount"), known, self.is_contact, shares)

    @cached_property
    def beliefs(self) -> Beliefs | None:
        """What is believed of the effect on each group; none before there is evidence."""
        if not self.is_enough or self.effect is None:
            return None
        bought = self._numbers("before_12p_amount")
        return beliefs(self.effect, bought, self.groups, self.is_contact)

    @property
    def cost_each(self) -> float:
        """Cost of planned contacts per customer in the arm of contacts."""
        counts = self._numbers("contacts_count")[self.is_contact]
        return float(counts.mean()) * float(self.action.cost_amount) if len(counts) else 0.0

    def gains(self, key: Key, period: str) -> Gains | None:
        """What a contact is expected to gain, and one draw of what it may gain, by group; none before there
        is evidence. The draw follows from the key, the action and the period."""
        if (found := self.beliefs) is None:
            return None
        worth, cost = self.action.worth, self.cost_each
        theme = f"effect of {self.action.name} in {period}"
        place = even(key.digest(theme))

        def gain(group: str | None) -> Gain:
            one = found.of_others if group is None else found.of(group)
            deviation = NormalDist().inv_cdf(even(key.digest(theme if group is None else f"{theme} {group}")))
            amounts = np.array([one.mean, one.drawn(place, deviation)]) * worth - cost
            expected, drawn = told(amounts, expected_gain).tolist()
            return Gain(expected, one.chance_above(cost / worth) >= self.action.least_chance, drawn)

        return Gains({group: gain(group) for group in found.by_group}, gain(None))

    def reached(self, is_contact: bool) -> float | None:
        """Part of an arm whom campaign contacts of the action reached; none where they are not told apart."""
        arm = self.is_contact == is_contact
        if self.action.sent_as is None or not arm.any():
            return None
        return float(np.asarray(self.rows["is_reached"], np.bool_)[arm].mean())

    def _numbers(self, column: str) -> Floats:
        return np.asarray(self.rows[column].cast(pa.float64()), np.float64)


def followed_to_the_end(chosen: ir.Table | None, action: Action, since: str) -> Followed:
    """Customers of ``action`` who were chosen in the period ``since`` or later and followed to the end.

    ``chosen`` are rows of ``CHOSEN`` (none: nobody yet). They come into memory, a few numbers each.
    """
    if chosen is None:
        return Followed(action, CHOSEN.schema.empty_table().select(list(_READ)))
    rows = chosen.filter(
        chosen.action == action.name,
        ~chosen.is_lost,
        chosen.followed_periods >= action.follow_periods,
        chosen.first_chosen_period >= since,
    )
    return Followed(action, engine_of(chosen).to_arrow(rows.order_by("customer_id").select(*_READ)))
