"""Orders of the web shop and of the Chinese marketplace, and redeemed coupons.

Belongs here: baskets, prices, discounts, returns. Does not belong here: rates of archetypes
(``archetypes``), trouble in rows (``planting``).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.simulate.archetypes import extra_discount, price_level, season
from pipeline.simulate.catalogue import CATEGORIES, rate_at
from pipeline.simulate.frames import (
    Column,
    Frame,
    Indices,
    Numbers,
    Seconds,
    column,
    constant,
    decimal_text,
    numbered,
    text_of,
)
from pipeline.simulate.plan import TIME_ZONE
from pipeline.simulate.traits import CHANNELS
from pipeline.simulate.world import Drawn, World, drawn, factor

_EVENING_HOUR, _DAY = 19, 86_400
COUPON_SHARE = 0.10
#: Shares of lines of a person's favourite category, and of two pieces.
FAVOURED, SEVERAL = 0.6, 0.12
STORES = ("S01", "S02", "S03")


@dataclass(frozen=True)
class Lines:
    """Order lines of a period; amounts in the currency of the line."""

    account: Indices
    at: Seconds
    order: Indices
    product: Indices
    quantity: Indices
    list_price: Numbers
    price: Numbers
    discount: Numbers
    coupon: Numbers
    cost: Numbers
    currency: Column
    channel: Column
    is_return: Column


def lines(world: World, system: str, period: int) -> Lines:
    """Lines of all orders of a system in a period; returns last, with negative quantities."""
    rate = factor(world, "orders", period) * world.archetypes.factor * season(world.plan, period)
    rate = rate * gifts(world, period)
    orders = drawn(world, "orders", system, period, rate)
    rng = world.plan.chance(f"baskets {system}", period)
    at = _evenings(world, rng, orders, period)
    number = np.repeat(
        np.arange(orders.count), 1 + rng.poisson(factor(world, "basket", period)[orders.person])
    )
    person = orders.person[number]
    category = np.where(
        rng.random(len(number)) < FAVOURED,
        favourites(world)[person],
        rng.integers(0, len(CATEGORIES), len(number)),
    )
    product = world.catalogue.pick(rng, category, factor(world, "value", period)[person])
    country = np.array([one.country for one in world.people.homes[0]], dtype=object)[person]
    currency = np.where(country == "GB", "GBP", "EUR") if system == "shop" else constant("CNY", len(number))
    euros = np.ones(len(number))
    for one in ("GBP", "CNY"):
        euros[currency == one] = rate_at(world.plan, one, period)
    list_price = np.round(world.catalogue.price[product] * price_level(world.plan, period) / euros, 2)
    share = np.clip(factor(world, "discounted", period)[person] + extra_discount(world.plan, period), 0, 0.95)
    cut = np.where(rng.random(len(number)) < share, rng.choice([0.1, 0.2, 0.3], len(number)), 0.0)
    quantity = 1 + (rng.random(len(number)) < SEVERAL).astype(np.int64)
    discount = np.round(list_price * cut * quantity, 2)
    coupon = np.where(rng.random(len(number)) < factor(world, "coupons", period)[person], COUPON_SHARE, 0.0)
    bought = Lines(
        orders.account[number], at[number], number, product, quantity, list_price,
        np.round(list_price * (1 - cut), 2), discount, np.round(list_price * quantity * coupon, 2),
        np.round(list_price * 0.6 * quantity, 2), currency,
        _channels(world, orders, system, period)[number], constant(False, len(number)),
    )  # fmt: skip
    back = rng.random(len(number)) < factor(world, "returns", period)[person]
    return _with_returns(world, rng, bought, back, period)


def favourites(world: World) -> Indices:
    """The favourite category of each person."""
    number = np.arange(world.people.count)
    return np.asarray((number * 2_654_435_761 % 2**32) % len(CATEGORIES), np.int64)


def _channels(world: World, orders: Drawn, system: str, period: int) -> Column:
    """The channel of each order, by what its person prefers."""
    place = world.plan.chance(f"channels {system}", period).random(orders.count)
    up_to = world.traits.channels[system].cumsum(axis=1)[orders.person]
    names = np.array([one.written for one in CHANNELS[system]], dtype=object)
    # what is added up may miss one by a rounding
    chosen: Column = names[np.minimum((place[:, None] >= up_to).sum(axis=1), len(names) - 1)]
    return chosen


def gifts(world: World, period: int) -> Numbers:
    """Gift givers buy in November and December."""
    if world.plan.is_stationary:
        return np.ones(world.people.count)
    is_giver = world.archetypes.names(period) == "gift_giver"
    month = int(world.plan.keys[period][5:])
    return np.where(is_giver, 3.0 if month in (11, 12) else 0.4, 1.0)


def _evenings(world: World, rng: np.random.Generator, orders: Drawn, period: int) -> Seconds:
    """Times of orders, moved to the evening for those who shop then."""
    start, end = world.plan.bounds(period)
    evening = orders.at // _DAY * _DAY + (_EVENING_HOUR - 1) * 3_600 + rng.integers(0, 7_200, orders.count)
    moves = rng.random(orders.count) < factor(world, "evening", period)[orders.person]
    fits = moves & (evening < end) & (evening >= start) & (evening > world.accounts.created[orders.account])
    return np.where(fits, evening, orders.at)


def _with_returns(world: World, rng: np.random.Generator, one: Lines, back: Column, period: int) -> Lines:
    """Lines and, after them, those taken back some days later in the same period."""
    end = world.plan.bounds(period)[1]
    when = one.at + rng.integers(2, 14, len(one.at)) * _DAY
    some = np.flatnonzero(back & (when < end))
    many = len(one.order)
    return Lines(
        np.concatenate([one.account, one.account[some]]),
        np.concatenate([one.at, when[some]]),
        np.concatenate([one.order, one.order[some] + many]),
        np.concatenate([one.product, one.product[some]]),
        np.concatenate([one.quantity, -one.quantity[some]]),
        np.concatenate([one.list_price, one.list_price[some]]),
        np.concatenate([one.price, one.price[some]]),
        np.concatenate([one.discount, np.zeros(len(some))]),
        np.concatenate([one.coupon, np.zeros(len(some))]),
        np.concatenate([one.cost, one.cost[some]]),
        np.concatenate([one.currency, one.currency[some]]),
        np.concatenate([one.channel, one.channel[some]]),
        np.concatenate([one.is_return, constant(True, len(some))]),
    )


def shop_orders(world: World, period: int) -> Frame:
    """The web shop's order export of a month."""
    one = lines(world, "shop", period)
    count, start = len(one.order), period * 10_000_000
    return {
        "line": numbered(f"L{period:02d}", 1, count),
        "order": column([f"W{start + number}" for number in one.order.tolist()]),
        "account": world.accounts.id[one.account],
        "date": text_of(one.at, TIME_ZONE, "%d.%m.%Y %H:%M:%S"),
        "sku": world.catalogue.id[one.product],
        "qty": column([str(number) for number in one.quantity.tolist()]),
        "unit_price": decimal_text(one.price),
        "list_price": decimal_text(one.list_price),
        "discount": decimal_text(one.discount),
        "coupon": decimal_text(one.coupon),
        "purchase_cost": decimal_text(one.cost),
        "currency": one.currency,
        "channel": one.channel,
        "store": np.array(STORES, dtype=object)[one.order % 3],
        "changed": text_of(one.at, TIME_ZONE, "%d.%m.%Y %H:%M:%S"),
    }


