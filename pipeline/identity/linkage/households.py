"""Evidence that people of one household share, and how much of it counts.

Belongs here: what place and contact may say of two accounts. Does not belong here: the weights
of single agreements (``comparisons``, ``model``).

The model of Fellegi and Sunter takes agreements of strangers for independent. Those of two
members of one household are not: family name, address, postcode and city agree together, often
telephone and e-mail, too, and their sum would make one customer of a couple. So evidence of place
counts at most as much as it says that two accounts of one place are one person, and that of
contact likewise; beyond it only what is a person's own (given name, birth date, gender, national
id) decides. How much that is, is learned without labels: the share of matches among pairs of one
place, by expectation maximisation over their other evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2

import ibis
import numpy as np
from ibis.expr import types as ir
from numpy.typing import NDArray

#: Compared columns by what they are evidence of; all others are a person's own.
PLACE = ("family", "address", "postcode", "city", "region")
EMAIL = ("email",)
PHONE = ("phone",)
NAME = ("given", "gender")
BIRTH = ("birth",)
NUMBER = ("national_id",)
GROUPS = {
    "place": PLACE,
    "email": EMAIL,
    "phone": PHONE,
    "name": NAME,
    "birth": BIRTH,
    "number": NUMBER,
}
#: Bits that a group is never held under, and over.
_LEAST_CAP, _MOST_CAP = -3.0, 10.0
#: Bits of contact from which a pair has a contact in common.
_COMMON_CONTACT = 5.0
#: Fewer pairs teach nothing of namesakes.
_LEAST_TOLD = 30
#: Share of strangers whose given names agree, before anything is learned, and how much that
#: counts: as much as this share of all pairs.
_USUAL, _DOUBT = 0.05, 0.1
_ROUNDS = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Caps:
    """Most that the odds (log2) of one customer may come to by place, by an e-mail in common, by a
    telephone in common; most bits that an equal given name (with gender) counts between accounts
    of one place."""

    place: float = _MOST_CAP
    email: float = _MOST_CAP
    phone: float = _MOST_CAP
    name: float = _MOST_CAP


def group_weights(pairs: ir.Table) -> dict[str, ir.Value]:
    """Weight in bits of each of ``GROUPS`` in Splink's scored ``pairs``."""
    return {name: _sum(pairs, columns) for name, columns in GROUPS.items()}


def _sum(pairs: ir.Table, columns: tuple[str, ...]) -> ir.Value:
    names = [f"{kind}_{one}" for one in columns for kind in ("mw", "mw_tf_adj")]
    total: ir.Value = ibis.literal(0.0, "float64")
    for name in names:
        if name in pairs.columns:
            total = total + pairs[name].cast("float64")
    return total


def capped_weight(groups: Mapping[str, ir.Value], prior: float, caps: Caps) -> ir.Value:
    """Match weight in bits of pairs with the given group weights."""
    odds: ir.Value = ibis.least(groups["place"] + prior, caps.place)
    for contact, most in (("phone", caps.phone), ("email", caps.email)):
        agreed = ibis.least(odds + groups[contact], ibis.greatest(odds, most))
        odds = ibis.ifelse(groups[contact] > 0, agreed, odds)
    for contact in ("phone", "email"):
        odds = odds + ibis.least(groups[contact], 0.0)
    is_near = groups["place"] + prior >= 0
    name = ibis.ifelse(is_near, ibis.least(groups["name"], caps.name), groups["name"])
    return odds + name + groups["birth"] + groups["number"]


def learned(weights: Mapping[str, Floats], accounts: int, seen_share: float) -> tuple[float, Caps]:
    """Prior probability that two accounts are one customer, and the caps.

    ``weights`` are those of ``GROUPS`` for ``seen_share`` of the pairs of ``accounts`` that keys
    give. The prior
    is the expected share of matches among all pairs; prior and caps depend on each other and are
    found in turns.
    """
    every = accounts * (accounts - 1) / 2
    matches, caps = max(0.1 * accounts, 1.0), Caps()
    for _ in range(_ROUNDS):
        prior = log2(matches / (every - matches)) if matches < every else 0.0
        caps = _caps(weights, prior)
        expected = float(np.sum(np.sort(_probability(_capped(weights, prior, caps))))) / seen_share
        if abs(expected - matches) < 1e-6 * matches:
            break
        matches = max(expected, 1.0)
    return min(max(matches / every, 1e-12), 0.5), caps


