"""Segments, as the publication knows them: all of a period, one of them whole, and who is where at once.

Belongs here: what ``segments show segments``, ``segment`` and ``overlap`` tell, and how it is laid out.
Does not belong here: what came out of a period as a whole (``summary``), a customer (``customer``).
"""

from typing import Any

from pipeline.cli import views
from pipeline.cli.summary import manifest_of, rows
from pipeline.cli.terminal import say, styled
from pipeline.errors import InputError
from pipeline.publish.contracts import SEGMENT_OVERLAP
from pipeline.publish.texts import Words
from pipeline.settings import Project
from pipeline.tables.advice import PARTS

_PORTRAIT = (
    "rank", "feature", "label", "mean_value", "population_mean_value", "standardized_difference",
    "previous_mean_value", "known_share",
)  # fmt: skip
#: Features of a portrait that are shown to people; programs get all.
_MOST_FEATURES = 20
#: What of ``listing`` is shown to people, who may name a segment by its label.
LISTED = ("scheme", "label", "customers", "share", "change", "spend_share", "silent_share")


def listing(project: Project, period: str) -> list[dict[str, Any]]:
    """Every segment and status of ``period``, in the order of schemes: id, what readers call it, customers,
    their share and its change, share of the spend of twelve periods, and how many of those who were in it a
    period ago have ordered nothing since (``silent_share``; None where that is not known)."""
    silent = _silent(project, period)
    names = list(project.every_scheme)
    found = [
        {
            "scheme": one["scheme"],
            "segment": one["state"],
            "label": one[_label(project)],
            "customers": one["population_count"],
            "share": one["population_share"],
            "change": one["population_change_count"],
            "spend_share": one["spend_12p_share"],
            "silent_share": silent.get((one["scheme"], one["state"])),
        }
        for one in rows(project, "segment_sizes", period)
    ]
    return sorted(found, key=lambda one: (names.index(one["scheme"]), -one["customers"], one["segment"]))


def segment_record(project: Project, asked: str, period: str) -> dict[str, Any]:
    """One segment in ``period``: what it is, its playbook, sizes of all periods, moves by cause, portrait.

    ``asked`` is its id (``rfm:champions``) or, where one scheme alone has it, its name or label. Raises
    ``InputError`` for what no segment is called, or several are.
    """
    segment_id = meant(project, asked, period)
    (known,) = (one for one in rows(project, "segment_register", period) if one["segment_id"] == segment_id)
    scheme, mine = known["scheme"], {"segment_id": segment_id}
    playbooks = [one for one in rows(project, "playbooks", period) if one["segment_id"] == segment_id]
    suffix = "_zh" if project.report.language == "zh" else ""
    flows = [one for one in rows(project, "segment_flows", period) if one["state"] == segment_id]
    words = Words(project.report.language, project.currency, features=project.readable)
    return {
        "period": period,
        **mine,
        "scheme": scheme,
        "label": known[_label(project)],
        "born_period": known["born_period"],
        "retired_period": known["retired_period"],
        "last_event": known["event"],
        "related_segment_ids": known["related_segment_ids"],
        "silent_share": _silent(project, period).get((scheme, segment_id)),
        "sizes": _sizes(project, segment_id, period),
        "flows": {
            name: count for one in flows for name, count in one.items() if name.endswith("_count") and count
        },
        "playbook": {part: playbooks[0][f"{part}{suffix}"] for part in PARTS} if playbooks else {},
        "portrait": sorted(
            (
                {name: words.feature(one["feature"]) if name == "label" else one[name] for name in _PORTRAIT}
                for one in rows(project, "segment_portraits", period)
                if one["segment_id"] == segment_id
            ),
            key=lambda one: one["rank"],
        ),
    }


def overlap(project: Project, asked: str, period: str) -> list[dict[str, Any]]:
    """Where the customers of a segment are in the other schemes: a row a segment of these, the most
    over-represented first, as ``segment_overlap`` has them.

    ``customers`` are in both, ``share`` of the segment asked for; ``lift`` is how many times the share of
    all customers that is. Of fewer than ``publish.min_group_count`` customers nothing is told. Raises as
    ``segment_record``.
    """
    segment_id = meant(project, asked, period)
    found = [
        {
            "scheme": one["other_scheme"],
            "segment": one["other_state"],
            "customers": one["shared_count"],
            "share": one["shared_share"],
            "lift": round(one["lift"], 3),
        }
        for one in rows(project, SEGMENT_OVERLAP.name, period)
        if one["state"] == segment_id
    ]
    return sorted(found, key=lambda one: (-one["lift"], one["scheme"], one["segment"]))


def meant(project: Project, asked: str, period: str) -> str:
    """Id of the segment that ``asked`` names in ``period``. Raises ``InputError`` for none, or several."""
    register = rows(project, "segment_register", period)
    alive = [one for one in register if one["retired_period"] is None]
    for some in (register, alive):
        ids = [one["segment_id"] for one in some if asked in _called(one)]
        if len(ids) == 1:
            return str(ids[0])
    called = [one["segment_id"] for one in alive if asked in _called(one)]
    raise InputError(
        f"segment {asked}",
        "several segments are called so"
        if called
        else f"no published segment has this id or name in {period}",
        f"one of {', '.join(called or (one['segment_id'] for one in alive))}",
        "segments show segments lists them.",
    )


def _called(known: dict[str, Any]) -> tuple[str, ...]:
    """What a segment may be called: its id alone where another's name is the same."""
    segment_id = str(known["segment_id"])
    return segment_id, segment_id.partition(":")[2], known["label"], known["label_zh"]


def _label(project: Project) -> str:
    return "label_zh" if project.report.language == "zh" else "label"


def _silent(project: Project, period: str) -> dict[tuple[str, str], float]:
    return {
        (one["scheme"], one["state"]): one["silent_share"]
        for one in rows(project, "segment_outcomes", period)
        if one["horizon_periods"] == 1
    }


def _sizes(project: Project, segment_id: str, until: str) -> list[dict[str, Any]]:
    return [
        {
            "period": period,
            "customers": one["population_count"],
            "share": one["population_share"],
            "change": one["population_change_count"],
            "spend_share": one["spend_12p_share"],
        }
        for period in sorted(manifest_of(project).periods)
        if period <= until
        for one in rows(project, "segment_sizes", period)
        if one["state"] == segment_id
    ]


def show_segment(found: dict[str, Any]) -> None:
    """A ``segment_record`` for people."""
    say(styled(found["label"], "bold"), f" ({found['segment_id']}) in {found['period']}")
    born = f"There since {found['born_period']}; {found['last_event']} last"
    gone = f", retired in {found['retired_period']}" if found["retired_period"] else ""
    say(f"{born}{gone}.")
    if found["silent_share"] is not None:
        say(f"Of those who were in it a period ago, {found['silent_share']:.1%} have ordered nothing since.")
    views.grid("Sizes", found["sizes"])
    counted = [
        {"what": name.removesuffix("_count").replace("_", " "), "customers": n}
        for name, n in found["flows"].items()
    ]
    views.grid("Who came and went, and why", counted)
    for part, text in found["playbook"].items():
        if text:
            say(styled(part.replace("_", " ").capitalize(), "bold"), f": {text}")
    most = found["portrait"][:_MOST_FEATURES]
    title = f"Portrait: the {len(most)} of {len(found['portrait'])} features that set it apart most"
    views.grid(title, most, [name for name in _PORTRAIT if name != "feature"])
