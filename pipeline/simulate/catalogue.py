"""Products and exchange rates.

Belongs here: what is sold, its prices in euros, what other currencies are worth. Does not belong
here: who buys (``orders``).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.simulate.frames import Column, Frame, Indices, Numbers, column, constant
from pipeline.simulate.plan import Plan

CATEGORIES = ("kitchen", "lighting", "garden", "sport", "audio", "computing")
TIERS = ("budget", "mainstream", "premium")
#: Which tier is bought by who wants how much (1: mainstream), and how much that varies from line to line.
TIER_BORDERS, TIER_SPREAD = (0.75, 1.6), 0.45
_TIER_PRICE = (0.5, 1.0, 2.3)
_PER_TIER = 12
_BASE = {"kitchen": 35, "lighting": 25, "garden": 45, "sport": 40, "audio": 60, "computing": 90}
_BRANDS = ("Nordlys", "Kestrel", "Maple & Co", "Hanlin", "Orbis")
#: Euros for one unit; Swiss francs occur in orders, but in no table of rates.
RATES = {"CNY": 0.128, "GBP": 1.17, "USD": 0.92}


@dataclass(frozen=True)
class Catalogue:
    """Products by number: category, tier, price in euros in the first period, cost."""

    id: Column
    category: Indices
    tier: Indices
    price: Numbers

    def pick(self, rng: np.random.Generator, category: Indices, value: Numbers) -> Indices:
        """A product of each category, of the tier that fits ``value`` (1: mainstream)."""
        wanted = value * rng.lognormal(0, TIER_SPREAD, len(value))
        tier = np.digitize(wanted, TIER_BORDERS)
        return (category * len(TIERS) + tier) * _PER_TIER + rng.integers(0, _PER_TIER, len(value))


def catalogue(plan: Plan) -> Catalogue:
    """All products, category by category and tier by tier."""
    rng = plan.rng("catalogue")
    count = len(CATEGORIES) * len(TIERS) * _PER_TIER
    number = np.arange(count)
    category, tier = number // (len(TIERS) * _PER_TIER), number // _PER_TIER % len(TIERS)
    base = np.array([_BASE[one] for one in CATEGORIES])[category] * np.array(_TIER_PRICE)[tier]
    price = np.round(base * rng.lognormal(0, 0.25, count), 2)
    return Catalogue(column([f"P{1_000 + one}" for one in number.tolist()]), category, tier, price)


def products(found: Catalogue) -> Frame:
    """The catalogue as the company exports it."""
    count = len(found.id)
    names = [f"{CATEGORIES[c]} item {n + 1}" for n, c in enumerate(found.category.tolist())]
    return {
        "sku": found.id,
        "title": column(names),
        "maker": column([_BRANDS[one % len(_BRANDS)] for one in range(count)]),
        "tier": column([TIERS[one] for one in found.tier.tolist()]),
        "department": column([CATEGORIES[one] for one in found.category.tolist()]),
        "shelf": column([f"{CATEGORIES[c]}-{n % 4}" for n, c in enumerate(found.category.tolist())]),
    }


def rate_at(plan: Plan, currency: str, period: int) -> float:
    """Euros for one unit of a currency, from the first day of a period on."""
    if currency == "EUR":
        return 1.0
    drift = plan.rng(f"rate {currency}").normal(0, 0.012, plan.periods + 1).cumsum()
    return round(RATES[currency] * float(np.exp(drift[period + 1])), 6)


def rates(plan: Plan, as_of: int) -> Frame:
    """The table of rates: one row a currency and month, the first one years before the company's."""
    rows = [(one, "2015-01-01", rate_at(plan, one, -1)) for one in RATES]
    rows += [(one, f"{plan.keys[at]}-01", rate_at(plan, one, at)) for at in range(as_of + 1) for one in RATES]
    return {
        "currency": column([one[0] for one in rows]),
        "valid_from": column([one[1] for one in rows]),
        "euro": column([f"{one[2]:.6f}" for one in rows]),
        "note": constant("ECB reference, month start", len(rows)),
    }
