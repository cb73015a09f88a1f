"""From a measured change to a finding: p-value against history, severity, one plain sentence.

Belongs here: what counts as a change, and how it is said. Does not belong here: statistics
(``measures``), or what is measured (``assessment``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.drift.measures import Test, false_discovery, unusual
from pipeline.settings import DriftSettings

HistoryStatus = Literal["history_short", "learned", "not_comparable"]
Severity = Literal["none", "minor", "major"]


@dataclass(frozen=True)
class Measured:
    """One change, measured but not judged yet.

    ``is_relevant`` and ``is_large`` say whether the effect reaches the floor of a finding and
    of a major one; ``said`` is the sentence without its verdict, ``unjudged`` why there is none.
    """

    level: str
    subject: str
    measure: str
    said: str
    value: float | None = None
    effect: float | None = None
    stability: float | None = None
    distance: float | None = None
    p_value: float | None = None
    is_relevant: bool = False
    is_large: bool = False
    history_status: HistoryStatus = "history_short"
    unjudged: str | None = None

    def without_verdict(self, reason: str, status: HistoryStatus | None = None) -> "Measured":
        """The same measurement, not to be judged for ``reason``."""
        return replace(self, p_value=None, unjudged=reason, history_status=status or self.history_status)


def judged(measured: Iterable[Measured], period: str, false_discovery_rate: float) -> list[dict[str, Any]]:
    """Rows of ``FINDINGS``: q-values over all p-values of the period, severity, explanation."""
    every = list(measured)
    tested = [one.p_value for one in every if one.p_value is not None]
    adjusted = iter(false_discovery(tested))
    rows = []
    for one in every:
        q_value = next(adjusted) if one.p_value is not None else None
        severity = _severity(one, q_value, false_discovery_rate)
        rows.append(
            {
                "period": period,
                "level": one.level,
                "subject": one.subject,
                "comparison": "previous_period",
                "measure": one.measure,
                "value": _rounded(one.value),
                "effect": _rounded(one.effect),
                "population_stability_index": _rounded(one.stability),
                "wasserstein_distance": _rounded(one.distance),
                "p_value": _rounded(one.p_value),
                "q_value": _rounded(q_value),
                "severity": severity,
                "history_status": one.history_status,
                "explanation": f"{one.said}; {one.unjudged or _ADVICE[severity]}.",
            }
        )
    return rows


_ADVICE: dict[Severity, str] = {
    "none": "no more than usual, nothing to do",
    "minor": "a real but small change, watch the next period",
    "major": "a large change, find its reason before acting on segments that rest on it",
}


def _severity(one: Measured, q_value: float | None, rate: float) -> Severity:
    if one.unjudged or q_value is None or q_value >= rate or not one.is_relevant:
        return "none"
    return "major" if one.is_large else "minor"


def _rounded(value: float | None) -> float | None:
    """Six significant digits: small p-values keep theirs."""
    return None if value is None else float(f"{value:.6g}")


def share(value: float) -> str:
    """A share as it is said: 12.3%."""
    return f"{100 * value:.1f}%"


Past = dict[tuple[str, str, str], list[float]]


def past_values(history: Iterable[dict[str, Any]], period: str, most: int) -> Past:
    """The ``most`` last values before ``period``, oldest first, by level, subject and measure.

    Ratios count by their logarithm, which is their effect. Measurements that could not be
    compared teach nothing.
    """
    found: Past = {}
    for row in sorted(history, key=lambda one: str(one["period"])):
        value = row["effect"] if row["measure"] == "row_count_ratio" else row["value"]
        if row["period"] < period and value is not None and row["history_status"] != "not_comparable":
            found.setdefault((row["level"], row["subject"], row["measure"]), []).append(value)
    return {key: values[-most:] for key, values in found.items()}


def against_history(
    one: Measured, test: Test, past: Past, settings: DriftSettings, is_signed: bool = False
) -> Measured:
    """The measurement with its p-value: by sampling, and once there is history by what is usual as well.

    A change must be beyond both, so the larger p-value stands.
    """
    values = past.get((one.level, one.subject, one.measure), [])
    if len(values) < settings.min_history_periods:
        return replace(one, p_value=test.p_value)
    usual = unusual(test.value, test.error, values, is_signed)
    p_value = None if test.p_value is None else max(test.p_value, usual)
    return replace(one, p_value=p_value, history_status="learned")
