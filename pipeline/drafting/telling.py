"""What events tell of their customers: columns of orders and the like that are of the one who bought.

Belongs here: whether such a column is of the customer rather than of the event, and which table of events
speaks for its customers. Does not belong here: what the column is called (``words``), or how the source
is drafted (``sourcing``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.drafting.fitting import fits
from pipeline.drafting.joining import Placed
from pipeline.drafting.profiles import Column
from pipeline.drafting.words import likeness
from pipeline.engine.values import held, identifier_text, raw_name, text
from pipeline.tables.entities import ENTITIES, PROFILES
from pipeline.tables.model import Field

#: What events may tell of a customer and a person need not decide first. Names, addresses, telephone
#: numbers are not among them: they link accounts, and those of an order may be of whom it was sent to.
_TOLD = (
    "gender", "birth_date", "age_group", "income_amount", "occupation", "education", "marital_status",
    "household_size_count", "children_count", "home_ownership", "language", "postcode", "city", "city_tier",
    "settlement", "population_density", "region", "country",
)  # fmt: skip
#: A column is plainly called so from this likeness on, its values considered.
_PLAINLY = 0.5
#: In so many accounts with events of several times the column has one value, at least: people move, and
#: send a gift; what differs more is of the event.
_ONE_VALUE = 0.8
#: It varies within an account at most so much of what it would if events were dealt to accounts by chance:
#: what hardly ever differs at all ("state: done") has one value in most accounts, and is of no customer.
_OF_CHANCE = 0.2
#: Fewer accounts with events of several times tell nothing.
_FEW = 10


@dataclass(frozen=True)
class Told:
    """A column of events that is ``field`` of a profile: in ``share`` of the ``accounts`` with events of
    several times it has one value."""

    field: Field
    column: str
    share: float
    accounts: int

    @property
    def why(self) -> str:
        """The reason in words."""
        return (
            f"by name; {self.share:.1%} of the {self.accounts:,} accounts with events of several times"
            " have one value"
        )


def told(sources: Sequence[Placed], shared: Mapping[int, tuple[int, float]]) -> dict[int, list[Told]]:
    """What each source of events (by place in ``sources``) tells of its customers; ``shared`` are the
    spaces of accounts.

    None where a table of profiles has these accounts: a second profile of an account would replace the first.
    Of several tables with the same accounts one speaks: orders first, then who tells most, then the longest.
    """
    root = {at: shared[at][0] if at in shared else at for at in range(len(sources))}
    known = {root[at] for at, one in enumerate(sources) if one.candidate.entity == "profiles"}
    found = {at: _of_source(one) for at, one in enumerate(sources) if root[at] not in known}

    def rank(at: int) -> tuple[bool, int, int, int]:
        is_orders = sources[at].candidate.entity == "orders"
        return is_orders, len(found[at]), sources[at].table.rows, -at

    best: dict[int, int] = {}
    for at in sorted((at for at in found if found[at]), key=rank):
        best[root[at]] = at
    return {at: found[at] for at in best.values()}


def is_plainly(column: Column, field: Field) -> bool:
    """Whether a column is plainly called like ``field`` of profiles, and could be it by its values."""
    return likeness(column.name, "profiles", field.name) * fits(column, field) >= _PLAINLY


def _of_source(one: Placed) -> list[Told]:
    event_time = ENTITIES[one.candidate.entity].event_time
    at = one.candidate.matches.get(event_time or "")
    who = one.account
    if at is None or who is None or not {at.read[0], who} <= {each.name for each in one.table.columns}:
        return []
    read = {column for match in one.candidate.matches.values() for column in match.read}
    read |= {own for lent in one.lent for own, _ in lent.match}
    fields = {field.name: field for field in (*PROFILES.mapped, *PROFILES.identifiers)}
    # the name first: values of a region could be anything, and "country" is almost a "county"
    scored = sorted(
        (-likeness(column.name, "profiles", name), name, column.name)
        for name in _TOLD
        for column in one.table.columns
        if column.name not in read and column.kind != "empty" and is_plainly(column, fields[name])
    )
    result: dict[str, Told] = {}
    for _, name, column in scored:
        if name in result or any(column == each.column for each in result.values()):
            continue
        share, accounts, of_chance = _agreement(one, who, at.read[0], column)
        if accounts >= _FEW and share >= _ONE_VALUE and of_chance <= _OF_CHANCE:
            result[name] = Told(fields[name], column, share, accounts)
    return list(result.values())


def _agreement(one: Placed, who: str, at: str, column: str) -> tuple[float, int, float]:
    """Of accounts with events of several times: the share with one value, how many there are, and how much
    values vary within them beside how much by chance (1 where they do not vary at all)."""
    data = one.table.data
    rows = data.select(
        who=identifier_text(data[raw_name(who)]),
        at=data[raw_name(at)].cast("string"),
        value=text(data[raw_name(column)].cast("string")),
    )
    rows = rows.filter(rows.who.notnull() & rows["at"].notnull() & rows.value.notnull()).distinct()
    times = rows.group_by("who").agg(times=rows["at"].nunique(), rows=rows.count())
    again = times.filter(times.times > 1)
    parts = rows.group_by(["who", "value"]).agg(own=rows.count()).inner_join(again, "who")
    parts = held(parts.select("who", "value", part=parts.own / parts.rows))
    accounts = parts.group_by("who").agg(alike=(parts.part * parts.part).sum(), values=parts.count())
    own = accounts.agg(
        accounts=accounts.count(), one=(accounts["values"] == 1).sum(), alike=accounts.alike.mean()
    )
    found = own.to_pyarrow().to_pylist()[0]
    count = int(found["accounts"])
    if not count:
        return 0.0, 0, 1.0
    by_value = parts.group_by("value").agg(part=parts.part.sum() / count)
    chance = float((by_value.part * by_value.part).sum().execute())
    varies = 1 - chance
    return int(found["one"]) / count, count, (1 - found["alike"]) / varies if varies > 1e-9 else 1.0
