"""Outcomes: what customers of each segment did after they had been put there.

Belongs here: silence, orders, spend and staying of segments of earlier periods, and how much of spend a
scheme tells apart, beside a plain baseline. Does not belong here: outcomes that forecasts learn from
(``forecasts``), flows between two periods (``drift``).

A segment is a claim about customers; what they do next shows whether it was one (law L12). The baseline is
what everybody can do without any scheme: nine groups of equal size by what was spent in three periods.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import reduce
from typing import Any, NamedTuple

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.expressions import squared
from pipeline.engine.protocol import engine_of
from pipeline.engine.values import held
from pipeline.features.value import net_amount_1p, net_amount_3p, orders_count_1p
from pipeline.settings import Project
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.outcomes import SCHEME_OUTCOMES, SEGMENT_OUTCOMES
from pipeline.tables.zones import schemes_in, state_of

#: Periods after which it is looked at what came of a segment.
HORIZONS = (1, 2)
#: Groups of equal size by spend of three periods: as many as a grid of three by three has.
BASELINE_GROUPS = 9
#: Sums of money and of its squares are exact in any order (law L3).
_MONEY, _SQUARE = "decimal(18, 4)", "decimal(38, 8)"
_BASELINE = "(baseline)"
_DECIMALS = 6


class Outcomes(NamedTuple):
    """``SEGMENT_OUTCOMES`` and ``SCHEME_OUTCOMES`` of a period."""

    segments: pa.Table
    schemes: pa.Table


def outcomes(states: ir.Table, features: ir.Table, period: str, project: Project) -> Outcomes:
    """What customers have done by the end of ``period`` since they were in their segments of earlier ones.

    ``states`` are the ``states_table`` of the project's schemes, ``features`` are ``CUSTOMER_FEATURES``, both
    of ``period`` and of the two before it. Spend is what was bought less what was returned. A customer who is
    missing later because nothing had come for so long (``retention_days``) did nothing; one who is missing
    otherwise was merged, erased or excluded, and is left out. Figures of fewer than
    ``publish.min_group_count`` customers are null. Explained is the part of the variance of spend that lies
    between segments (eta squared; Fisher, 1925), statuses being groups too. A project without orders has no
    rows.
    """
    told: list[dict[str, Any]] = []
    explained: list[dict[str, Any]] = []
    for horizon in HORIZONS if orders_count_1p.name in project.givable else ():
        if len(project.calendar.between(project.first_period, period)) <= horizon:
            continue
        course = held(_course(states, features, period, horizon, project))
        origin = _back(project, period, horizon)
        common = {"period": period, "segment_period": origin, "horizon_periods": horizon}
        groups = _groups(course, sorted(schemes_in(states.columns)))
        told += [common | one for one in _told(groups, project.privacy.min_group_count)]
        explained += [common | one for one in _explained(groups)]
    return Outcomes(
        pa.Table.from_pylist(told, schema=SEGMENT_OUTCOMES.schema),
        pa.Table.from_pylist(explained, schema=SCHEME_OUTCOMES.schema),
    )


def _back(project: Project, period: str, periods: int) -> str:
    return str(project.calendar.between(project.first_period, period)[-1 - periods])


def _course(states: ir.Table, features: ir.Table, period: str, horizon: int, project: Project) -> ir.Table:
    """Customers of the origin: their states then, whether each is the same now, and what came since."""
    origin = _back(project, period, horizon)
    then, now = _of(states, origin), _of(states, period)
    rows = _of(features, origin).select(
        "customer_id", "last_active_at", before=ibis._[net_amount_3p.name].cast(_MONEY)
    )
    for ahead in range(horizon):
        later = _back(project, period, ahead)
        border = project.calendar.as_of(later) - timedelta(days=project.retention_days)
        came = _of(features, later).select(
            "customer_id",
            orders=ibis._[orders_count_1p.name].cast("int64"),
            net=ibis._[net_amount_1p.name].cast(_MONEY),
        )
        nothing = ibis.ifelse(rows.last_active_at < ibis.timestamp(border), 0, None)
        joined = rows.left_join(came, "customer_id")
        rows = joined.select(
            *rows.columns,
            **{f"orders_{ahead}": joined.orders.fill_null(nothing.cast("int64"))},
            **{f"net_{ahead}": joined.net.fill_null(nothing.cast(_MONEY))},
        )
    each = range(horizon)
    rows = rows.select(
        "customer_id",
        "before",
        orders=reduce(lambda a, b: a + b, [rows[f"orders_{one}"] for one in each]),
        net=reduce(lambda a, b: a + b, [rows[f"net_{one}"] for one in each]).cast(_MONEY),
    ).filter(ibis._.orders.notnull())
    names = [state_of(one) for one in sorted(schemes_in(states.columns))]
    # The window sorts all columns that it is given: states come after it.
    some = rows.semi_join(then, "customer_id")
    ninth = ibis.ntile(BASELINE_GROUPS).over(ibis.window(order_by=[some.before, some.customer_id]))
    ninths = some.select("customer_id", "orders", "net", baseline=ninth.cast("string"))
    is_same = now.select("customer_id", **{f"{one}_now": now[one] for one in names})
    placed = ninths.inner_join(then.select("customer_id", *names), "customer_id").left_join(
        is_same, "customer_id"
    )
    stayed = {f"{one}_stayed": placed[one] == placed[f"{one}_now"] for one in names}
    return placed.select("orders", "net", "baseline", *names, **stayed)


def _of(table: ir.Table, period: str) -> ir.Table:
    # A view, so that joining periods is a join of different tables to Ibis, not of one with itself.
    return table.filter(table.period == period).view()


def _groups(course: ir.Table, schemes: Sequence[str]) -> list[dict[str, Any]]:
    """Sums by scheme and state, and by group of the baseline."""

    def sums(scheme: str, state: ir.Column, stayed: ir.BooleanValue) -> ir.Table:
        rows = course.select("orders", "net", state=state, stayed=stayed.fill_null(False))
        return rows.group_by("state").aggregate(
            scheme=ibis.literal(scheme),
            customers=rows.count(),
            silent=(rows.orders == 0).cast("int64").sum(),
            stayed=rows.stayed.cast("int64").sum(),
            orders=rows.orders.sum(),
            net=rows.net.sum().cast(_SQUARE),
            squares=squared(rows.net).sum().cast(_SQUARE),
        )

    every = [sums(_BASELINE, course.baseline, ibis.literal(False))]
    for scheme in schemes:
        name = state_of(scheme)
        every.append(sums(scheme, course[name], course[f"{name}_stayed"]))
    found = engine_of(course).to_arrow(reduce(lambda a, b: a.union(b), every))
    return sorted(found.to_pylist(), key=lambda row: (row["scheme"], row["state"]))


def _told(groups: Sequence[dict[str, Any]], least: int) -> Iterator[dict[str, Any]]:
    for row in groups:
        if row["scheme"] == _BASELINE:
            continue
        count = row["customers"]
        figures = {
            "silent_share": row["silent"] / count,
            "stayed_share": row["stayed"] / count,
            "mean_orders_count": row["orders"] / count,
            "mean_net_amount": float(row["net"]) / count,
        }
        state = row["state"]
        yield {
            "scheme": row["scheme"],
            "state": state if state in UNASSIGNED else f"{row['scheme']}:{state}",
            "followed_count": count,
            **{
                name: round(value, _DECIMALS) + 0.0 if count >= least else None
                for name, value in figures.items()
            },
        }


def _explained(groups: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    by_scheme: dict[str, list[dict[str, Any]]] = {}
    for row in groups:
        by_scheme.setdefault(row["scheme"], []).append(row)
    baseline = _eta_squared(by_scheme.pop(_BASELINE, []))
    for scheme, rows in by_scheme.items():
        yield {
            "scheme": scheme,
            "followed_count": sum(row["customers"] for row in rows),
            "explained_share": _eta_squared(rows),
            "baseline_explained_share": baseline,
        }


def _eta_squared(rows: Sequence[dict[str, Any]]) -> float | None:
    """Variance between groups per whole variance; null where nobody differs."""
    count, total = sum(row["customers"] for row in rows), sum(row["net"] for row in rows)
    if not count:
        return None
    whole = float(sum(row["squares"] for row in rows) - total * total / count)
    between = float(sum(row["net"] * row["net"] / row["customers"] for row in rows) - total * total / count)
    return round(between / whole, _DECIMALS) + 0.0 if whole > 0 else None
