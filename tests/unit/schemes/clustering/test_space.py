"""The space that clusters lie in: scales, distances, hysteresis."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.frame import Frame
from pipeline.schemes.clustering.placing import chosen
from pipeline.schemes.clustering.space import scaled, unclipped_frame, unscaled


@given(st.floats(0, 50), st.booleans())
def test_scaling_can_be_undone(value, log):
    scaling = {"log": log, "middle": 2.0, "scale": 30.0}
    z = float(scaled(np.array([value]), scaling)[0])
    assert unscaled(z, scaling) == pytest.approx(value, abs=1e-4)


def test_an_unknown_value_counts_as_the_middle():
    assert scaled(np.array([np.nan]), {"log": False, "middle": 5.0, "scale": 2.0}).tolist() == [0]


def test_steps_of_whole_numbers_are_no_gaps_and_nothing_piles_up_at_a_border():
    values = {"visits": np.repeat([0.0, 1.0, 2.0, 50.0], 100), "share": np.full(400, 0.25)}
    frame = Frame(pa.array([f"c{one}" for one in range(400)]), values, {})
    scalings = [
        {"feature": "visits", "log": False, "middle": 1.0, "scale": 2.0},
        {"feature": "share", "log": False, "middle": 0.0, "scale": 0.01},
    ]
    visits, share = unclipped_frame(scalings, frame, seed=1)
    assert len(np.unique(np.round(visits[:300], 6))) > 290
    assert np.round(visits * 2 + 1).tolist() == values["visits"].tolist()
    assert share == pytest.approx(25.0)


def test_a_customer_stays_until_another_centre_is_nearer_by_the_margin():
    # Distances to the previous (first) and to the other centre.
    distances = np.array([[1.0, 1.0, 1.0], [0.95, 0.85, 0.85]])
    previous = np.array([0, 0, -1])
    assert chosen(distances**2, previous, 0.10).tolist() == [0, 1, 1]
