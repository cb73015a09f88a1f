"""What a draft says of the whole project: currency, country, time zone, periods.

Belongs here: guesses from all sources together. Does not belong here: a single source (``sourcing``).
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pycountry
from ibis.expr import types as ir

from pipeline.clean.codes import currency_code
from pipeline.drafting.joining import Placed
from pipeline.drafting.model import Guess
from pipeline.drafting.words import words
from pipeline.engine.values import instant, moment, raw_name, wall_time
from pipeline.periods import EARLIEST, Cadence, Calendar
from pipeline.tables.entities import ENTITIES

#: Countries whose currency is the euro: their codes are not in that of the currency.
_EURO = frozenset(
    "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split()  # noqa: SIM905
)
#: The zone of most people where a country has several.
_ZONES = {
    "US": "America/New_York", "CA": "America/Toronto", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "RU": "Europe/Moscow", "CN": "Asia/Shanghai", "DE": "Europe/Berlin", "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon", "MX": "America/Mexico_City", "ID": "Asia/Jakarta",
    "CL": "America/Santiago", "AR": "America/Argentina/Buenos_Aires", "NZ": "Pacific/Auckland",
    "UA": "Europe/Kyiv", "KZ": "Asia/Almaty",
}  # fmt: skip
#: Fewer months than this are better told in weeks.
_FEW_MONTHS = 3
#: A last day so many usual gaps (or days) before the end of a period leaves it incomplete.
_GAPS, _LEAST_GAP_DAYS = 4, 2.0
#: Data that end longer ago than so many periods are history: later periods would all be empty.
_SILENT_PERIODS = 2
#: An hour is still with so little of the usual; a night is at least so many still hours, and its middle
#: lies before or after these hours of the day. Fewer events tell nothing of hours.
_STILL, _LEAST_STILL, _NIGHT, _LEAST_EVENTS = 0.2, 3, (6.0, 22.0), 500
#: Times after this are mistakes.
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """Days that the events of a source lie in: first, last, how many different ones.

    ``quiet`` is the hour in the middle of its quietest hours, where some are plainly quieter.
    """

    first: date
    last: date
    days: int
    quiet: float | None = None


def span(one: Placed) -> Span | None:
    """First and last day of a source's events, over all its rows; none without usable times."""
    at = ENTITIES[one.candidate.entity].event_time
    match = one.candidate.matches.get(at or "")
    if match is None:
        return None
    column = one.column(match.read[0])
    if column.times is None:
        return None
    table = one.home(column.name).data
    formats = [column.times.format] if column.times.format else []
    read = table.select(at=instant(table[raw_name(column.name)], formats, "UTC"))
    sane = read.filter((read["at"] >= moment(EARLIEST)) & (read["at"] < moment(_LATEST)))
    wall = sane.select(at=wall_time(sane["at"], "UTC"))
    found = wall.agg(first=wall["at"].min(), last=wall["at"].max(), days=wall["at"].date().nunique())
    row = found.to_pyarrow().to_pylist()[0]
    if row["first"] is None:
        return None
    quiet = _quiet(wall) if column.times.has_time or column.is_typed_time else None
    return Span(row["first"].date(), row["last"].date(), int(row["days"]), quiet)


def _quiet(wall: ir.Table) -> float | None:
    """The middle of the longest row of hours with hardly any event; none where no hours are quiet."""
    hours = wall.select(hour=wall["at"].hour())
    rows = hours.group_by("hour").agg(rows=hours.count()).to_pyarrow().to_pylist()
    counts = {int(row["hour"]): int(row["rows"]) for row in rows if row["hour"] is not None}
    total = sum(counts.values())
    if total < _LEAST_EVENTS:
        return None
    still = [counts.get(hour, 0) < total / 24 * _STILL for hour in range(24)] * 2
    best = max(range(24), key=lambda start: _run(still, start))
    length = min(24, _run(still, best))
    return (best + length / 2) % 24 if _LEAST_STILL <= length < 20 else None


def _run(still: Sequence[bool], start: int) -> int:
    return next((at for at, one in enumerate(still[start:]) if not one), len(still) - start)


def strange_hours(one: Span) -> str | None:
    """What to ask of a source whose customers would sleep by day."""
    if one.quiet is None or _NIGHT[0] >= one.quiet or one.quiet >= _NIGHT[1]:
        return None
    return f"its quietest time is about {one.quiet:.0f} o'clock: if its times are in UTC, say time_zone: UTC"


# --- where ------------------------------------------------------------------------------


def country(some: Iterable[Placed]) -> Guess | None:
    """The country that most phone numbers and addresses are of, where it is of at least half."""
    counted: dict[str, int] = {}
    for one in some:
        for column in one.table.columns:
            for code, count in column.countries:
                counted[code] = counted.get(code, 0) + count
    if not counted:
        if any(_is_chinese(column.name) for one in some for column in one.table.columns):
            return Guess("CN", "a guess", "the names of columns are Chinese")
        return None
    code, votes = min(counted.items(), key=lambda one: (-one[1], one[0]))
    share = votes / sum(counted.values())
    name = getattr(pycountry.countries.get(alpha_2=code), "name", code)
    why = f"{share:.0%} of countries and international phone numbers are of {name}"
    return Guess(code, "likely" if share >= 0.5 else "a guess", why)


