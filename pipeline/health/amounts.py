"""Amounts: money on another scale, with another sign, or in mixed currencies.

Belongs here: signals *prices*, *amounts* and *signs*. Does not belong here: customers who spend more, whose
goods cost what they did.

The same goods have the same prices: their median change from one period to the next is none, or that of a
price list. So a factor that nearly all of them share is a fault of scale long before a total would show it.
"""

from collections.abc import Iterator
from math import exp, log, sqrt
from statistics import median

from pipeline.health.chance import differences, scale
from pipeline.health.profile import Known, Profile
from pipeline.health.profiling import QUANTILES
from pipeline.health.signal import Signal

#: Products, or accounts, that both periods have, at least.
_LEAST_ITEMS = 20
#: Scale of steps of quantiles, on the logarithm, before any is known.
_PRIOR = 0.15
#: Factor from which one quantile is worth telling where prices of the same goods are not known to have
#: changed.
_TAIL_FACTOR = 1.5
#: Amounts of a source that its quantiles are taken of, at least.
_LEAST_AMOUNTS = 200


def amounts(known: Known) -> Iterator[Signal]:
    """Amounts that are all larger, or smaller, or have another sign."""
    if not known.now.rows or not known.lively:
        return
    told = False
    for column in known.now.columns("amount_by_item"):
        for one in _prices(known, column):
            told = True
            yield one
    for column in known.now.columns("amount"):
        if not told:
            yield from _quantiles(known, column)
        yield from _signs(known, column)


def _prices(known: Known, column: str) -> Iterator[Signal]:
    now, before = (one.by_item("amount_by_item", column) for one in (known.now, known.lively[-1]))
    ratios = [log(now[key] / before[key]) for key in now if before.get(key, 0.0) > 0 and now[key] > 0]
    if len(ratios) < _LEAST_ITEMS:
        return
    middle = median(ratios)
    spread = median(abs(one - middle) for one in ratios) * 1.4826
    error = 1.2533 * spread / sqrt(len(ratios))
    if abs(middle) >= log(known.settings.price_factor) and abs(middle) > 5 * error:
        shared = sum(abs(one) > abs(middle) / 2 and one * middle > 0 for one in ratios) / len(ratios)
        is_scale = abs(middle) >= log(known.settings.scale_factor)
        yield Signal(
            "prices",
            shared,
            "broken" if is_scale else "suspect",
            {"column": column, "factor": exp(middle), "items": len(ratios)},
        )


def _quantiles(known: Known, column: str) -> Iterator[Signal]:
    """A quantile of the size of amounts that steps beyond what is usual."""
    past = [one for one in known.lively if one.one("amount", "known", column) >= _LEAST_AMOUNTS]
    if not past or known.now.one("amount", "known", column) < _LEAST_AMOUNTS:
        return
    factors = {}
    for key in QUANTILES:
        now, logs = _log(known.now, column, key), [_log(one, column, key) for one in past]
        series = [one for one in logs if one is not None]
        if now is None or not series:
            continue
        step = now - series[-1]
        chance = scale(0.0, differences(series), _PRIOR).tail(-abs(step))
        if abs(step) >= log(_TAIL_FACTOR) and chance < known.level("amounts") / len(QUANTILES):
            factors[key] = exp(step)
    if factors:
        key, factor = max(factors.items(), key=lambda one: abs(log(one[1])))
        middle = [factors[one] for one in ("q25", "q50", "q75") if one in factors]
        is_scale = len(middle) == 3 and min(abs(log(one)) for one in middle) >= log(
            known.settings.scale_factor
        )
        share = 1 - QUANTILES[min(factors, key=lambda one: QUANTILES[one])]
        yield Signal(
            "amounts",
            share,
            "broken" if is_scale else "suspect",
            {"column": column, "factor": factor, "quantile": QUANTILES[key]},
        )


def _log(one: Profile, column: str, key: str) -> float | None:
    value = one.one("amount", key, column)
    return log(value) if value > 0 else None


def _signs(known: Known, column: str) -> Iterator[Signal]:
    now = _negative(known.now, column)
    past = [one for some in known.lively if (one := _negative(some, column)) is not None]
    if now is None or not past:
        return
    usual = sum(past) / len(past)
    if abs(now - usual) >= max(known.settings.suspect_share, 3 * max(abs(one - usual) for one in past)):
        yield Signal(
            "signs",
            abs(now - usual),
            known.state(abs(now - usual)),
            {"column": column, "now": now, "usual": usual},
        )


def _negative(one: Profile, column: str) -> float | None:
    known = one.one("amount", "known", column)
    return one.one("amount", "negative", column) / known if known >= _LEAST_AMOUNTS else None