def mall_orders(world: World, period: int) -> Frame:
    """The marketplace's order export of a month: Chinese headers, money in yuan."""
    one = lines(world, "mall", period)
    count, start = len(one.order), period * 10_000_000
    return {
        "行号": numbered(f"TB{period:02d}", 1, count),
        "订单号": column([f"{880_000_000_000 + start + number}" for number in one.order.tolist()]),
        "会员号": world.accounts.id[one.account],
        "下单时间": text_of(one.at, "Asia/Shanghai", "%Y年%m月%d日 %H:%M"),
        "商品编号": world.catalogue.id[one.product],
        "数量": column([str(abs(number)) for number in one.quantity.tolist()]),
        "单价": decimal_text(one.price),
        "优惠": decimal_text(one.discount),
        "币种": one.currency,
        "渠道": one.channel,
        "退货": np.where(one.is_return, "是", "否").astype(object),
    }


def shop_coupons(world: World, period: int) -> Frame:
    """Coupons redeemed in the web shop."""
    rate = factor(world, "coupons", period) * factor(world, "orders", period) * 0.8
    some = drawn(world, "coupons", "shop", period, rate)
    return {
        "redemption": numbered(f"R{period:02d}", 1, some.count),
        "account": world.accounts.id[some.account],
        "campaign": constant(f"K{world.plan.keys[period]}", some.count),
        "code": column([f"SAVE{10 + one % 3 * 5}" for one in some.account.tolist()]),
        "used": text_of(some.at, TIME_ZONE, "%d.%m.%Y %H:%M"),
    }
