"""What is told of a company in which nobody changes: mixes, moves, floors, refits, and who changed after all.

Told are, by scheme, of the persons who were there before the first month and do not become others (newcomers
would shift the mix):

- how far the share of a segment ever is, in points, from what it was once the window of twelve months was
  full: of all these persons who have a segment in the month, as the mix is published. Its standard error is
  that of a difference of two shares of the same persons, by what each adds to it. What part of it came by
  behaviour and what by refits adds up over the months between;
- the same of those alone who have a segment in both months. That chooses persons by what they do in between:
  who is about to lose its segment is left out of the first month and who has just got one of the last, and
  the two are not alike, so this drifts a little even where every mix stands still;
- the same of whoever has a segment, from what it was when the scheme first was fitted;
- the share that moves in a month by behaviour, on average and in the worst month, and by refits;
- the same share since windows are full, statuses among the states, beside the published noise floor: what the
  version in force would move if nobody changed, measured as the pipeline does;
- what became of refits, and how many of them findings asked for;
- of those who become others, the share whose segment is another one within two months, beside the same of all
  others in the same months; and of both the share that moved in any scheme.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.features.reordered import PERIODS
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.simulate import Plan

#: What is asked for: points of a mix, moves of rfm and of the others, true movers seen.
MIX_POINTS, RFM_MOVES, MOVES, SEEN = 3.0, 0.15, 0.08, 0.80
#: Standard errors that chance alone hardly ever makes of the worst of some dozens of changes.
ERRORS = 3.0
_KEY = ["seed", "scheme", "customer_id"]
_NONE = "none"


class Mix(NamedTuple):
    """Greatest change of a segment's share in points, its standard error, the parts by cause, and the same
    change of those who have a segment in both months."""

    points: float
    error: float
    behaviour: float
    model: float
    of_the_same: float
    customers: int
    where: str


def with_before(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with the state of each customer in the month before: ``origin``."""
    earlier = rows[[*_KEY, "month", "state"]].assign(month=rows["month"] + 1)
    both = rows.merge(earlier.rename(columns={"state": "origin"}), on=[*_KEY, "month"], how="left")
    # who has a segment since the scheme came into force, or none since it went, moved by the model
    return both.assign(replayed=both["replayed"].where(~both["is_new"], both["origin"]))


def mix_of(rows: pd.DataFrame, since: int, until: int) -> Mix:
    """The greatest change of a segment's share since a month, of those with a segment in each."""
    state, replayed = _wide(rows, "state"), _wide(rows, "replayed")
    segments = sorted({*np.unique(state.to_numpy())} - {_NONE})
    found = []
    for segment in segments:
        behaviour = model = 0.0
        for month in range(since + 1, until):
            before, now = _share(state[month - 1], segment), _share(state[month], segment)
            behaviour += 100 * (_share(replayed[month], segment) - before)
            model += 100 * (now - _share(replayed[month], segment))
            added = _added(state[month], segment) - _added(state[since], segment)
            where = f"{segment.partition(':')[2]}, month {month + 1}"
            customers = int((state[month] != _NONE).sum())
            if not customers:  # the scheme went out of force
                continue
            points = 100 * (now - _share(state[since], segment))
            error = 100 * float(np.sqrt((added**2).sum()))
            alike = _of_the_same(state[since], state[month], segment)
            found.append(Mix(points, error, behaviour, model, alike, customers, where))
    return max(found, key=lambda one: abs(one.points))


def _share(states: pd.Series, segment: str) -> float:
    """Share of a segment among those who have one."""
    return float((states == segment).sum() / max((states != _NONE).sum(), 1))


def _added(states: pd.Series, segment: str) -> pd.Series:
    """What each customer adds to the error of the share (linearised ratio: Cochran, 1977)."""
    has = (states != _NONE).astype(float)
    return ((states == segment) - _share(states, segment) * has) / max(has.sum(), 1)


def _of_the_same(first: pd.Series, last: pd.Series, segment: str) -> float:
    """Change of a segment's share in points, of those who have a segment in both months."""
    both = (first != _NONE) & (last != _NONE)
    return 100 * (_share(last[both], segment) - _share(first[both], segment))