def currency(some: Sequence[Placed], place: Guess | None) -> tuple[Guess, str | None]:
    """The currency of amounts, and what to ask."""
    counted = _counted_currencies(some)
    if counted:
        code, share = counted[0]
        others = ", ".join(other for other, _ in counted[1:6])
        ask = f"amounts are also in {others}: is {code} the currency to report in?" if others else None
        if others and not any(one.candidate.entity == "exchange_rates" for one in some):
            ask = f"{ask} Without a source of exchange_rates those rows are set aside"
        return Guess(code, "likely", f"{share:.0%} of rows with a currency say so"), ask
    named = [
        (code, column.name)
        for one in some
        for column in one.table.columns
        for code in [_named_currency(column.name) or (column.numbers and _signed(column.numbers.sign))]
        if code
    ]
    if named:
        code, where = Counter(code for code, _ in named).most_common(1)[0][0], named[0][1]
        return Guess(code, "likely", f"the column {where} names it"), None
    code_there = of_country(place.value) if place is not None else None
    if code_there:
        return Guess(
            code_there, "a guess", "the currency of that country"
        ), "is this the currency of the amounts?"
    return Guess("USD", "a guess", "nothing in the data says it"), "which currency are the amounts in?"


def _counted_currencies(some: Sequence[Placed]) -> list[tuple[str, float]]:
    """Currencies and their shares of rows: of orders, else of other amounts."""
    said = [one for one in some if "currency" in one.candidate.matches]
    orders = [one for one in said if one.candidate.entity == "orders"]
    found: Counter[str] = Counter()
    for one in orders or said:
        name = one.candidate.matches["currency"].read[0]
        table = one.home(name).data
        codes = table.select(code=table[raw_name(name)].cast("string").upper().strip())
        counts = codes.group_by("code").agg(rows=codes.count()).limit(200).to_pyarrow().to_pylist()
        for row in counts:
            if row["code"] and (code := currency_code(row["code"])):
                found[code] += row["rows"]
    return [
        (code, count / found.total()) for code, count in sorted(found.items(), key=lambda it: (-it[1], it[0]))
    ]


def _named_currency(name: str) -> str | None:
    own = words(name)
    last = own[-1].upper() if len(own) > 1 else ""
    return last if len(last) == 3 and pycountry.currencies.get(alpha_3=last) else None


def _signed(sign: str | None) -> str | None:
    return {
        "€": "EUR",
        "£": "GBP",
        "₹": "INR",
        "₩": "KRW",
        "元": "CNY",
        "$": "USD",
        "¥": "CNY",
        "￥": "CNY",
    }.get(sign or "")


def of_country(code: str) -> str | None:
    """The currency of a country: it has the country's number, or starts with its letters."""
    if code in _EURO:
        return "EUR"
    number = getattr(pycountry.countries.get(alpha_2=code), "numeric", None)
    for one in pycountry.currencies:
        if number is not None and one.numeric == number:
            return str(one.alpha_3)
    return next((str(one.alpha_3) for one in pycountry.currencies if one.alpha_3.startswith(code)), None)


def time_zone(some: Sequence[Placed], place: Guess | None) -> tuple[Guess, str | None]:
    """The zone that days and periods are cut in, and what to ask."""
    if place is not None and (zones := _zones(place.value)):
        zone = _ZONES.get(place.value, zones[0])
        ask = f"the country has {len(zones)} zones; which one do days begin in?" if len(zones) > 1 else None
        return Guess(zone, "likely" if not ask else "a guess", f"the zone of {place.value}"), ask
    return Guess(
        "UTC", "a guess", "nothing in the data says it"
    ), "which time zone do the days of the business begin in?"


def _zones(code: str) -> list[str]:
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [row[2] for row in rows if row[0] == code]


def _is_chinese(name: str) -> bool:
    return any("\u4e00" <= one <= "\u9fff" for one in name)


# --- when -------------------------------------------------------------------------------


def periods(
    spans: dict[str, Span], kinds: dict[str, str], zone: str, cadence: Cadence | None, now: datetime
) -> dict[str, Guess]:
    """``period``, ``first_period`` and, where the data ended long ago, ``last_period``.

    ``spans`` are those of sources by name, ``kinds`` their entities: orders decide where there are any.
    """
    orders = {name: one for name, one in spans.items() if kinds[name] == "orders"}
    used = orders or spans
    today = now.date()
    if not used:
        calendar = Calendar(cadence or "month", zone)
        complete = calendar.previous(calendar.key(today))
        return {
            "period": Guess(calendar.cadence, "a guess", "no source has times of events"),
            "first_period": Guess(
                complete, "a guess", "no source has times of events: the last complete one"
            ),
        }
    first, last = min(one.first for one in used.values()), max(one.last for one in used.values())
    months = (last - first).days / 30.4
    told: Cadence = cadence or ("month" if months >= _FEW_MONTHS else "week")
    calendar = Calendar(told, zone)
    names = ", ".join(sorted(used))
    why = "as asked for" if cadence else f"the events of {names} span {months:.0f} months"
    found = {
        "period": Guess(told, "sure" if cadence else "likely", why),
        "first_period": Guess(calendar.key(first), "likely", f"{names} begin on {first}"),
    }
    gap = statistics.median(
        [max(1.0, (one.last - one.first).days / max(1, one.days)) for one in used.values()]
    )
    current = calendar.key(min(last, today))
    end = calendar.start_date(calendar.next(current))
    is_whole = end - last <= timedelta(days=max(_LEAST_GAP_DAYS, _GAPS * gap))
    final = current if is_whole else calendar.previous(current)
    if calendar.start_date(final) < first and not is_whole:
        final = current
    silent = (today - last).days / (7 if told == "week" else 30.4)
    if silent > _SILENT_PERIODS:
        said = f"{names} end on {last}" + (
            "" if final == current else ": the period of that day is not complete"
        )
        found["last_period"] = Guess(final, "likely", said)
    return found
