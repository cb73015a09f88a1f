"""Law L11: where customers do not change, segments do not. Of a whole company: the benchmark ``calm``."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.segments import fit_versions
from pipeline.settings import Project
from tests.unit.schemes.drawn import drawn
from tests.unit.segments.synthetic import PERIOD, assigned, segments_of, shop_with, with_previous

TIERS = ("purchase_frequency", "purchasing_power", "loyalty")
SCHEMES = [*TIERS, "rfm"]
LOOKS = 5


def looks(engine: Engine, shop: Project) -> dict[str, list[dict[str, str]]]:
    """Segments by scheme in several looks at the same customers, each over a whole window of its own."""
    versions = fit_versions(engine.from_arrow(drawn()), None, None, None, PERIOD, shop)
    found: dict[str, list[dict[str, str]]] = {scheme: [] for scheme in SCHEMES}
    before: pa.Table | None = None
    for look in range(LOOKS):
        before = assigned(with_previous(drawn(draw=look), before), versions, shop)
        for scheme in SCHEMES:
            found[scheme].append(segments_of(before, scheme))
    return found


def moved(seen: list[dict[str, str]]) -> float:
    """Share of customers with a segment in two looks running whose segment is another one."""
    pairs = [(then[one], now[one]) for then, now in pairwise(seen) for one in then if then[one] and now[one]]
    return float(np.mean([then != now for then, now in pairs]))


@pytest.fixture(scope="module")
def found(engine, tmp_path_factory) -> tuple[dict, dict]:
    """What is found with and without asking for evidence."""
    return tuple(
        looks(engine, shop_with(tmp_path_factory.mktemp("shop"), schemes=SCHEMES, leave_odds=odds))
        for odds in (16.0, 0.0)
    )


@pytest.mark.parametrize("scheme", TIERS)
def test_looks_of_a_whole_window_of_their_own_move_few(scheme, found):
    calm, restless = (moved(one[scheme]) for one in found)
    assert calm < 0.5 * restless
    assert calm < 0.12


@pytest.mark.parametrize("scheme", SCHEMES)
def test_who_stays_does_not_add_up_to_another_mix(scheme, found):
    first, last = found[0][scheme][0], found[0][scheme][-1]
    both = [(first[one], last[one]) for one in first if first[one] and last[one]]
    for segment in {one for pair in both for one in pair}:
        then, now = (sum(pair[at] == segment for pair in both) / len(both) for at in (0, 1))
        chance = 3 * (max(then, 0.01) * (1 - then) / len(both)) ** 0.5
        assert abs(now - then) < 0.03 + chance, segment
