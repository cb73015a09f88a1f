"""Customers whose true chance is known: origins to learn from, with or without a signal."""

import numpy as np
import pyarrow as pa

from pipeline.models.candidates import Method, Model
from pipeline.models.design import Column
from pipeline.models.frame import Frame
from pipeline.models.rolling import Origin

COLUMNS = (Column("recency_days", True), Column("share", False))
PLAIN = Method("rate", (Model("logistic", ()),), is_plain=True)
ONE_COLUMN = Method("one_column", (Model("logistic", COLUMNS[:1]),), is_plain=True)
LOGISTIC = Method("logistic", (Model("logistic", COLUMNS),), is_plain=False)
ADDITIVE = Method("additive", (Model("additive", COLUMNS),), is_plain=False)
AVERAGE = Method("average", (*LOGISTIC.models, *ADDITIVE.models), is_plain=False)
METHODS = (AVERAGE, LOGISTIC, ADDITIVE, PLAIN, ONE_COLUMN)


def frame_of(random: np.random.Generator, customers: int) -> Frame:
    numbers = {"recency_days": random.exponential(40, customers), "share": random.uniform(size=customers)}
    numbers["share"][random.uniform(size=customers) < 0.2] = np.nan
    return Frame(pa.array([f"c{one}" for one in range(customers)]), numbers, {})


def chance(frame: Frame, strength: float = 1.0):
    share = np.where(np.isnan(frame.number("share")), 0.2, frame.number("share"))
    z = 1.2 * (np.log1p(frame.number("recency_days")) - 3.3) + 6 * (np.abs(share - 0.5) - 0.25)
    return 1 / (1 + np.exp(0.8 - strength * z))


def origins(count: int, customers: int = 800, seed: int = 1, strength: float = 1.0) -> list[Origin]:
    random = np.random.default_rng(seed)
    found = []
    for place in range(count):
        frame = frame_of(random, customers)
        outcome = (random.uniform(size=customers) < chance(frame, strength)).astype(float)
        found.append(Origin(f"p{place:02d}", place, frame, outcome))
    return found
