"""Clusters of accounts that hang together by more than one doubtful pair.

Belongs here: which pairs may link, seen beside all other pairs of the same accounts. Does not
belong here: the pairs' own weights (``pairs``), ids of customers (``identity``).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir
from numpy.typing import NDArray

#: Two groups of accounts become one when the pairs between them, in the mean, do not speak against it.
LEAST_MEAN_BITS = 0.0
#: What a pair that is not listed counts: the weight under which pairs are not listed.
UNLISTED_BITS = -4.25
#: A pair counts at most so many bits, and one linked by a rule at least: one sure pair must not outweigh
#: any number of doubts.
_MOST_BITS, _RULED_BITS = 12.0, 6.0
#: Bits that count against joining two groups which know the attribute and have no value in common: less for
#: contacts, of which one person has several.
CONTRADICTION_BITS = {"birth_date": 5.0, "email": 2.0, "phone": 2.0}
#: Digits in which two notes of one birth date may differ.
_MOST_DIGITS = 2


def refined(pairs: ir.Table | pa.Table, threshold: float, identities: ir.Table | None = None) -> pa.Table:
    """The rows of ``pairs`` that link: connected, they are the customers.

    ``pairs`` are rows of ``ACCOUNT_PAIRS`` of one period, those below ``threshold`` among them. Accounts
    linked by a rule or an override are one group from the start. Then, from the surest pair down, a
    pair at or above ``threshold`` joins the groups of its accounts if the match weight over all pairs
    between both groups has a mean of at least ``LEAST_MEAN_BITS``; a pair that is not listed counts
    ``UNLISTED_BITS``. So one doubtful pair cannot bridge two customers whose other accounts disagree
    (average linkage: Sokal and Michener, 1958). Where both
    groups know birth dates, e-mails or telephones, from ``identities`` (``ACCOUNT_IDENTITIES`` of the
    period), and have none in common, the mean is lowered by ``CONTRADICTION_BITS``: a son may share his
    father's name, address and telephone, and an account that tells little must not join both. The
    outcome does not depend on the order of rows.
    """
    table = pairs if isinstance(pairs, pa.Table) else pairs.to_pyarrow()
    table = table.sort_by([("left_account_id", "ascending"), ("right_account_id", "ascending")])
    likely = pc.greater_equal(pc.fill_null(table["match_probability"], 1.0), threshold)
    table = table.append_column("by_rule", pc.not_equal(table["link_rule"], "model"))
    table = table.append_column("is_sure", pc.or_(table["by_rule"], likely))
    table = table.append_column("weight", pc.fill_null(table["match_weight"], _RULED_BITS))
    # most pairs are the only one of both accounts: groups and what they contradict are not needed for them
    speaks_for = pc.or_(table["by_rule"], pc.greater_equal(table["weight"], LEAST_MEAN_BITS))
    links = pc.and_(table["is_sure"], speaks_for).to_numpy()
    among = _beside_others(table)
    grouped = table.filter(pa.array(among))
    links[among] = _within_groups(grouped, {} if identities is None else _told(identities, grouped))
    return table.filter(pa.array(links)).drop_columns(["by_rule", "is_sure", "weight"])


def _beside_others(pairs: pa.Table) -> NDArray[np.bool_]:
    """Whether either account of a pair is in another one, too."""
    codes = _accounts(pairs).dictionary_encode().indices.to_numpy()
    is_shared = (np.bincount(codes) > 1)[codes] if len(codes) else np.zeros(0, np.bool_)
    return is_shared[: len(pairs)] | is_shared[len(pairs) :]


def _accounts(pairs: pa.Table) -> pa.Array:
    """The left account of every pair, then the right one of every pair."""
    return pa.concat_arrays([pairs[f"{side}_account_id"].combine_chunks() for side in ("left", "right")])


def _within_groups(pairs: pa.Table, told: dict[str, dict[str, set[str]]]) -> list[bool]:
    """Which of ``pairs`` link when groups of accounts are joined one after the other, see ``refined``."""
    left, right = pairs["left_account_id"].to_pylist(), pairs["right_account_id"].to_pylist()
    by_rule, is_sure, weights = (pairs[name].to_pylist() for name in ("by_rule", "is_sure", "weight"))
    groups = _Groups(told)
    for a, b, ruled, weight in zip(left, right, by_rule, weights, strict=True):
        groups.add(a, b, max(weight, _RULED_BITS) if ruled else min(weight, _MOST_BITS))
    for a, b, ruled in zip(left, right, by_rule, strict=True):
        if ruled:
            groups.join(a, b)
    sure = [i for i in range(len(left)) if is_sure[i] and not by_rule[i]]
    waiting = sorted(sure, key=lambda i: (-weights[i], left[i], right[i]))
    while True:
        doubtful = [i for i in waiting if not groups.join_if(left[i], right[i], LEAST_MEAN_BITS)]
        if len(doubtful) == len(waiting):
            break
        waiting = doubtful
    return [is_sure[i] and groups.of(left[i]) == groups.of(right[i]) for i in range(len(left))]


def _told(identities: ir.Table, pairs: pa.Table) -> dict[str, dict[str, set[str]]]:
    """For each attribute of ``CONTRADICTION_BITS`` the value of each account of ``pairs`` that knows it."""
    text = {"birth_date": identities.birth_date.strftime("%Y%m%d")}
    values = {name: text.get(name, identities[name]) for name in CONTRADICTION_BITS}
    rows = identities.select("account_id", **values).to_pyarrow()
    rows = rows.filter(pc.is_in(rows["account_id"], value_set=_accounts(pairs)))
    whose = rows["account_id"].to_pylist()
    return {
        name: {
            account: {value} for account, value in zip(whose, rows[name].to_pylist(), strict=True) if value
        }
        for name in CONTRADICTION_BITS
    }


def _alike(one: str, other: str) -> bool:
    """Whether two dates (YYYYMMDD) may be one: at most two digits differ, or day and month are swapped."""
    return (
        sum(a != b for a, b in zip(one, other, strict=True)) <= _MOST_DIGITS
        or one == other[:4] + other[6:] + other[4:6]
    )


class _Groups:
    """Groups of accounts and the sum of match weights, above the unlisted, between every two of them."""

    def __init__(self, told: dict[str, dict[str, set[str]]]) -> None:
        self._told = told
        self._parent: dict[str, str] = {}
        self._size: dict[str, int] = {}
        self._between: dict[str, dict[str, float]] = {}

    def add(self, a: str, b: str, weight: float) -> None:
        for one, other in ((a, b), (b, a)):
            self._parent.setdefault(one, one)
            self._size.setdefault(one, 1)
            sums = self._between.setdefault(one, {})
            sums[other] = sums.get(other, 0.0) + weight - UNLISTED_BITS

    def of(self, account: str) -> str:
        """The account that stands for the group of ``account``."""
        while self._parent[account] != account:
            self._parent[account] = self._parent[self._parent[account]]
            account = self._parent[account]
        return account

    def join_if(self, a: str, b: str, least_mean: float) -> bool:
        """Join both groups if their mean weight is at least ``least_mean``; whether they are one now."""
        a, b = self.of(a), self.of(b)
        if a == b:
            return True
        mean = self._between[a].get(b, 0.0) / (self._size[a] * self._size[b]) + UNLISTED_BITS
        if self._size[a] * self._size[b] > 1:  # the weight of a single pair has them in it
            mean -= self._contradiction(a, b)
        if mean < least_mean:
            return False
        self.join(a, b)
        return True

    def _contradiction(self, a: str, b: str) -> float:
        """Bits of the attributes that both groups know without a value in common."""
        bits = 0.0
        for name, told in self._told.items():
            mine, theirs = told.get(a), told.get(b)
            if mine and theirs and mine.isdisjoint(theirs):
                is_date = name == "birth_date"
                if not is_date or not any(_alike(x, y) for x in mine for y in theirs):
                    bits += CONTRADICTION_BITS[name]
        return bits

    def join(self, a: str, b: str) -> None:
        """Make the groups of both accounts one."""
        a, b = self.of(a), self.of(b)
        if a == b:
            return
        if len(self._between[a]) < len(self._between[b]):
            a, b = b, a
        self._parent[b] = a
        for told in self._told.values():
            if b in told:
                told.setdefault(a, set()).update(told.pop(b))
        self._size[a] += self._size.pop(b)
        self._between[a].pop(b, None)
        for other, probability in self._between.pop(b).items():
            if other != a:
                self._between[a][other] = self._between[a].get(other, 0.0) + probability
                self._between[other][a] = self._between[a][other]
                del self._between[other][b]
