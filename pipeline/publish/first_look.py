"""What operations sees first of a period: whether to act, sources, what changed, who moved.

Belongs here: choosing and ordering the lines of ``OVERVIEW``. Does not belong here: verdicts (``verdicts``),
sentences of findings (``finding_words``), how the shell shows it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import pyarrow as pa

from pipeline.publish import finding_words, refit_words
from pipeline.publish.bundles import bundled, key_of, named, parts_of
from pipeline.publish.texts import Words
from pipeline.publish.verdicts import SEVERE, ill, outcome
from pipeline.settings import Project
from pipeline.tables.overview import OVERVIEW

Row = Mapping[str, Any]
Behind: TypeAlias = Mapping[str, Collection[str]]
#: Lines of one topic at most: more are no longer a first look.
_MOST = 8


def first_look(
    period: str,
    project: Project,
    findings: Sequence[Row],
    health: Sequence[Row],
    moves: Iterable[Row],
    labels: Mapping[str, str],
    versions: Sequence[Row] = (),
    behind: Behind = MappingProxyType({}),
) -> pa.Table:
    """Rows of ``OVERVIEW``.

    ``findings`` and ``health`` are rows of the period; ``moves`` are customers counted by ``scheme``,
    ``from_state``, ``to_state`` and ``cause``; ``labels`` are those of segments;
    ``versions`` are rows of ``SCHEME_VERSIONS``, ``behind`` has the sources that give what findings are about
    (``bundles.sources_by_subject``).
    """
    words = Words(project.report.language, project.currency, labels, project.every_scheme, project.readable)
    by_source, left = _with_sources(findings, health, behind)
    lines = [
        *_verdict(findings, health, words),
        *_sources(health, by_source, words),
        *_findings(left, behind, parts_of(findings), words),
        *_going_on(findings, words),
        *_refits(period, versions, words),
        *_moves(period, moves, words),
    ]
    names = ("topic", "line_subject", "said", "to_do")
    rows = [
        {"period": period, "place": place, **dict(zip(names, line, strict=True))}
        for place, line in enumerate(lines, 1)
    ]
    return pa.Table.from_pylist(rows, OVERVIEW.schema)


def _with_sources(
    findings: Sequence[Row], health: Sequence[Row], behind: Behind
) -> tuple[dict[str, list[Row]], list[Row]]:
    """What is real and matters, the most severe and largest first: what rests on a source that is not whole
    by that source, and all else."""
    left = [row for row in findings if row["severity"] in SEVERE]
    left.sort(key=lambda row: (SEVERE.index(row["severity"]), -abs(row["effect"] or 0.0), row["subject"]))
    found: dict[str, list[Row]] = {}
    for source in (row["source"] for row in ill(health)):
        found[source] = [row for row in left if source in behind.get(key_of(row), ())]
        left = [row for row in left if source not in behind.get(key_of(row), ())]
    return found, left


#: Topic, subject, what is so, what to do.
_Line = tuple[str, str | None, str, str | None]


def _verdict(findings: Sequence[Row], health: Sequence[Row], words: Words) -> Iterator[_Line]:
    found = outcome(findings, health)
    yield "verdict", None, found.headline(words), found.quiet(words) or None
    if doubt := found.doubt(words):
        yield "verdict", None, doubt, None


def _sources(health: Sequence[Row], by_source: Mapping[str, Sequence[Row]], words: Words) -> Iterator[_Line]:
    """Sources that are not whole, each with what changed with it; otherwise how many are known to be."""
    zh = "_zh" if words.language == "zh" else ""
    for row in ill(health):
        said = words(f"look_{row['source_state']}", since=row["since_period"], found=row[f"explanation{zh}"])
        if some := by_source[row["source"]]:
            changed = words("bundle_changed", subjects=named((one["subject"] for one in some), words))
            said = words("sentences").join([said, changed])
        yield "source", row["source"], said, row[f"to_do{zh}"]
    if health and not ill(health):
        whole = sum(row["source_state"] == "healthy" for row in health)
        key = "sources_whole" if whole == len(health) else "sources_known"
        yield "source", None, words(key, whole=whole, count=len(health)), None


def _findings(
    severe: Sequence[Row], behind: Behind, parts: Mapping[str, Sequence[str]], words: Words
) -> Iterator[_Line]:
    """A line for each cause, with its parts: what rests on one source, what changed as much at once."""
    bundles = bundled(severe, key_of, behind)
    for one in bundles[:_MOST]:
        row = one.leader
        said = [
            f"{words('severity_' + row['severity'])}: {finding_words.changed(row, words)}",
            words("look_since", period=finding_words.since(row, words)),
        ]
        if carried := finding_words.carried(row, words):
            said.append(words("look_carried", group=carried))
        if some := parts.get(key_of(row)):
            said.append(words("bundle_at_once", subjects=named(some, words)))
        if one.others:
            others = named((other["subject"] for other in one.others), words)
            said.append(words("bundle_rest", source=one.source, subjects=others))
        told = words("look_join").join(said)
        yield "finding", words.subject(row["subject"]), told, words(f"look_{row['severity']}")
    if left := sum(1 + len(one.others) for one in bundles[_MOST:]):
        yield "finding", None, words("look_more", count=left), "segments show findings"


def _going_on(findings: Sequence[Row], words: Words) -> Iterator[_Line]:
    """Changes that were told in earlier periods and go on, once each."""
    told = {row["subject"] for row in findings if row["severity"] in SEVERE}
    going = {
        row["subject"]: row
        for row in findings
        if row["change_status"] == "goes_on" and row["subject"] not in told and row["began_period"]
    }
    some = sorted(going.values(), key=lambda row: (row["began_period"], row["subject"]))
    for row in some[:_MOST]:
        yield (
            "goes_on",
            words.subject(row["subject"]),
            words("look_goes_on", period=row["began_period"]),
            None,
        )


def _refits(period: str, versions: Sequence[Row], words: Words) -> Iterator[_Line]:
    """Fits that findings of the period before asked for, and what became of them."""
    for row in versions:
        if said := refit_words.fitted_on_findings(row, words, period):
            yield "refit", words.scheme(row["scheme"]), said, None


def _moves(period: str, moves: Iterable[Row], words: Words) -> Iterator[_Line]:
    """The largest moves with their causes, and the SQL that lists the customers."""
    counts: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in moves:
        way = row["scheme"], row["from_state"], row["to_state"]
        counts.setdefault(way, {})[row["cause"]] = row["customers"]
    largest = sorted(counts, key=lambda one: (-sum(counts[one].values()), one))
    for scheme, before, now in largest[:_MOST]:
        causes = counts[scheme, before, now]
        named = [
            words("look_cause", cause=words(f"cause_{cause}"), count=f"{count:,}")
            for cause, count in sorted(causes.items(), key=lambda one: (-one[1], one[0]))
        ]
        said = words(
            "look_move",
            before=words.state(before),
            now=words.state(now),
            count=f"{sum(causes.values()):,}",
            causes=words("list").join(named),
        )
        yield "move", words.scheme(scheme), said, _listed(period, scheme, before, now)


def _listed(period: str, scheme: str, before: str, now: str) -> str:
    """The command that lists who moved: names of the program alone stand in it."""
    where = {"period": period, "scheme": scheme, "from_state": before, "to_state": now}
    conditions = " AND ".join(f"{name} = '{value}'" for name, value in where.items())
    return f'segments sql "SELECT customer_id, cause FROM segment_moves WHERE {conditions}"'
