"""What is probably not meant in the exclusions of a project, in words.

Belongs here: trying them on the rows of the sources, for ``segments check``. Does not belong here: excluding
anybody (``clean``). No account is named.
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.ids.accounts import source_account_text
from pipeline.ids.conditions import accounts_meeting
from pipeline.settings import Project

#: Whoever excludes more than half of a source's accounts has probably turned the condition round.
_MOST = 0.5


def condition_cautions(project: Project, name: str, raw: ir.Table, accounts: ir.Table | None) -> list[str]:
    """Warnings about conditions over the source ``name`` with rows ``raw`` and ``accounts``
    (``silence.accounts_of``): those that nobody meets, or nearly everybody. Raises ``InputError`` for one
    that its columns do not allow."""
    found = []
    for one in project.exclude:
        if one.source != name or accounts is None:
            continue
        met = int(accounts_meeting(one, raw, project).count().to_pyarrow().as_py())
        every = int(accounts.count().to_pyarrow().as_py())
        if every and not met:
            found.append(
                f"exclude {one.name}: no row of source {name} that has an account meets where,"
                " so it excludes nobody"
            )
        elif met > _MOST * every:
            found.append(
                f"exclude {one.name}: {met:,} of the {every:,} accounts of source {name} meet where;"
                " is it the other way round?"
            )
    return found


def unknown_numbers(project: Project, accounts: Sequence[ir.Table]) -> list[str]:
    """Warnings about numbers that the settings exclude and no source has; ``accounts`` are those of all
    sources (``silence.accounts_of``). They are named by their place in the list."""
    found = []
    every = ibis.union(*accounts) if len(accounts) > 1 else next(iter(accounts), None)
    for one in project.exclude:
        for space, numbers in (one.accounts or {}).items():
            texts = [source_account_text(number) for number in numbers]
            known: set[str] = set()
            if every is not None:
                there = every.filter((every["space"] == space) & every["account"].isin(texts))
                known = set(there.select("account").distinct().to_pyarrow()["account"].to_pylist())
            absent = [str(place) for place, text in enumerate(texts, 1) if text not in known]
            if absent:
                shown = ", ".join(absent[:5]) + (" …" if len(absent) > 5 else "")
                found.append(
                    f"exclude {one.name}: {len(absent)} of {len(texts)} numbers stand in no source of the"
                    f" account space {space} (at place {shown})"
                )
    return found
