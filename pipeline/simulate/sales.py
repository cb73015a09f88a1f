"""What the company does with customers: leads, quotations, consents, campaigns, referrals, holdings.

Belongs here: rows of the CRM and of marketing. Does not belong here: orders.
"""

import numpy as np

from pipeline.simulate.archetypes import price_level
from pipeline.simulate.frames import (
    Column,
    Frame,
    Seconds,
    column,
    constant,
    decimal_text,
    each,
    numbered,
    text_of,
    where,
)
from pipeline.simulate.plan import TIME_ZONE
from pipeline.simulate.world import World, drawn, factor

#: What the CRM calls the stages of a lead.
STAGES = {
    "10-NEW": "new", "20-CALLED": "contacted", "30-FIT": "qualified", "40-OFFER": "proposal",
    "45-LATER": "postponed",
    "90-WON": "won", "99-LOST": "lost",
}  # fmt: skip
OUTCOMES = ("open", "accepted", "declined", "expired")
#: What is owed, as a share of what is held.
OWED = 0.4
_STAMP = "%Y-%m-%d %H:%M:%S"
_ASSETS = (
    ("savings", "low", False),
    ("fund", "medium", False),
    ("shares", "high", False),
    ("credit", "medium", True),
)


def crm_leads(world: World, period: int) -> Frame:
    """Changes of stage of sales leads."""
    rng = world.plan.chance("leads", period)
    some = drawn(world, "leads", "crm", period, np.full(world.people.count, 0.10))
    stage = rng.choice(
        np.array(list(STAGES), dtype=object), some.count, p=[0.3, 0.2, 0.15, 0.12, 0.08, 0.08, 0.07]
    )
    expected = text_of(some.at + rng.integers(7, 120, some.count) * 86_400, TIME_ZONE, "%Y-%m-%d")
    is_open = np.isin(stage, ["30-FIT", "40-OFFER", "45-LATER"])
    return {
        "entry_no": numbered(f"E{period:02d}", 1, some.count),
        "lead_no": column([f"LD{one}" for one in some.account.tolist()]),
        "customer_no": world.accounts.id[some.account],
        "stage": stage,
        "since": text_of(some.at, TIME_ZONE, _STAMP),
        "last_talk": where(stage == "10-NEW", None, text_of(some.at - 3_600, TIME_ZONE, _STAMP)),
        "buys_by": where(is_open, expected, None),
        "product": world.catalogue.id[some.person % len(world.catalogue.id)],
        "changed": text_of(some.at, TIME_ZONE, _STAMP),
    }


def crm_quotes(world: World, period: int) -> Frame:
    """Quotations and what became of them."""
    rng = world.plan.chance("quotes", period)
    rate = 0.03 + 0.02 * factor(world, "value", period)
    some = drawn(world, "quotes", "crm", period, rate)
    outcome = rng.choice(np.array(OUTCOMES, dtype=object), some.count, p=[0.3, 0.35, 0.2, 0.15])
    answered = text_of(some.at + rng.integers(1, 20, some.count) * 86_400, TIME_ZONE, _STAMP)
    amount = (
        400
        * price_level(world.plan, period)
        * factor(world, "value", period)[some.person]
        * rng.lognormal(0, 0.5, some.count)
    )
    return {
        "quote_no": numbered(f"Q{period:02d}", 1, some.count),
        "customer_no": world.accounts.id[some.account],
        "quoted": text_of(some.at, TIME_ZONE, _STAMP),
        "total": decimal_text(amount),
        "money": constant("EUR", some.count),
        "answered": where(np.isin(outcome, ["accepted", "declined"]), answered, None),
        "outcome": outcome,
        "changed": text_of(some.at, TIME_ZONE, _STAMP),
    }


def crm_consents(world: World, period: int) -> Frame:
    """Consents given and withdrawn."""
    rng = world.plan.chance("consents", period)
    some = drawn(world, "consents", "crm", period, np.full(world.people.count, 0.06))
    return {
        "consent_no": numbered(f"N{period:02d}", 1, some.count),
        "customer_no": world.accounts.id[some.account],
        "decided": text_of(some.at, TIME_ZONE, _STAMP),
        "purpose": rng.choice(np.array(["newsletter", "profiling", "phone"], dtype=object), some.count),
        "granted": rng.choice(np.array(["Y", "N"], dtype=object), some.count, p=[0.8, 0.2]),
        "via": rng.choice(np.array(["web", "store", "phone"], dtype=object), some.count),
    }


