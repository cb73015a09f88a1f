"""What operations asked of versions: refits beside the cadence, and versions to go back to.

Belongs here: rows of ``VERSION_REQUESTS``, and the row of a version that is in force again. Does not belong
here: fitting, or gates (``versions``).
"""

from collections.abc import Iterable, Mapping
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
    """Schemes to fit, and the ``SCHEME_VERSIONS`` row of the version to go back to, by scheme."""

    refit: frozenset[str] = frozenset()
    rollback: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


#: Nothing was asked for.
NOTHING = Requests()


def version_requests(project: Project, period: str) -> pa.Table:
    """``VERSION_REQUESTS`` of ``period``, by scheme: who both is fitted and goes back goes back."""
    refits = dict.fromkeys(project.versions.refitted_in(period))
    wanted = {**refits, **project.versions.rolled_back_in(period)}
    rows = [
        {
            "period": period,
            "scheme": scheme,
            "request": "refit" if version is None else "rollback",
            "scheme_version": version,
        }
        for scheme, version in sorted(wanted.items())
    ]
    return pa.Table.from_pylist(rows, schema=VERSION_REQUESTS.schema)


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
    return Requests(
        frozenset(row["scheme"] for row in rows if row["request"] == "refit"),
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
