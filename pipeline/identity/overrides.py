"""Decisions by hand about which accounts are one customer.

Belongs here: reading the overrides of the settings, and which of them hold in a period. Does not
belong here: carrying them out (``clusters``).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.keyed import Key
from pipeline.errors import InputError
from pipeline.ids.accounts import ACCOUNT_PREFIX, account_id, account_space, source_account_text
from pipeline.settings import Override, Project


@dataclass(frozen=True)
class Decision:
    """Two accounts (``left`` the smaller id) that are the same customer, or kept apart.

    ``place`` says where the settings decide it, for messages. ``is_due`` when the accounts must be
    known by now; otherwise the decision waits for them.
    """

    place: str
    left: str
    right: str
    is_same: bool
    is_due: bool


def decisions(period: str, project: Project, key: Key) -> list[Decision]:
    """Overrides that hold in ``period``, one for each two accounts, in the order of the accounts.

    Of several overrides about the same accounts holds the one that began last, then the one
    that stands last. ``key`` is the one that account ids are made with. Raises ``InputError`` for an
    account or a period that cannot be read.
    """
    now = project.calendar.start_date(period)
    found: dict[tuple[str, str], tuple[date, int, Decision]] = {}
    for number, one in enumerate(project.identity.overrides):
        place = f"identity.overrides[{number}]"
        begins = _begins(one, place, project)
        ids = [_account_id(name, place, project, key) for name in one.accounts]
        left, right = min(ids), max(ids)
        if left == right:
            raise InputError(place, "both accounts are the same one", "two accounts", "Correct the override.")
        if begins > now:
            continue
        is_due = one.from_period is not None or period == project.last_period
        decision = Decision(place, left, right, one.decision == "same", is_due)
        known = found.get((left, right))
        if known is None or (begins, number) > known[:2]:
            found[left, right] = begins, number, decision
    return [found[key][2] for key in sorted(found)]


def known_decisions(some: Iterable[Decision], known: Collection[str]) -> list[Decision]:
    """Decisions of which both accounts are among ``known``.

    Raises ``InputError`` for one that is due and names an account that is not.
    """
    holding = []
    for one in some:
        if {one.left, one.right} <= set(known):
            holding.append(one)
        elif one.is_due:
            raise InputError(
                one.place,
                "an account that it names is not known by the end of the override's first period",
                "accounts that a source has given by then, as source/source_account_id or account_id",
                "Correct the account, or let from_period be the first period in which both are known.",
            )
    return holding


def not_excluded(some: Sequence[Decision], excluded: ir.Table | None, period: str) -> list[Decision]:
    """Those of ``some`` that name no account of ``excluded`` (``EXCLUDED_ACCOUNTS``) of ``period``: such an
    account will never be known, and nobody need wait for it."""
    named = sorted({account for one in some for account in (one.left, one.right)})
    if excluded is None or not named:
        return list(some)
    theirs = excluded.filter(excluded.period == period, excluded.account_id.isin(named)).select("account_id")
    out = set(theirs.to_pyarrow()["account_id"].to_pylist())
    return [one for one in some if not {one.left, one.right} & out]


def waiting_overrides(
    links: ir.Table, period: str, project: Project, key: Key, excluded: ir.Table | None = None
) -> list[str]:
    """Places in the settings of overrides that hold in ``period`` and name accounts that are not known yet.

    ``links`` are ``ACCOUNT_LINKS`` of ``period``. An override without ``from_period`` waits for its
    accounts, unless one of them is ``excluded`` (``EXCLUDED_ACCOUNTS`` of ``period``); one that waits in the
    newest period is probably misspelt.
    """
    some = not_excluded(decisions(period, project, key), excluded, period)
    named = sorted({account for one in some for account in (one.left, one.right)})
    if not named:
        return []
    found = links.filter(links.period == period, links.account_id.isin(named)).select("account_id")
    known = set(found.to_pyarrow()["account_id"].to_pylist())
    return [one.place for one in some if not {one.left, one.right} <= known]


def named_accounts(some: Iterable[Decision], accounts: pa.Array) -> set[str]:
    """Accounts named by decisions that are among ``accounts``."""
    named = pa.array(sorted({name for one in some for name in (one.left, one.right)}), pa.string())
    is_known = pa.compute.is_in(named, value_set=accounts)
    return set(named.filter(is_known).to_pylist())


def _begins(one: Override, place: str, project: Project) -> date:
    if one.from_period is None:
        return date.min
    try:
        return project.calendar.start_date(one.from_period)
    except ValueError as error:
        raise InputError(
            f"{place}.from_period",
            f"{one.from_period!r} is not the key of a {project.period}",
            f"a period such as {project.first_period}",
            "Correct from_period.",
        ) from error


def _account_id(name: str, place: str, project: Project, key: Key) -> str:
    """The account that an override names; the same id that cleaning gives its rows."""
    source, slash, own_id = name.partition("/")
    if not slash:
        if name.startswith(ACCOUNT_PREFIX):
            return name
        found = "an account is written neither as source/source_account_id nor as an account_id"
    elif source not in project.sources:
        found = f"there is no source {source!r}"
    else:
        space = account_space(source, project.sources[source])
        return account_id(key, project, space, source_account_text(own_id))
    names = ", ".join(sorted(project.sources))
    raise InputError(
        f"{place}.accounts",
        found,
        f"one of the sources {names}, a slash, and its id",
        "Correct the override.",
    )
