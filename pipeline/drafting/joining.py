"""Which tables belong together: the account of each, lookups, accounts that sources share.

Belongs here: comparing ids of tables. Does not belong here: one table alone (``matching``), or words for
the draft (``sourcing``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ibis.expr import types as ir

from pipeline.drafting.attributes import kind_of
from pipeline.drafting.matching import Candidate, account_scores, candidates
from pipeline.drafting.profiles import Column
from pipeline.drafting.tables import Table
from pipeline.drafting.words import words
from pipeline.engine.values import held
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID

#: Names of account columns that are tried for a table, from this likeness on.
_TRIED, _LEAST_NAME = 3, 0.35
#: So many ids of one table stand in the other: they are numbers of the same things.
SHARED, ALL = 0.5, 0.9
#: Fewer ids than this may be alike by chance.
_FEW = 20


@dataclass(frozen=True)
class Lent:
    """Columns that another table lends by a lookup; ``match`` is own column -> column there."""

    table: Table
    match: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]


@dataclass
class Placed:
    """A table with what it was taken for, and the lookups that this takes.

    ``note`` says why a table that could be a source is none.
    """

    table: Table
    candidate: Candidate
    account_score: float = 0.0
    account_why: str = "by name"
    lent: tuple[Lent, ...] = ()
    note: str | None = None

    @property
    def is_source(self) -> bool:
        """Whether it is to be a source."""
        return self.candidate.is_good and self.note is None

    @property
    def account(self) -> str | None:
        """The column of accounts."""
        found = self.candidate.matches.get(SOURCE_ACCOUNT_ID)
        return found.read[0] if found else None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Own columns, and those lent."""
        lent = (one.table.column(name) for one in self.lent for name in one.columns)
        return (*self.table.columns, *lent)

    def column(self, name: str) -> Column:
        """A column, own or lent."""
        return next(one for one in self.columns if one.name == name)

    def home(self, name: str) -> Table:
        """The table that a column stands in."""
        return next((one.table for one in self.lent if name in one.columns), self.table)


