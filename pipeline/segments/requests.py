"""What was asked of versions: refits beside the cadence, by hand or by a finding, and versions to go back to.

Belongs here: rows of ``VERSION_REQUESTS``, and the row of a version that is in force again. Does not belong
here: fitting, or gates (``versions``).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.models.parameters import to_json
from pipeline.settings import Project
from pipeline.tables.requests import VERSION_REQUESTS

#: What the row of a version in force says of it.
OF_VERSION = ("scheme_version", "fitted_period", "customers_fitted_count", "parameters")


@dataclass(frozen=True)
class Requests:
    """Schemes to fit, and the ``SCHEME_VERSIONS`` row of the version to go back to, by scheme.

    ``findings``: features whose major findings ask for a fit, by scheme.
    """

    refit: frozenset[str] = frozenset()
    findings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rollback: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


#: Nothing was asked for.
NOTHING = Requests()


def version_requests(
    project: Project,
    period: str,
    findings: Iterable[Mapping[str, Any]] = (),
    doubted: Collection[str] = (),
    reads: Mapping[str, Collection[str]] | None = None,
) -> pa.Table:
    """``VERSION_REQUESTS`` of ``period``, by scheme: who both is fitted and goes back goes back.

    ``findings`` are rows of ``FINDINGS`` of the period before, ``reads`` are the features that each scheme
    reads. Features that are ``doubted`` ask for nothing: a source behind them was not whole then, so their
    change may be one of data, and a fit would freeze it (law L13).
    """
    by_hand = project.versions.refitted_in(period)
    major = changed_by_much(findings) - set(doubted) if project.versions.refit_on_major else set()
    about = {
        name: tuple(sorted(some)) for name, given in (reads or {}).items() if (some := major & set(given))
    }
    wanted = {**dict.fromkeys([*by_hand, *about]), **project.versions.rolled_back_in(period)}
    rows = [
        {
            "period": period,
            "scheme": scheme,
            "request": "refit" if version is None else "rollback",
            "scheme_version": version,
            "asked_by": "finding" if version is None and scheme not in by_hand else "hand",
            "findings_about": " ".join(about.get(scheme, ())) or None,
        }
        for scheme, version in sorted(wanted.items())
    ]
    return pa.Table.from_pylist(rows, schema=VERSION_REQUESTS.schema)


def changed_by_much(findings: Iterable[Mapping[str, Any]]) -> set[str]:
    """Features with a major finding among ``findings``, rows of ``FINDINGS`` of one period.

    Where many changed at once and one tells it for all, its parts are among them: it is by how little it is
    ahead of them that this one tells it.
    """
    rows = list(findings)
    told = {f"{row['level']}:{row['subject']}" for row in rows if row["severity"] == "major"}
    return {
        row["subject"]
        for row in rows
        if row["level"] == "feature" and (row["severity"] == "major" or row["part_of"] in told)
    }


def fitted_in(version: str) -> str:
    """The period in which ``version`` was fitted."""
    return version.partition("@")[2]


def offsets(project: Project) -> list[int]:
    """How many periods before a rollback the versions to go back to were fitted, each once."""
    pairs = [one.rpartition(":") for one in project.versions.rollback]
    between = (project.calendar.between(fitted_in(version), at) for version, _, at in pairs)
    return sorted({len(periods) - 1 for periods in between} - {0, -1})


def as_asked(requests: pa.Table, earlier: Iterable[Mapping[str, Any]]) -> Requests:
    """``requests`` (``VERSION_REQUESTS``) with the versions among ``earlier`` that they name.

    ``earlier`` are rows of ``SCHEME_VERSIONS``. Raises ``InputError`` for a version that was never in force.
    """
    known = {row["scheme_version"]: row for row in earlier if row["parameters"] is not None}
    rows = requests.to_pylist()
    for row in rows:
        if row["request"] == "rollback" and row["scheme_version"] not in known:
            of_scheme = sorted(one for one, it in known.items() if it["scheme"] == row["scheme"])
            raise InputError(
                f"versions.rollback: {row['scheme_version']}:{row['period']}",
                "no such version was in force before",
                f"a version of {row['scheme']}" + (f", such as {', '.join(of_scheme)}" if of_scheme else ""),
                "Take it from the column scheme_version of the published model_cards.",
            )
    refits = [row for row in rows if row["request"] == "refit"]
    return Requests(
        frozenset(row["scheme"] for row in refits if row["asked_by"] == "hand"),
        {row["scheme"]: tuple(row["findings_about"].split()) for row in refits if row["findings_about"]},
        {row["scheme"]: known[row["scheme_version"]] for row in rows if row["request"] == "rollback"},
    )


def gone_back(kept: Mapping[str, Any], version: Mapping[str, Any]) -> dict[str, Any]:
    """``kept``, the row that would be carried forward, with ``version`` in force in its place."""
    gates = {
        "period": kept["period"],
        "decision": "rolled_back",
        "gates": [],
        "from": kept["scheme_version"],
        "to": version["scheme_version"],
    }
    of_version = {name: version[name] for name in OF_VERSION}
    return {**kept, **of_version, "status": "assigned", "gates": to_json(gates)}
