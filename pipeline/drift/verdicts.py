"""From a measured change to a finding: p-value against history, verdict, one plain sentence.

Belongs here: what counts as a change, and how it is said. Does not belong here: statistics
(``measures``), or what is measured (``assessment``).

A verdict says only what was seen (law L12): *usual* needs a history that tells what is usual and
a test that says so. Without them a change that is not told is *below the floor* (certain, but
too small to act on) or one of which we *cannot tell*, with the reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from pipeline.drift.measured import Measured
from pipeline.drift.measures import Test, family_wise, unusual
from pipeline.drift.shocks import Shock, shock_of
from pipeline.settings import DriftSettings

#: ``known``: told before, or by another measure of the same subject.
Verdict = Literal["major", "minor", "known", "below_floor", "usual", "cannot_tell"]


def judged(measured: Iterable[Measured], period: str, false_discovery_rate: float) -> list[dict[str, Any]]:
    """Rows of ``FINDINGS``: q-values over all subjects of the period, verdict, explanation."""
    every = list(measured)
    adjusted = _q_values(every)
    verdicts = [
        _verdict(one, q_value, false_discovery_rate) for one, q_value in zip(every, adjusted, strict=True)
    ]
    leading = _leading(every, verdicts)
    shock = shock_of(leading.values(), false_discovery_rate)
    return [
        _row(one, period, q_value, verdict, leading.get(_subject(one)), shock)
        for one, q_value, verdict in zip(every, adjusted, verdicts, strict=True)
    ]


def _subject(one: Measured) -> tuple[str, ...]:
    """What a change is a change of: all measures of a feature look at one."""
    return (one.level, one.subject) if one.level == "feature" else (one.level, one.subject, one.measure)


def _q_values(every: Sequence[Measured]) -> list[float | None]:
    """q-values of all that have a p-value, in two steps: over subjects, then over the measures of each.

    A subject has the p-value of its measures together (Bonferroni with weights, whatever their
    dependence); those are adjusted over subjects by Holm's method (1979), and within a subject in proportion.
    So the chance that anything told in a period is false is bounded, and with it the share of what is
    told. A bound on the share alone would let false ones come in swarms: features of a company move together.
    """
    weighted = [None if one.p_value is None else min(1.0, one.p_value / one.weight) for one in every]
    least: dict[tuple[str, ...], float] = {}
    for one, p_value in zip(every, weighted, strict=True):
        if p_value is not None:
            least[_subject(one)] = min(p_value, least.get(_subject(one), 1.0))
    adjusted = dict(zip(least, family_wise(list(least.values())), strict=True))
    found: list[float | None] = []
    for one, p_value in zip(every, weighted, strict=True):
        if p_value is None:
            found.append(None)
            continue
        first, of_subject = least[_subject(one)], adjusted[_subject(one)]
        times = of_subject / first if first else len(least)  # the adjustment is by at most so many
        found.append(min(1.0, max(of_subject, times * p_value)))
    return found


def _leading(every: Sequence[Measured], verdicts: Sequence[Verdict]) -> dict[tuple[str, ...], Measured]:
    """Of every subject with findings the most severe one, of several the furthest above its floor."""
    found: dict[tuple[str, ...], tuple[tuple[bool, float], Measured]] = {}
    for one, verdict in zip(every, verdicts, strict=True):
        rank = verdict == "major", one.size
        if verdict in ("major", "minor") and (_subject(one) not in found or rank > found[_subject(one)][0]):
            found[_subject(one)] = rank, one
    return {subject: one for subject, (_, one) in found.items()}


def _row(
    one: Measured,
    period: str,
    q_value: float | None,
    verdict: Verdict,
    leading: Measured | None,
    shock: Shock | None,
) -> dict[str, Any]:
    status = one.status
    if shock and shock.is_told_by_another(one):
        # it began all the same, so that its end is none of its own
        verdict, advice, status = (
            "known",
            f"part of a change of many at once, which {shock.leader.subject} tells",
            "began",
        )
    elif verdict in ("major", "minor") and leading is not one:
        assert leading is not None  # this one is a finding, so its subject has a leading one
        verdict, advice = "known", f"part of what {leading.measure} tells"
    elif verdict == "known":
        advice = str(one.known)
    else:
        advice = _advice(one, verdict)
        status = "began" if verdict in ("major", "minor") and one.level in _LASTING else "none"
        advice += f"; {shock.said}" if shock and one is shock.leader else ""
    since = {"began": one.since or period}.get(status, one.since)
    return {
        "period": period,
        "level": one.level,
        "subject": one.subject,
        "comparison": one.comparison,
        "measure": one.measure,
        "value": _rounded(one.value),
        "compared_value": _rounded(one.compared_value),
        "standard_error": _rounded(one.figure.now.error) if one.figure else None,
        "effect": _rounded(one.effect),
        "sampling_score": _rounded(one.score),
        "population_stability_index": _rounded(one.stability),
        "wasserstein_distance": _rounded(one.distance),
        "p_value": _rounded(one.p_value),
        "q_value": _rounded(q_value),
        "verdict": verdict,
        "severity": verdict if verdict in ("major", "minor") else "none",
        "history_status": one.history_status,
        "change_status": status,
        "began_period": since,
        "began_earliest_period": one.earliest or since,
        "began_latest_period": one.latest or since,
        "carried_by": one.carrier,
        "carried_share": _rounded(one.carried),
        "part_of": shock.key if shock and shock.is_told_by_another(one) else None,
        "explanation": f"{one.said}; {advice}{_since(one, status)}.",
    }


#: Levels whose changes last: they are told once. Sources are told as long as they are not whole.
_LASTING = ("feature", "segment_mix")


def _since(one: Measured, status: str) -> str:
    """Since when, of a change that began before it was told."""
    if status != "began" or one.since is None:
        return ""
    if one.earliest == one.latest:
        return f"; it began in {one.since}"
    return f"; it began about {one.since} (between {one.earliest} and {one.latest})"


def _verdict(one: Measured, q_value: float | None, rate: float) -> Verdict:
    if one.told:
        return "major"
    if one.status in ("ended", "settled"):
        return "known"
    if one.unjudged or q_value is None:
        return "cannot_tell"
    if q_value < rate:
        verdict: Verdict = ("major" if one.is_large else "minor") if one.is_relevant else "below_floor"
        is_told = one.known is not None and not (verdict == "major" and one.may_worsen)
        return "known" if is_told and verdict != "below_floor" else verdict
    return "usual" if one.usual_p is not None and one.usual_p >= rate else "cannot_tell"


_FIND_OUT = "find its reason before acting on segments that rest on it"


def _advice(one: Measured, verdict: Verdict) -> str:
    """What the verdict says, and what to do."""
    if one.told:
        return f"{one.told}: {_FIND_OUT}"
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

    Measurements that could not be compared teach nothing.
    """
    found: Past = {}
    for row in sorted(history, key=lambda one: str(one["period"])):
        value = row["value"]
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
    one = replace(one, test=test)
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
