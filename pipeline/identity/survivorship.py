"""Which of several accounts' values a customer keeps, attribute by attribute.

Belongs here: the order of a customer's profiles, surviving values and where they come from.
Does not belong here: the customer's own row (``customers``), or profiles themselves (``clean``).
"""

from collections.abc import Sequence

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.engine.values import held
from pipeline.settings import Project
from pipeline.tables.entities import PROFILES
from pipeline.tables.model import Field
from pipeline.tables.zones import CUSTOMER_IDENTITIES, SURVIVING_VALUES, surviving

#: Profiles that were never dated come last: 'no date' must not sort by an engine's own habit.
_NEVER = -(2**62)


def ranked_profiles(links: ir.Table, profiles: ir.Table, period: str, project: Project) -> ir.Table:
    """Profiles of ``period`` with ``customer_id`` and their order within the customer.

    ``place`` (from 0) is unique within a customer; the value of the smallest place that knows an
    attribute survives. The order: the settings' ``survivorship`` (updated last; source of the
    higher priority, then named first), then the profile that knows more attributes outside
    the restricted zone, then the account. ``place_0``, ``place_1`` … are the same order by the
    first criterion alone, by the first two, and so on: equal where these cannot tell profiles
    apart. ``criteria`` names the criteria.
    """
    links = links.filter(links.period == period).select("account_id", "customer_id")
    theirs = profiles.filter(profiles.period == period).inner_join(links, "account_id")
    by = _criteria(theirs, project)
    order = list(by.values())
    places = {
        f"place_{number}": ibis.rank().over(group_by=theirs.customer_id, order_by=order[: number + 1])
        for number in range(len(order))
    }
    place = ibis.row_number().over(group_by=theirs.customer_id, order_by=[*order, theirs.account_id.asc()])
    return theirs.mutate(place=place, **places)


def criteria(project: Project) -> list[str]:
    """Names of the criteria of ``ranked_profiles``, in their order, before the account."""
    wanted: list[str] = list(dict.fromkeys(project.identity.survivorship))
    return [*wanted, "completeness"]


def _criteria(theirs: ir.Table, project: Project) -> dict[str, ir.Value]:
    updated = epoch_seconds(theirs.updated_at).fill_null(_NEVER)
    names = list(project.sources_of("profiles"))
    by_priority = sorted(names, key=lambda name: -project.sources[name].priority)
    last = len(by_priority)
    cases = [(theirs.source == name, place) for place, name in enumerate(by_priority)]
    source_place = ibis.cases(*cases, else_=last) if cases else ibis.literal(last)
    attributes = surviving(project.entity("profiles"))
    known = sum((theirs[one.name].notnull().cast("int64") for one in attributes), ibis.literal(0, "int64"))
    every = {
        "most_recent": updated.desc(),
        "source_priority": source_place.asc(),
        "completeness": known.desc(),
    }
    return {name: every[name] for name in criteria(project)}


def survivors(ranked: ir.Table, attributes: Sequence[Field]) -> ir.Table:
    """One row a customer that has a profile: the surviving value of each attribute."""
    return ranked.group_by("customer_id").agg(
        **{
            one.name: ranked[one.name].argmin(ranked.place, where=ranked[one.name].notnull())
            for one in attributes
        }
    )


def with_identifiers(profiles: ir.Table, identifiers: ir.Table | None, period: str) -> ir.Table:
    """Clean profiles of ``period`` with the direct identifiers of the restricted zone beside them."""
    profiles = profiles.filter(profiles.period == period)
    if identifiers is None:
        return profiles.mutate(**{one.name: ibis.null(ibis.dtype(one.type)) for one in PROFILES.identifiers})
    names = [one.name for one in PROFILES.identifiers]
    held = identifiers.filter(identifiers.period == period).select("account_id", *names)
    return profiles.left_join(held, "account_id").select(*profiles.columns, *names)


def customer_identities(
    links: ir.Table, profiles: ir.Table, identifiers: ir.Table | None, period: str, project: Project
) -> ir.Table:
    """Surviving direct identifiers of customers that have a profile: ``CUSTOMER_IDENTITIES`` (restricted).

    ``profiles`` are the clean profiles of ``period``, ``identifiers`` those of the restricted zone.
    """
    ranked = ranked_profiles(links, with_identifiers(profiles, identifiers, period), period, project)
    found = survivors(ranked, PROFILES.identifiers)
    return found.mutate(period=ibis.literal(period)).select(CUSTOMER_IDENTITIES.columns)


def _known(profiles: ir.Table, attributes: Sequence[Field]) -> list[Field]:
    """Those of ``attributes`` that any of ``profiles`` has, as sources give a part of them; the first where
    there is none."""
    counted = profiles.aggregate(**{one.name: profiles[one.name].count() for one in attributes})
    (counts,) = counted.to_pyarrow().to_pylist()
    return [one for one in attributes if counts[one.name]] or list(attributes[:1])


def surviving_values(
    links: ir.Table, profiles: ir.Table, identifiers: ir.Table | None, period: str, project: Project
) -> ir.Table:
    """Where each known attribute of each customer comes from: ``SURVIVING_VALUES``, never a value.

    Parameters as of ``customer_identities``. The rule is the criterion that put the value before
    every other value of the attribute: ``only_value`` when no account knows another one,
    ``account_order`` when nothing but the account's id decided.
    """
    ranked = held(ranked_profiles(links, with_identifiers(profiles, identifiers, period), period, project))
    rules = criteria(project)
    places = [f"place_{number}" for number in range(len(rules))]
    attributes = _known(ranked, (*surviving(project.entity("profiles")), *PROFILES.identifiers))
    best = survivors(ranked, attributes).rename(
        lambda name: name if name == "customer_id" else f"best_{name}"
    )
    compared = ranked.inner_join(best, "customer_id")
    # numbers alone are aggregated, one row a customer; whose they are is looked up afterwards
    whose = compared.group_by("customer_id").agg(
        **{f"{one.name}:place": compared.place.min(where=compared[one.name].notnull()) for one in attributes},
        **{
            f"{one.name}:{place}": compared[place].min(
                where=compared[one.name] != compared[f"best_{one.name}"]
            )
            for one in attributes
            for place in places
        },
    )
    wide = held(whose)  # once, not once an attribute
    long = ibis.union(
        *(
            wide.filter(wide[f"{one.name}:place"].notnull()).select(
                "customer_id",
                attribute=ibis.literal(one.name),
                place=wide[f"{one.name}:place"],
                **{f"other_{place}": wide[f"{one.name}:{place}"] for place in places},
            )
            for one in attributes
        )
    )
    owners = ranked.select("customer_id", "place", "account_id", "source", *places)
    found = long.inner_join(owners, ["customer_id", "place"])
    decided = [
        (found[place] < found[f"other_{place}"], rule) for place, rule in zip(places, rules, strict=True)
    ]
    rule = ibis.cases((found[f"other_{places[0]}"].isnull(), "only_value"), *decided, else_="account_order")
    return found.mutate(period=ibis.literal(period), survival_rule=rule).select(SURVIVING_VALUES.columns)
