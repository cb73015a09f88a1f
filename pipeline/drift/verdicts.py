"""From a measured change to a finding: p-value against history, verdict, one plain sentence.

Belongs here: what counts as a change, and how it is said. Does not belong here: statistics
(``measures``), or what is measured (``assessment``).

A verdict says only what was seen (law L12): *usual* needs a history that tells what is usual and
a test that says so. Without them a change that is not told is *below the floor* (certain, but
too small to act on) or one of which we *cannot tell*, with the reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.drift.measures import Test, false_discovery, unusual
from pipeline.settings import DriftSettings

Comparison = Literal["previous_period", "last_healthy_period", "level"]
HistoryStatus = Literal["history_short", "learned", "not_comparable"]
Verdict = Literal["major", "minor", "below_floor", "usual", "cannot_tell"]


@dataclass(frozen=True)
class Measured:
    """One change, measured but not judged yet.

    ``is_relevant`` and ``is_large`` say whether the effect reaches the floor of a finding and of a
    major one, ``floor`` is the former in words; ``said`` is the sentence without its verdict.
    ``unjudged`` is why there is no verdict, ``told`` why it is major whatever the test says.
    ``usual_p`` is the p-value against learned history, and ``doubt`` why nothing can be told of a
    difference that is not certain.
    """

    level: str
    subject: str
    measure: str
    said: str
    comparison: Comparison = "previous_period"
    value: float | None = None
    effect: float | None = None
    stability: float | None = None
    distance: float | None = None
    p_value: float | None = None
    is_relevant: bool = False
    is_large: bool = False
    floor: str = ""
    history_status: HistoryStatus = "history_short"
    usual_p: float | None = None
    doubt: str = "the difference is not certain"
    unjudged: str | None = None
    told: str | None = None

    def without_verdict(self, reason: str, status: HistoryStatus | None = None) -> "Measured":
        """The same measurement, not to be judged because of ``reason``."""
        return replace(self, p_value=None, unjudged=reason, history_status=status or self.history_status)


def judged(measured: Iterable[Measured], period: str, false_discovery_rate: float) -> list[dict[str, Any]]:
    """Rows of ``FINDINGS``: q-values over all p-values of the period, verdict, explanation."""
    every = list(measured)
    tested = [one.p_value for one in every if one.p_value is not None]
    adjusted = iter(false_discovery(tested))
    rows = []
    for one in every:
        q_value = next(adjusted) if one.p_value is not None else None
        verdict = _verdict(one, q_value, false_discovery_rate)
        rows.append(
            {
                "period": period,
                "level": one.level,
                "subject": one.subject,
                "comparison": one.comparison,
                "measure": one.measure,
                "value": _rounded(one.value),
                "effect": _rounded(one.effect),
                "population_stability_index": _rounded(one.stability),
                "wasserstein_distance": _rounded(one.distance),
                "p_value": _rounded(one.p_value),
                "q_value": _rounded(q_value),
                "verdict": verdict,
                "severity": verdict if verdict in ("major", "minor") else "none",
                "history_status": one.history_status,
                "explanation": f"{one.said}; {_advice(one, verdict)}.",
            }
        )
    return rows


def _verdict(one: Measured, q_value: float | None, rate: float) -> Verdict:
    if one.told:
        return "major"
    if one.unjudged or q_value is None:
        return "cannot_tell"
    if q_value < rate:
        return ("major" if one.is_large else "minor") if one.is_relevant else "below_floor"
    return "usual" if one.usual_p is not None and one.usual_p >= rate else "cannot_tell"


_FIND_OUT = "find its reason before acting on segments that rest on it"
_OF_SOURCE = "find out whether rows are missing, doubled or unreadable before calling anything behaviour"


def _advice(one: Measured, verdict: Verdict) -> str:
    """What the verdict says, and what to do."""
    if one.told:
        return f"{one.told}: {_FIND_OUT}"
    if verdict in ("major", "minor") and one.level == "source":
        return f"a {'large' if verdict == 'major' else 'real'} change of the source, {_OF_SOURCE}"
    if verdict == "major":
        return f"a large change, {_FIND_OUT}"
    if verdict == "minor":
        return "a real but small change, watch the next period"
    if verdict == "below_floor":
        begun = "more than usual" if one.history_status == "learned" else "real"
        return f"{begun}, but below your floor of {one.floor}"
    if verdict == "usual":
        return "no more than usual"
    return f"cannot tell, because {one.unjudged or one.doubt}"


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
    compared teach nothing, nor do periods in which a source gave nothing.
    """
    found: Past = {}
    for row in sorted(history, key=lambda one: str(one["period"])):
        is_ratio = row["measure"] == "row_count_ratio"
        value = row["effect"] if is_ratio and row["value"] else None if is_ratio else row["value"]
        if row["period"] < period and value is not None and row["history_status"] != "not_comparable":
            found.setdefault((row["level"], row["subject"], row["measure"]), []).append(value)
    return {key: values[-most:] for key, values in found.items()}


def against_history(
    one: Measured,
    test: Test,
    past: Past,
    settings: DriftSettings,
    is_signed: bool = False,
    may_silence: bool = True,
) -> Measured:
    """The measurement with its p-value: by sampling, and once there is history by what is usual as well.

    A change must be beyond both, so the larger p-value stands; where history may not silence, the
    one by sampling does.
    """
    values = past.get((one.level, one.subject, one.measure), [])
    least = settings.min_history_periods
    if len(values) < least:
        known = f"{len(values)} earlier periods do not tell what is usual ({least} are needed)"
        return replace(one, p_value=test.p_value, doubt=f"the difference may be chance, and {known}")
    usual = unusual(test.value, test.error, values, is_signed)
    p_value = test.p_value
    if p_value is not None and may_silence:
        p_value = max(p_value, usual)
    doubt = "the difference may be chance, and yet is not as in earlier periods"
    return replace(one, p_value=p_value, usual_p=usual, history_status="learned", doubt=doubt)
