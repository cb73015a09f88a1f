"""Profiles without any event: who a population that goes by events leaves out.

Belongs here: counting them for ``segments check``, and what it says of them. Does not belong here: who
belongs to the population (``identity``). No account is named.
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.collect.placing import mapped_instant
from pipeline.engine.values import held
from pipeline.ids.accounts import account_space, source_account
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES, PROFILES

#: From this share of all profiles on, being left out is worth a warning: every tenth customer.
_MANY = 0.10


def accounts_of(project: Project, name: str, raw: ir.Table) -> ir.Table | None:
    """Accounts that the rows ``raw`` of a source are of, each once: ``space``, ``account``, ``is_event``,
    ``is_dated`` (a profile that says when the account was created). None for a source without accounts."""
    source = project.sources[name]
    entity = ENTITIES[source.entity]
    if not entity.has_account:
        return None
    created = mapped_instant(project, name, raw, "created_at") if entity == PROFILES else None
    rows = raw.select(
        account=source_account(raw, source),
        dated=ibis.literal(False) if created is None else created.notnull(),
    )
    each = rows.filter(rows["account"].notnull()).group_by("account").agg(is_dated=rows["dated"].max())
    return held(
        each.select(
            space=ibis.literal(account_space(name, source)),
            account=each["account"],
            is_event=ibis.literal(entity.event_time is not None),
            is_dated=each["is_dated"],
        )
    )


def silent_profiles(project: Project, accounts: Sequence[ir.Table]) -> list[str]:
    """What to say of profiles without an event, where the population goes by events and they are many;
    ``accounts`` are those of all sources."""
    if project.population_rule != "events" or PROFILES.name not in project.entities:
        return []
    every = ibis.union(*accounts) if len(accounts) > 1 else accounts[0]
    events = every.filter(every["is_event"]).select("space", "account").distinct()
    profiles = every.filter(~every["is_event"])
    profiles = profiles.group_by("space", "account").agg(is_dated=profiles["is_dated"].max())
    silent = profiles.anti_join(events, ["space", "account"])
    total = int(profiles.count().to_pyarrow().as_py())
    counts = silent.agg(all=silent.count(), dated=silent["is_dated"].sum()).to_pyarrow().to_pylist()[0]
    count, dated = int(counts["all"]), int(counts["dated"] or 0)
    if not total or count < _MANY * total:
        return []
    undated = count - dated
    found = [f"{undated:,} of them never enter the population"] if undated else []
    if dated:
        found.append(
            f"{dated:,} say when they were created, and leave the population {project.retention_days:g} days "
            "after that"
        )
    return [
        f"{count:,} of {total:,} profiles ({count / total:.0%}) have no event in any source, and the"
        f" population goes by events: {'; '.join(found)}. population: either would take in all that a"
        " source lists, see docs/population.md. If they should have events, look at account_space first"
    ]
