"""Sums of readings: one order of columns, whatever order sets give readings in."""

import random

from pipeline.features import FEATURES
from pipeline.features.sums import _groups as groups


def test_readings_are_summed_in_one_order_whatever_order_they_come_in():
    every = {one for feature in FEATURES.values() for one in feature.reads}
    for ledger in sorted({one.ledger.name for one in every}):
        readings = [one for one in every if one.ledger.name == ledger]
        given = [random.Random(seed).sample(readings, len(readings)) for seed in range(8)]
        first, *others = map(groups, given)
        assert sorted(map(repr, (one for group in first for one in group))) == sorted(map(repr, readings))
        assert all(one == first for one in others)
