"""Changes of what comes in and of how much customers move: sources and mobility.

Belongs here: measurements of row accounts and of flows. Does not belong here: features
(``feature_changes``), statistics (``measures``), verdicts (``verdicts``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log

from scipy import stats

from pipeline.drift import measures
from pipeline.drift.binning import Row
from pipeline.drift.movement import CAUSES
from pipeline.drift.verdicts import Measured, Past, against_history, share
from pipeline.settings import DriftSettings


def source_changes(
    now: Sequence[Row],
    before: Sequence[Row],
    days_now: float,
    days_before: float,
    past: Past,
    settings: DriftSettings,
) -> list[Measured]:
    """Row count per day and quarantined share of every source, this period and the one before.

    A source that gave rows before and has no account now counts as zero rows.
    """
    earlier, later = ({row["source"]: row for row in rows} for rows in (before, now))
    found = []
    for source in sorted(earlier.keys() | later.keys()):
        if source not in earlier:
            continue
        old, new = earlier[source], later.get(source, {"rows_read_count": 0, "rows_quarantined_count": 0})
        found.append(_volume_change(source, old, new, days_before, days_now, past, settings))
        found.append(_quarantine_change(source, old, new, past, settings))
    return found


def _volume_change(
    source: str, old: Row, new: Row, days_before: float, days_now: float, past: Past, settings: DriftSettings
) -> Measured:
    a, b = old["rows_read_count"], new["rows_read_count"]
    one = Measured(
        "source", source, "row_count_ratio", f"Source {source} gave {b} rows, {a} in the period before"
    )
    if max(a, b) < settings.min_customers:
        return one.without_verdict(
            f"too few rows to judge ({settings.min_customers} are needed in one of the periods)"
        )
    if not a:
        return one.without_verdict("not judged, because there is nothing to compare with")
    test = measures.log_ratio(a, b, days_before, days_now)
    border = log(settings.volume_ratio)
    one = replace(
        one,
        value=(b / days_now) / (a / days_before),
        effect=test.value,
        is_relevant=abs(test.value) >= border,
        # Twice the border on the logarithm: with a ratio of 2, four times or a quarter.
        is_large=abs(test.value) >= 2 * border or not b,
    )
    return against_history(one, test, past, settings, is_signed=True)


def _quarantine_change(source: str, old: Row, new: Row, past: Past, settings: DriftSettings) -> Measured:
    a, b = old["rows_read_count"], new["rows_read_count"]
    bad_before, bad_now = old["rows_quarantined_count"], new["rows_quarantined_count"]
    said = f"Source {source} had {bad_now} of {b} rows set aside, {bad_before} of {a} in the period before"
    one = Measured("source", source, "quarantined_share_change", said)
    if min(a, b) < settings.min_customers:
        return one.without_verdict(
            f"too few rows to judge ({settings.min_customers} are needed in each period)"
        )
    test = measures.proportion_change(bad_before, a, bad_now, b)
    one = replace(
        one,
        value=test.value,
        effect=test.value,
        is_relevant=abs(test.value) >= settings.min_total_variation,
        is_large=abs(test.value) >= settings.major_total_variation,
    )
    if test.p_value is None:
        return one.without_verdict("nothing to judge, because all rows fared alike")
    return against_history(one, test, past, settings, is_signed=True)


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
            f"too little to judge ({settings.min_customers} customers in two segments are needed)"
        )
    index, error = measures.mobility(*zip(*rows_of_matrix, strict=True))
    by_model = sum(row["moved_out_model_count"] for row in segments)
    moved = sum(_moved_out(row) for row in segments)
    reach = float(stats.norm.ppf(0.975)) * error
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
            f"not judged, because {len(values)} earlier periods do not tell what is usual "
            f"({settings.min_history_periods} do)"
        )
    usual = sorted(values)[len(values) // 2]
    one = replace(
        one,
        said=f"{said}, usually {usual:.3f}",
        effect=index - usual,
        is_relevant=abs(index - usual) >= settings.min_total_variation,
        is_large=abs(index - usual) >= settings.major_total_variation,
    )
    # Sampling alone gives no p-value here: 0 leaves the word to history.
    return against_history(one, measures.Test(index, error, 0.0), past, settings, is_signed=True)


def _moved_out(row: Mapping[str, int]) -> int:
    return sum(row[f"moved_out_{cause}_count"] for cause in CAUSES)
