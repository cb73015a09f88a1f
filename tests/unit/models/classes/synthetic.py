"""Customers of three classes whose true shares are known, some of whom are unknown in a feature."""

import numpy as np
import pyarrow as pa

from pipeline.models.classes.shares import shares_of
from pipeline.models.classes.target import Classes, HeldOut
from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame
from pipeline.models.rolling import Origin

COLUMNS = (Column("visits", True), Column("share", False), Column("is_bound", False))
KINDS = ("logistic", "tree", "boosting", "network")
CLASSES = 3


def frame_of(size: int, seed: int) -> Frame:
    random = np.random.default_rng(seed)
    numbers = {
        "visits": np.round(random.exponential(10, size), 6),
        "share": np.round(random.uniform(size=size), 6),
        "is_bound": (random.uniform(size=size) < 0.4).astype(np.float64),
    }
    numbers["share"][random.uniform(size=size) < 0.2] = np.nan
    return Frame(pa.array([f"c{one:06d}" for one in range(size)]), numbers, {})


def true_shares(frame: Frame, strength: float = 1.0) -> Floats:
    visits, share, bound = (frame.number(one.feature) for one in COLUMNS)
    odds = np.stack(
        [
            1.5 * (np.log1p(visits) - 2),
            np.where(np.isnan(share), -1.0, 4 * (share - 0.5)),
            np.where(bound > 0, 1.5, -1.0),
        ],
        axis=1,
    )
    return shares_of(strength * odds)


def drawn(frame: Frame, seed: int, strength: float = 1.0) -> Floats:
    below = true_shares(frame, strength).cumsum(axis=1)
    place = (np.random.default_rng([seed, 7]).uniform(size=len(frame))[:, None] > below).sum(axis=1)
    return np.minimum(place, CLASSES - 1).astype(np.float64)


def parts(size: int, seed: int, strength: float = 1.0, count: int = 5) -> list[Origin]:
    frame = frame_of(size, seed)
    outcome, part = drawn(frame, seed, strength), np.arange(size) % count
    return [Origin("now", one, frame.taken(part == one), outcome[part == one]) for one in range(count)]


def held_out(size: int, seed: int, methods: list, strength: float = 1.0) -> HeldOut:
    return HeldOut(parts(size, seed, strength), 0, methods, Classes(CLASSES, 12), seed)