def campaigns(world: World, period: int) -> Frame:
    """The mailing of a month: to whom, what was offered, who reacted."""
    rng = world.plan.chance("campaigns", period)
    some = drawn(world, "campaigns", "crm", period, np.full(world.people.count, 0.5))
    opened = rng.random(some.count) < factor(world, "opens", period)[some.person]
    answered = opened & (rng.random(some.count) < 0.3)
    return {
        "contact": numbered(f"M{period:02d}", 1, some.count),
        "customer": world.accounts.id[some.account],
        "campaign": constant(f"K{world.plan.keys[period]}", some.count),
        "type": constant("seasonal" if period % 3 == 0 else "newsletter", some.count),
        "medium": rng.choice(np.array(["mail", "letter"], dtype=object), some.count, p=[0.9, 0.1]),
        "offer": constant("10 percent off", some.count),
        "sent": text_of(some.at, TIME_ZONE, _STAMP),
        "opened": _later(rng, some.at, opened),
        "answered": _later(rng, some.at + 2 * 86_400, answered),
        "cost": constant("0.12", some.count),
    }


def _later(rng: np.random.Generator, at: Seconds, happened: Column) -> Column:
    return where(happened, text_of(at + rng.integers(60, 86_400, len(at)), TIME_ZONE, _STAMP), None)


def shop_referrals(world: World, period: int) -> Frame:
    """Friends brought to the web shop: both accounts are the shop's."""
    rng = world.plan.chance("referrals", period)
    rate = 0.01 * np.maximum(0, factor(world, "satisfaction", period) - 2)
    some = drawn(world, "referrals", "shop", period, rate)
    shop = world.accounts.of_system("shop")
    friend = shop[rng.integers(0, len(shop), some.count)] if len(shop) else shop
    keep = friend != some.account
    some, friend = some.take(keep), friend[keep]
    return {
        "referral": numbered(f"F{period:02d}", 1, some.count),
        "account": world.accounts.id[some.account],
        "friend": world.accounts.id[friend],
        "date": text_of(some.at, TIME_ZONE, "%d.%m.%Y %H:%M"),
        "via": rng.choice(np.array(["link", "code"], dtype=object), some.count),
    }


def holdings(world: World, period: int) -> Frame:
    """Balances at the company's bank on the last day of the month, one row a holding."""
    start, end = world.plan.bounds(period)
    mine = world.accounts.of_system("crm")
    mine = mine[(world.accounts.created[mine] < start) & world.traits.is_holder[world.accounts.person[mine]]]
    # what is held at low, medium and high risk, and what is owed by every other one of them
    parts = world.traits.portfolio(world.plan)[world.accounts.person[mine]]
    parts = np.column_stack([parts, np.where(world.accounts.person[mine] % 8 == 0, OWED, 0.0)])
    row, which = np.nonzero(parts)
    account, person, part = mine[row], world.accounts.person[mine][row], parts[row, which]
    rng = world.plan.chance("holdings", period)
    wealth = world.people.income[person].astype(float) * (0.2 + person % 10 / 4)
    balance = wealth * part * rng.lognormal(0, 0.08, len(account))
    return {
        "row": numbered(f"H{period:02d}", 1, len(account)),
        "customer": world.accounts.id[account],
        "holding": each(lambda one, at: f"B{one}-{at}", person, which),
        "day": text_of(np.full(len(account), end - 43_200), TIME_ZONE, "%d.%m.%Y"),
        "kind": np.array([one[0] for one in _ASSETS], dtype=object)[which],
        "risk": np.array([one[1] for one in _ASSETS], dtype=object)[which],
        "balance": decimal_text(balance),
        "currency": constant("EUR", len(account)),
        "owed": np.where(np.array([one[2] for one in _ASSETS])[which], "yes", "no").astype(object),
    }