def _caps(weights: Mapping[str, Floats], prior: float) -> Caps:
    """Caps under ``prior``: of pairs that place alone would link, of pairs with a common contact."""
    email, phone, name = weights["email"], weights["phone"], weights["name"]
    own = weights["birth"] + weights["number"]
    near = weights["place"] + prior >= 0
    name_cap = _namesakes(name[near], own[near])
    at_home = np.where(near, np.minimum(name, name_cap), name)
    return Caps(
        place=_share_of_matches((email + phone + at_home + own)[near]),
        email=_share_of_matches((np.minimum(phone, 0) + at_home + own)[email >= _COMMON_CONTACT]),
        phone=_share_of_matches((np.minimum(email, 0) + at_home + own)[phone >= _COMMON_CONTACT]),
        name=name_cap,
    )


def _namesakes(name: Floats, own: Floats) -> float:
    """Bits that an equal given name counts between accounts of one place: how much more often one
    person's agree than those of two.

    Both shares are estimated with that of matches, over pairs of which birth dates or numbers tell
    something: a mixture of two with agreement of names as the unknown of each (Dempster, Laird and
    Rubin, 1977).
    """
    told = (own != 0) & (name != 0)
    if int(told.sum()) < _LEAST_TOLD:
        return _MOST_CAP
    order = np.lexsort((name[told], own[told]))
    agrees, bits = (name[told] > 0)[order].astype(np.float64), own[told][order]
    # A match whose birth date is wrong looks like a namesake: where there are few strangers, they
    # must not be taken for them.
    odds, same, other, doubt = 0.0, 0.9, _USUAL, _DOUBT * len(bits)
    for _ in range(_ROUNDS):
        by_name = np.where(agrees > 0, np.log2(same / other), np.log2((1 - same) / (1 - other)))
        matched = _probability(bits + by_name + odds)
        share = float(np.clip(matched.mean(), 1e-6, 1 - 1e-6))
        before = other
        same = float(np.clip((matched * agrees).sum() / max(matched.sum(), 1e-9), 0.01, 0.999))
        strangers = 1 - matched
        other = float((strangers * agrees).sum() + _USUAL * doubt) / float(strangers.sum() + doubt)
        odds = log2(share / (1 - share))
        if abs(other - before) < 1e-9:
            break
    return min(max(log2(same / other), 0.0), _MOST_CAP)


def _share_of_matches(weights: Floats) -> float:
    """Odds (log2) that a pair of a group is a match, by its other evidence: the maximum likelihood
    share of a mixture of two."""
    if not len(weights):
        return _MOST_CAP
    ordered, odds = np.sort(weights), 0.0
    for _ in range(_ROUNDS):
        share = float(np.mean(_probability(ordered + odds)))
        found = log2(share / (1 - share)) if 0 < share < 1 else _MOST_CAP if share else _LEAST_CAP
        if abs(found - odds) < 1e-6:
            break
        odds = found
    return min(max(odds, _LEAST_CAP), _MOST_CAP)


def _capped(weights: Mapping[str, Floats], prior: float, caps: Caps) -> Floats:
    """``capped_weight`` of arrays."""
    base = weights["place"] + prior
    odds = np.minimum(base, caps.place)
    for contact, most in (("phone", caps.phone), ("email", caps.email)):
        agreed = np.minimum(odds + weights[contact], np.maximum(odds, most))
        odds = np.where(weights[contact] > 0, agreed, odds)
    for contact in ("phone", "email"):
        odds = odds + np.minimum(weights[contact], 0.0)
    name = np.where(base >= 0, np.minimum(weights["name"], caps.name), weights["name"])
    return np.asarray(odds + name + weights["birth"] + weights["number"], np.float64)


def _probability(weights: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp2(np.clip(-weights, -500, 500))), np.float64)
