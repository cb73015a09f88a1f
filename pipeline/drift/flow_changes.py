"""Changes of how much customers move.

Belongs here: measurements of flows. Does not belong here: sources (``pipeline.health``),
features (``feature_changes``), statistics (``measures``), verdicts (``verdicts``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.drift import measures
from pipeline.drift.binning import Row
from pipeline.drift.measured import Measured
from pipeline.drift.movement import CAUSES
from pipeline.drift.verdicts import Past, against_history, share
from pipeline.settings import DriftSettings


def mobility_changes(flows: Sequence[Row], past: Past, settings: DriftSettings) -> list[Measured]:
    """Shorrocks index of every scheme over the segments of the previous period.

    Judged against the index of earlier periods only: how many customers usually move is not
    known from one period. Statuses are no segments: leaving a segment for one is a move, and
    what happens among the unassigned is not counted.
    """
    schemes: dict[str, list[Row]] = {}
    for row in flows:
        schemes.setdefault(row["scheme"], []).append(row)
    return [_mobility(scheme, schemes[scheme], past, settings) for scheme in sorted(schemes)]


def _mobility(scheme: str, rows: Sequence[Row], past: Past, settings: DriftSettings) -> Measured:
    segments = [row for row in rows if ":" in row["state"]]
    surviving = [row["population_previous_count"] - row["left_count"] for row in segments]
    staying = [count - _moved_out(row) for row, count in zip(segments, surviving, strict=True)]
    rows_of_matrix = [(stay, count) for stay, count in zip(staying, surviving, strict=True) if count > 0]
    total = sum(count for _, count in rows_of_matrix)
    one = Measured(
        "movement",
        scheme,
        "shorrocks_index",
        f"{total} customers of {scheme} are in both periods with a segment in the first",
    )
    if total < settings.min_customers or len(rows_of_matrix) < 2:
        return one.without_verdict(
            f"there are too few ({settings.min_customers} customers in two segments are needed)"
        )
    index, error = measures.mobility(*zip(*rows_of_matrix, strict=True))
    by_model = sum(row["moved_out_model_count"] for row in segments)
    moved = sum(_moved_out(row) for row in segments)
    reach = measures.normal_reach(0.95) * error
    said = (
        f"Of {total} customers of {scheme} {share(moved / total)} left their segment for another, "
        f"{by_model} of {moved} by a refit (Shorrocks index {index:.3f}, "
        f"95% interval {max(0.0, index - reach):.3f} to {index + reach:.3f})"
    )
    one = replace(one, said=said, value=index)
    key = (one.level, one.subject, one.measure)
    values = past.get(key, [])
    if len(values) < settings.min_history_periods:
        return one.without_verdict(
            f"{len(values)} earlier periods do not tell what is usual "
            f"({settings.min_history_periods} are needed)"
        )
    usual = sorted(values)[len(values) // 2]
    one = replace(
        one,
        said=f"{said}, usually {usual:.3f}",
        effect=index - usual,
        is_relevant=abs(index - usual) >= settings.min_total_variation,
        is_large=abs(index - usual) >= settings.major_total_variation,
        floor=f"{settings.min_total_variation:g} of the index",
    )
    # Sampling alone gives no p-value here: 0 leaves the word to history.
    return against_history(one, measures.Test(index, error, 0.0), past, settings, is_signed=True)


def _moved_out(row: Mapping[str, int]) -> int:
    return sum(row[f"moved_out_{cause}_count"] for cause in CAUSES)
