"""What traits truly make of each person in each period, in the terms of what can be observed of it.

Belongs here: one table of the truth. Does not belong here: drawing traits (``traits``), or comparing.
"""

import numpy as np
import pyarrow as pa

from pipeline.simulate.catalogue import CATEGORIES, TIER_BORDERS, TIER_SPREAD, TIERS
from pipeline.simulate.frames import Column, Numbers
from pipeline.simulate.orders import FAVOURED, SEVERAL, favourites
from pipeline.simulate.traits import CHANNELS, VALUES
from pipeline.simulate.world import World, factor

#: Habits that the table has, by column.
_HABITS = {
    "discounted_probability": "discounted",
    "coupon_probability": "coupons",
    "satisfaction_level": "satisfaction",
    "complains_probability": "complains",
    "opens_probability": "opens",
}
KINDS = tuple(dict.fromkeys(one.kind for some in CHANNELS.values() for one in some))


def traits_table(world: World) -> pa.Table:
    """One row a person and period, from its first account on: what it does, as it is and not as it happened.

    ``orders_per_month`` before season and gifts, over all systems in which the person orders; probabilities
    of a line, contact or ticket (only the shop takes coupons); ``order_amount_level`` before discounts, in
    euros of the first period; ``…_orders_share`` null of who orders nowhere;
    ``risk_taken_share`` of holders; values from 1 to 5.
    """
    return pa.concat_tables([_of_period(world, period) for period in range(world.plan.periods)])


def _of_period(world: World, period: int) -> pa.Table:
    count = world.people.count
    accounts = {system: open_accounts(world, system, period) for system in CHANNELS}
    ordering = np.sum(list(accounts.values()), axis=0)
    rate = factor(world, "orders", period) * world.archetypes.factor * ordering
    columns: dict[str, Column] = {"orders_per_month": rate}
    columns |= {name: factor(world, habit, period) for name, habit in _HABITS.items()}
    some = np.where(ordering > 0, ordering, 1)
    columns["coupon_probability"] = columns["coupon_probability"] * accounts["shop"] / some
    for kind in KINDS:
        share = np.sum([mine * kind_share(world, system, kind) for system, mine in accounts.items()], axis=0)
        columns[f"{kind}_orders_share"] = np.where(ordering > 0, share / some, np.nan)
    columns |= {name: world.traits.values[:, at] for at, name in enumerate(VALUES)}
    columns["order_amount_level"] = order_amounts(world, period)
    columns["risk_taken_share"] = np.where(world.traits.is_holder, world.traits.risk, np.nan)
    lives = np.flatnonzero(world.archetypes.of[period] >= 0)
    head = {
        "person_id": pa.array([f"person{one}" for one in range(count)]).take(pa.array(lives)),
        "period": pa.array([world.plan.keys[period]] * len(lives)),
    }
    return pa.table(
        head | {name: pa.array(values[lives], from_pandas=True) for name, values in columns.items()}
    )


def order_amounts(world: World, period: int) -> Numbers:
    """Mean amount of an order of each person: lines x quantity x mean price, over categories and tiers."""
    products = len(CATEGORIES) * len(TIERS)
    price = world.catalogue.price.reshape(products, -1).mean(axis=1).reshape(len(CATEGORIES), len(TIERS))
    of_category = price @ tier_shares(world, period)
    favourite = of_category[favourites(world), np.arange(world.people.count)]
    mean = FAVOURED * favourite + (1 - FAVOURED) * of_category.mean(axis=0)
    return np.asarray((1 + factor(world, "basket", period)) * (1 + SEVERAL) * mean, np.float64)


def tier_shares(world: World, period: int) -> Numbers:
    """Share of lines of each person in each price tier (tiers x persons), before its favourite category."""
    # the tier of a line by chance: many draws of what the shop draws once
    wanted = factor(world, "value", period)[:, None] * np.random.default_rng(0).lognormal(
        0, TIER_SPREAD, (1, 2_001)
    )
    drawn = np.digitize(wanted, TIER_BORDERS)
    return np.stack([(drawn == one).mean(axis=1) for one in range(len(TIERS))])


def open_accounts(world: World, system: str, period: int) -> Numbers:
    """Accounts of each person in a system by the end of a period."""
    mine = world.accounts.of_system(system)
    mine = mine[world.accounts.created[mine] < world.plan.bounds(period)[1]]
    return np.bincount(world.accounts.person[mine], minlength=world.people.count).astype(np.float64)


def kind_share(world: World, system: str, kind: str) -> Numbers:
    """Share of each person's orders in a system that come through channels of a kind."""
    some = [at for at, one in enumerate(CHANNELS[system]) if one.kind == kind]
    return np.asarray(world.traits.channels[system][:, some].sum(axis=1), np.float64)
