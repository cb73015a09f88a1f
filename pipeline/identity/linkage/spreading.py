"""Exclusions spread: who is one customer with an excluded account is excluded, too.

Belongs here: accounts that are linked to excluded ones, directly or through others. Does not belong here:
which accounts the settings exclude (``clean``), or customers themselves (``identity``).

Accounts are taken for one customer by the same rules, threshold and overrides as customers are found by,
and by an e-mail address that both have and that nothing contradicts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.values import held
from pipeline.identity.linkage.comparables import MOST_SHARED, comparables, plain_comparables
from pipeline.identity.linkage.model import Model, model_of
from pipeline.identity.linkage.pairs import compared
from pipeline.identity.linkage.rules import shared_emails
from pipeline.identity.overrides import Decision

_FOUND = pa.schema(
    {"account_id": pa.string(), "exclusion": pa.string(), "excluded_by_account_id": pa.string()}
)
#: Accounts of either side of a pair, its rule, its probability under the model.
_PAIR = ("left_account_id", "right_account_id", "link_rule", "match_probability")


@dataclass(frozen=True)
class _Link:
    """An account that is linked to an excluded one; the strongest comes first when they are sorted."""

    rank: tuple[int, float]
    by: str
    account: str


def linked_accounts(
    engine: Engine,
    excluded: Mapping[str, str],
    identities: ir.Table | None,
    version: pa.Table | None,
    decisions: Iterable[Decision],
    threshold: float,
) -> pa.Table:
    """Accounts that are one customer with one of ``excluded`` (account to exclusion) and are not among them:
    ``account_id``, ``exclusion``, ``excluded_by_account_id``.

    ``identities`` (shape of ``ACCOUNT_IDENTITIES``, one row an account; none: nothing is compared) are
    those of excluded and all other accounts, ``version`` the model in force (``fit``). Of several links
    the strongest counts: overrides, rules, the probability, then the smaller account. Accounts that
    an override keeps apart are not linked to each other, but may be through others.
    """
    known = dict(excluded)
    some = list(decisions)
    apart = {(one.left, one.right) for one in some if not one.is_same}
    same = [one for one in some if one.is_same]
    model = None if version is None else model_of(version)
    table = (
        None
        if identities is None
        else comparables(plain_comparables(identities), model.terms if model else {})
    )
    found: dict[str, tuple[str, str]] = {}
    frontier = set(known)
    while frontier:
        links = _decided(frontier, known, same)
        if table is not None:
            links += _compared(engine, table, frontier, known, model, threshold, apart)
        frontier = set()
        for one in sorted(links, key=lambda one: (one.account, one.rank, one.by)):
            if one.account not in known:
                known[one.account] = known[one.by]
                found[one.account] = known[one.by], one.by
                frontier.add(one.account)
    rows = [
        {"account_id": account, "exclusion": name, "excluded_by_account_id": by}
        for account, (name, by) in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, _FOUND)


def _decided(frontier: set[str], known: Mapping[str, str], same: Iterable[Decision]) -> list[_Link]:
    """Accounts that an override says are one with those of ``frontier``."""
    ends = [(one.left, one.right) for one in same] + [(one.right, one.left) for one in same]
    return [_Link((0, 0.0), by, other) for by, other in ends if by in frontier and other not in known]


def _compared(
    engine: Engine,
    table: ir.Table,
    frontier: set[str],
    known: Mapping[str, str],
    model: Model | None,
    threshold: float,
    apart: set[tuple[str, str]],
) -> list[_Link]:
    """Accounts of ``table`` outside ``known`` that are compared with those of ``frontier`` and linked."""
    inside, outside = (
        engine.from_arrow(pa.table({"account_id": pa.array(sorted(one), pa.string())}))
        for one in (frontier, known)
    )
    sides = [held(table.semi_join(inside, "account_id")), held(table.anti_join(outside, "account_id"))]
    if not all(int(one.count().to_pyarrow().as_py()) for one in sides):
        return []
    pairs = compared(engine, sides, model).select(*_PAIR)
    is_sure = (pairs.link_rule != "model") | (pairs.match_probability >= threshold)
    names = [str(one.op().name) for one in sides]
    by_email = engine.sql(shared_emails(names, MOST_SHARED))
    by_email = by_email.mutate(match_probability=ibis.null("float64")).select(*_PAIR)
    every = ibis.union(pairs.filter(is_sure), by_email).to_pyarrow()
    links = []
    for row in every.to_pylist():
        ends = row["left_account_id"], row["right_account_id"]
        if ends in apart:
            continue
        by, other = ends if ends[0] in frontier else ends[::-1]
        probability = row["match_probability"]
        is_ruled = row["link_rule"] != "model"
        links.append(_Link((1, 0.0) if is_ruled else (2, -probability), by, other))
    return links