class Ids:
    """Ids of columns compared: each column and each pair is read once."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, str], tuple[ir.Table, int]] = {}
        self._shares: dict[tuple[int, str, int, str], float] = {}

    def share(self, left: Table, left_column: str, right: Table, right_column: str) -> float:
        """Share of the different values of the left column that stand in the right one."""
        key = (id(left), left_column, id(right), right_column)
        if key not in self._shares:
            ours, count = self._ids(left, left_column)
            theirs, _ = self._ids(right, right_column)
            self._shares[key] = int(ours.semi_join(theirs, "id").count().execute()) / count if count else 0.0
        return self._shares[key]

    def _ids(self, table: Table, column: str) -> tuple[ir.Table, int]:
        key = (id(table), column)
        if key not in self._held:
            found = held(table.ids(column))
            self._held[key] = (found, int(found.count().execute()))
        return self._held[key]


def placed(tables: Sequence[Table], ids: Ids) -> list[Placed]:
    """Every table with the entity that it is, or with the best that it lacks something for."""
    found = [_alone(one) for one in tables]
    found = [one if one.candidate.is_good else _by_values(one, found, ids) for one in found]
    found = [one if one.candidate.is_good else _with_lookup(one, found, ids) for one in found]
    return _merged(_without_headers(found), ids)


def _alone(table: Table) -> Placed:
    """A table by itself, with the account that makes most of it."""
    scores = account_scores(table.columns)
    tried = sorted((one for one in scores if scores[one] >= _LEAST_NAME), key=lambda one: -scores[one])[
        :_TRIED
    ]
    options = []
    for account in (*tried, None):
        score = scores.get(account or "", 0.0)
        best = candidates(table.columns, table.words, account, account_score=score)[0]
        options.append(Placed(table, best, score))
    return max(options, key=lambda one: (one.candidate.is_good, one.candidate.score + 2 * one.account_score))


def _by_values(one: Placed, others: Sequence[Placed], ids: Ids) -> Placed:
    """A table without a name for accounts: a column whose values are the accounts of another."""
    for other in others:
        if other is one or not other.candidate.is_good or other.account is None:
            continue
        for column in one.table.columns:
            if not column.looks_like_id or column.distinct < _FEW or column.kind == "time":
                continue
            if _is_counted(column) and _is_counted(other.column(other.account)):
                continue
            if ids.share(one.table, column.name, other.table, other.account) >= ALL:
                best = candidates(one.table.columns, one.table.words, column.name, account_score=0.7)[0]
                if best.is_good:
                    return Placed(one.table, best, 0.7, f"its values are accounts of {other.table.name}")
    return one


def _is_counted(column: Column) -> bool:
    """Whether ids are numbers counted from 1 (or 0): those of any two tables are alike."""
    numbers = column.numbers
    return numbers is not None and numbers.least <= 10 and numbers.most <= 3 * max(column.distinct, 1) + 10


def _with_lookup(one: Placed, others: Sequence[Placed], ids: Ids) -> Placed:
    """A table that lacks its account or a needed column, with another that has them, found by a key."""
    best = one
    for other in others:
        if other is one or other.table is one.table:
            continue
        for own, there in _keys(one.table, other.table, ids):
            lent = [each for each in other.table.columns if each.name != there]
            mine = {each.name.casefold() for each in one.table.columns}
            lent = [each for each in lent if each.name.casefold() not in mine]
            found = _augmented(one, other.table, own, there, lent)
            if found is not None and (
                found.candidate.score > best.candidate.score or not best.candidate.is_good
            ):
                best = found
    return best


def _keys(own: Table, other: Table, ids: Ids) -> Iterable[tuple[str, str]]:
    for there in other.columns:
        if not there.is_unique or there.kind == "time" or not (there.looks_like_id or there.kind == "text"):
            continue
        for here in own.columns:
            if (
                _are_one_key(here.name, there.name, other)
                and ids.share(own, here.name, other, there.name) >= ALL
            ):
                yield here.name, there.name


def _are_one_key(here: str, there: str, other: Table) -> bool:
    """Whether two names say the same key: ``order_id`` and ``order_id``, or ``id`` of ``orders``."""
    ours, theirs = words(here), words(there)
    if ours == theirs and ours not in (("id",), ("number",), ("name",), ("key",), ("code",)):
        return True
    return any((*words(one)[-1:], *theirs) == ours for one in other.words)


def _augmented(one: Placed, other: Table, own: str, there: str, lent: Sequence[Column]) -> Placed | None:
    columns = (*one.table.columns, *(replace(each, rows=max(each.rows, 1)) for each in lent))
    names = frozenset(each.name for each in lent)
    scores = account_scores(columns)
    tried = sorted((each for each in scores if scores[each] >= _LEAST_NAME), key=lambda each: -scores[each])
    for account in (*tried[:_TRIED], None):
        score = scores.get(account or "", 0.0)
        for candidate in candidates(columns, one.table.words, account, names, score):
            read = {column for match in candidate.matches.values() for column in match.read}
            borrowed = tuple(each.name for each in lent if each.name in read)
            if candidate.is_good and borrowed and ENTITIES[candidate.entity].event_time is not None:
                lookup = Lent(other, ((own, there),), borrowed)
                return Placed(one.table, candidate, score, lent=(lookup,))
    return None


def _without_headers(found: Sequence[Placed]) -> list[Placed]:
    """Of several tables of orders that take their accounts from the same orders, those that name products
    are the source, and the table of the orders is none beside them: else they would count twice."""
    lenders = {id(lent.table): lent.table for one in found for lent in one.lent}
    for table in lenders.values():
        lines = [
            one
            for one in found
            if one.is_source
            and one.candidate.entity == "orders"
            and any(lent.table is table for lent in one.lent)
        ]
        if not lines:
            continue
        best = max(lines, key=lambda one: ("product_id" in one.candidate.matches, one.candidate.score))
        for one in found:
            if one is not best and (one.table is table or any(one is line for line in lines)):
                one.note = f"orders would count twice beside {best.table.name}, which reads {table.name}"
    return list(found)


def _merged(found: Sequence[Placed], ids: Ids) -> list[Placed]:
    """Of several tables with one row for each of the same accounts one is the profile, that with most
    columns of profiles: a row of another would replace it. What the others know comes by lookups."""
    profiles = [one for one in found if one.is_source and one.candidate.entity == "profiles"]
    profiles.sort(key=lambda one: (-len(one.candidate.matches), -one.table.rows))
    for at, one in enumerate(profiles):
        for first in profiles[:at]:
            if first.note is None and are_shared(one, first, ids) >= ALL:
                _lend(one, first)
                break
    return list(found)


def _lend(one: Placed, first: Placed) -> None:
    """``first`` takes from ``one`` what it lacks."""
    own = {each.name.casefold() for each in first.columns}
    wanted = {
        name: match
        for name, match in one.candidate.matches.items()
        if name not in first.candidate.matches and not {column.casefold() for column in match.read} & own
    }
    one.note = (
        f"one row for each account of {first.table.name}: two profiles of an account would replace each other"
    )
    if first.account is None or one.account is None:
        return
    columns = [column for match in wanted.values() for column in match.read]
    read = {column for match in one.candidate.matches.values() for column in match.read}
    # attributes of the company's own come along
    columns += [
        each.name
        for each in one.table.columns
        if each.name not in read and each.name.casefold() not in own and kind_of(each) is not None
    ]
    if columns:
        first.candidate.matches |= wanted
        lookup = Lent(one.table, ((first.account, one.account),), tuple(dict.fromkeys(columns)))
        first.lent = (*first.lent, lookup)
        one.note += f"; {first.table.name} takes its columns by a lookup"


def are_shared(one: Placed, other: Placed, ids: Ids) -> float:
    """Share of the accounts of the smaller of two sources that the other knows; 0 where both merely count
    from 1 under different names."""
    if one.account is None or other.account is None:
        return 0.0
    mine, theirs = one.column(one.account), other.column(other.account)
    if _is_counted(mine) and _is_counted(theirs) and words(mine.name)[:1] != words(theirs.name)[:1]:
        return 0.0
    left, right = one.home(mine.name), other.home(theirs.name)
    if mine.distinct > theirs.distinct:
        return ids.share(right, theirs.name, left, mine.name)
    return ids.share(left, mine.name, right, theirs.name)


def spaces(found: Sequence[Placed], ids: Ids) -> dict[int, tuple[int, float]]:
    """For each source (by place in ``found``) that shares its accounts with another: the source whose
    space it is of, and the share of ids. The space is that of profiles where there are any."""
    order = sorted(
        range(len(found)),
        key=lambda at: (found[at].candidate.entity != "profiles", -found[at].table.rows, at),
    )
    roots: list[int] = []
    result: dict[int, tuple[int, float]] = {}
    for at in order:
        shared = {root: are_shared(found[at], found[root], ids) for root in roots}
        best = max(shared, key=lambda root: shared[root], default=None)
        if best is not None and shared[best] >= SHARED:
            result[at] = (best, shared[best])
        else:
            roots.append(at)
    return result