def _wide(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    some = rows.assign(value=rows[name].fillna(_NONE))
    return some.pivot(index=["seed", "customer_id"], columns="month", values="value").fillna(_NONE)


def since_first(rows: pd.DataFrame, since: int, until: int) -> tuple[float, str]:
    """Greatest change of a segment's share in points since a month, of who has a segment; and which."""
    some = rows[rows["month"].between(since, until - 1)].dropna(subset="state")
    shares = some.groupby(["month", "state"]).size().unstack(fill_value=0)
    shares = shares.div(shares.sum(axis=1), axis=0).mul(100)
    changes = (shares - shares.loc[since]).stack()
    worst = changes.abs().idxmax()
    return float(changes[worst]), f"{worst[1].partition(':')[2]}, month {worst[0] + 1}"


def told(rows: pd.DataFrame, fits: pd.DataFrame, plan: Plan) -> bool:
    """Print all tables; whether it is calm."""
    rows = with_before(rows)
    still = rows[rows["is_old"] & ~rows["is_mover"]]
    right = _told_mixes(still, plan)
    right &= _told_floors(still, plan)
    _told_fits(fits)
    return _told_movers(rows, plan) and right


def _told_mixes(still: pd.DataFrame, plan: Plan) -> bool:
    right = True
    print(
        "| scheme | customers | mix since windows are full | standard error | by behaviour, by refits |"
        " with a segment in both | since the first fit | move a month | worst month | by refits |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for scheme, some in still.groupby("scheme"):
        fitted = some.dropna(subset="state")["month"].min()
        if np.isnan(fitted) or fitted >= plan.moved_at - 1:
            continue
        mix = mix_of(some, max(fitted, WINDOW_PERIODS), plan.moved_at)
        early, which = since_first(some, fitted, plan.moved_at)
        lived = some[some["month"].between(fitted + 1, plan.moved_at - 1)].dropna(subset=["state", "origin"])
        moves = _moves(lived)
        by_model = ((lived["state"] != lived["origin"]).groupby(lived["month"]).mean() - moves).mean()
        print(
            f"| {scheme} | {mix.customers:,} | {mix.points:+.1f} ({mix.where}) | {mix.error:.1f} |"
            f" {mix.behaviour:+.1f}, {mix.model:+.1f} | {mix.of_the_same:+.1f} | {early:+.1f} ({which}) |"
            f" {moves.mean():.1%} | {moves.max():.1%} | {by_model:.1%} |"
        )
        right &= abs(mix.points) <= MIX_POINTS + ERRORS * mix.error
        right &= moves.mean() <= (RFM_MOVES if scheme == "rfm" else MOVES)
    return right


def _told_floors(still: pd.DataFrame, plan: Plan) -> bool:
    """Print moves beside the noise floor; whether no scheme moves more, but for what chance makes of both."""
    print("\n| scheme | move a month | noise floor | standard error of the difference |")
    print("| --- | --- | --- | --- |")
    right, months = True, still["month"].between(PERIODS, plan.moved_at - 1)
    for scheme, some in still[months & still["floor"].notna()].groupby("scheme"):
        unfitted = some[["origin", "state"]].isna().all(axis=1).all()
        if unfitted:
            continue
        states = some[["replayed", "origin", "state"]].fillna(_NONE)
        moved = (states["replayed"] != states["origin"]) & (states["state"] != states["origin"])
        by_seed = pd.DataFrame({"moved": moved, "floor": some["floor"]}).groupby(some["seed"]).mean()
        share, floor = by_seed.mean()
        customers = some.groupby("seed")["customer_id"].nunique().sum()
        error = np.sqrt(floor * (1 - floor) / customers + share * (1 - share) / len(some))
        print(f"| {scheme} | {share:.1%} | {floor:.1%} | {error:.1%} |")
        right &= share <= floor + 2 * error
    return right


def _told_fits(fits: pd.DataFrame) -> None:
    """Print what became of refits while windows filled and since, and how many of them findings asked for."""
    print(
        "\n| scheme | refits: accepted, unchanged, refused | since windows are full | asked for by findings |"
    )
    print("| --- | --- | --- | --- |")
    for scheme, some in fits.groupby("scheme"):
        spans = (some, some[some["month"] >= WINDOW_PERIODS])
        cells = [
            ", ".join(str((one["decision"] == name).sum()) for name in ("accepted", "unchanged", "refused"))
            for one in spans
        ]
        print(f"| {scheme} | {cells[0]} | {cells[1]} | {some['is_asked'].sum()} |")


def _told_movers(rows: pd.DataFrame, plan: Plan) -> bool:
    print("\n| scheme | movers with a segment | seen within two months | of those who did not change |")
    print("| --- | --- | --- | --- |")
    seen = _seen(rows, plan)
    for scheme, some in seen.groupby("scheme"):
        print(_seen_row(scheme, some))
    anywhere = seen.groupby(["seed", "customer_id"]).agg(
        {"is_mover": "max", "is_seen": "max", "becomes": "first"}
    )
    print(_seen_row("any", anywhere.reset_index()))
    for becomes, some in anywhere[anywhere["is_mover"]].groupby("becomes"):
        print(f"any, of who become {becomes}: {some['is_seen'].mean():.0%} of {len(some)}")
    return bool(anywhere.loc[anywhere["is_mover"], "is_seen"].mean() >= SEEN)


def _moves(some: pd.DataFrame) -> pd.Series:
    """Share that moved by behaviour in each month, of who had a segment in it and in the one before."""
    both = some.dropna(subset=["state", "origin"])
    # behaviour: the version of before already says another segment of the new features
    moved = (both["replayed"] != both["origin"]) & (both["state"] != both["origin"])
    return moved.groupby(both["month"]).mean()


def _seen(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Of each scheme and customer with a segment before the change: whether another one within two months."""
    first = rows[rows["month"] == plan.moved_at - 1].dropna(subset="state").set_index(_KEY)
    later = rows[rows["month"].between(plan.moved_at, plan.moved_at + 1)]
    later = later.join(first["state"].rename("then"), on=_KEY, how="inner")
    later["is_seen"] = later["state"].notna() & (later["state"] != later["then"])
    found = later.groupby(_KEY)["is_seen"].max().to_frame()
    return found.join(first[["is_mover", "becomes"]]).reset_index()


def _seen_row(scheme: str, some: pd.DataFrame) -> str:
    movers, others = some[some["is_mover"]], some[~some["is_mover"].astype(bool)]
    return f"| {scheme} | {len(movers):,} | {movers['is_seen'].mean():.0%} | {others['is_seen'].mean():.0%} |"
