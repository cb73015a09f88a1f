"""Who is where at once, beside the same counts in pandas, on made-up customers."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.segments import overlap, overlaps
from pipeline.segments.overlap import Overlaps, counted, cramers_v
from pipeline.tables.overlaps import SCHEME_OVERLAP, SEGMENT_OVERLAP
from pipeline.tables.zones import state_of, states_table

PERIOD, LEAST, SIZE = "2024-03", 10, 3_000
SCHEMES = ["loyalty", "rfm", "value", "wealth"]


def drawn() -> pd.DataFrame:
    """``rfm`` follows loyalty nearly, ``value`` has nothing to do with either, ``wealth`` does not apply."""
    random = np.random.default_rng(5)
    loyalty = random.choice(["high", "low", "insufficient_data"], SIZE, p=[0.3, 0.6, 0.1])
    followed = np.where(loyalty == "high", "champions", "lost")
    rfm = np.where(random.random(SIZE) < 0.9, followed, "rare")
    value = random.choice(["high", "medium", "low"], SIZE, p=[0.001, 0.5, 0.499])
    return pd.DataFrame({"loyalty": loyalty, "rfm": rfm, "value": value, "wealth": "not_applicable"})


def states(frame: pd.DataFrame) -> pa.Table:
    columns = {"period": [PERIOD] * len(frame), "customer_id": [f"c{one:05d}" for one in range(len(frame))]}
    columns |= {state_of(name): frame[name].tolist() for name in frame}
    return pa.table(columns, schema=states_table(list(frame)).schema)


def told(engine: Engine, frame: pd.DataFrame, least: int = LEAST) -> Overlaps:
    found = overlaps(engine.from_arrow(states(frame)), PERIOD, least)
    assert found.segments.schema.equals(SEGMENT_OVERLAP.schema)
    assert found.schemes.schema.equals(SCHEME_OVERLAP.schema)
    return found


def named(scheme: str, state: str) -> str:
    return state if state == "insufficient_data" else f"{scheme}:{state}"


def test_customers_share_and_lift_of_every_pair_of_segments(engine: Engine) -> None:
    frame = drawn()
    expected = {}
    for scheme in SCHEMES[:3]:
        for other in (one for one in SCHEMES[:3] if one != scheme):
            table = pd.crosstab(frame[scheme], frame[other])
            for state, column in ((a, b) for a in table.index for b in table.columns):
                both = int(table.loc[state, column])
                if both >= LEAST:
                    of_it, of_other = int(table.loc[state].sum()), int(table[column].sum())
                    key = (scheme, named(scheme, state), other, named(other, column))
                    expected[key] = (both, both / of_it, (both / of_it) / (of_other / SIZE))
    found = {
        (row["scheme"], row["state"], row["other_scheme"], row["other_state"]): (
            row["shared_count"],
            row["shared_share"],
            row["lift"],
        )
        for row in told(engine, frame).segments.to_pylist()
    }
    assert found.keys() == expected.keys()
    for key, figures in found.items():
        assert figures == pytest.approx(expected[key], abs=1e-6)
    assert min(both for both, _, _ in found.values()) >= LEAST > (frame["value"] == "high").sum() > 0


def test_what_all_customers_share_tells_nothing_and_is_left_out(engine: Engine) -> None:
    found = told(engine, drawn())
    for table in found:
        assert "wealth" not in {*table["scheme"].to_pylist(), *table["other_scheme"].to_pylist()}
    alone = told(engine, drawn()[["loyalty"]])
    assert alone.segments.num_rows == alone.schemes.num_rows == 0


def test_schemes_go_together_by_the_customers_whom_both_assign(engine: Engine) -> None:
    frame = drawn()
    found = {(row["scheme"], row["other_scheme"]): row for row in told(engine, frame).schemes.to_pylist()}
    assert len(found) == 6
    near, far = found["loyalty", "rfm"], found["loyalty", "value"]
    assert near["placed_in_both_count"] == (frame["loyalty"] != "insufficient_data").sum()
    assert near["cramers_v"] == found["rfm", "loyalty"]["cramers_v"] > 0.85
    assert far["cramers_v"] < 0.05
    many = told(engine, frame, least=SIZE).schemes.to_pylist()
    assert {row["cramers_v"] for row in many if "loyalty" in (row["scheme"], row["other_scheme"])} == {None}


def test_counts_are_the_same_however_customers_come(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = drawn()
    whole = told(engine, frame)
    mixed = frame.sample(frac=1, random_state=1)
    monkeypatch.setattr(overlap, "CUSTOMERS_AT_ONCE", 7)
    parts = states(mixed).select([state_of(one) for one in SCHEMES]).to_batches(max_chunksize=100)
    assert told(engine, mixed) == whole
    assert sum(one["customers"] for one in pa.Table.from_batches(counted(parts)).to_pylist()) == 6 * SIZE


@pytest.mark.parametrize(
    ("counts", "value"),
    [
        ([[50, 0], [0, 50]], 1.0),
        ([[25, 25], [25, 25]], 0.0),
        ([[30, 0, 0], [0, 30, 40]], 1.0),
        ([[50, 50], [0, 0]], None),
    ],
)
def test_cramers_v_is_one_where_one_follows_from_the_other_and_none_of_one_segment(
    counts: list[list[int]], value: float | None
) -> None:
    found = cramers_v(np.array(counts, float))
    assert found == (None if value is None else pytest.approx(value, abs=0.01))


def test_what_chance_makes_of_few_customers_is_taken_off() -> None:
    """Uncorrected it would be √((r−1)(c−1)/((n−1)(min(r, c)−1))) in the mean, .28 here."""
    random = np.random.default_rng(8)
    squared = []
    for _ in range(200):
        counts = np.zeros((5, 5))
        np.add.at(counts, (random.integers(0, 5, 50), random.integers(0, 5, 50)), 1)
        squared.append((cramers_v(counts) or 0.0) ** 2)
    assert np.median(squared) < 0.01
    assert np.mean(squared) < 0.02
