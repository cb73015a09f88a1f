"""Days, months and years; dates by a format.

Belongs here: functions of dates. Does not belong here: ISO dates (``reading``), time zones (a source
says its own), or what is read by a format of a column (``engine.values``, which is DuckDB's alone).

Years 1000 to 9999 throughout; what would lie outside is null.
"""

import re
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.expressions.terms import WALL, Term

_DAY_SECONDS = 86_400
_FIRST, _LAST = ibis.date(1000, 1, 1), ibis.date(9999, 12, 31)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
         "november", "december")  # fmt: skip
#: Directives that mean the same on every engine: what each stands for in a text.
DIRECTIVES = {
    "%Y": "[1-9][0-9]{3}",
    "%y": "[0-9]{2}",
    "%m": "1[0-2]|0?[1-9]",
    "%d": "3[01]|[12][0-9]|0?[1-9]",
    "%b": "|".join(_MONTHS),
    "%B": "|".join(_FULL),
    "%H": "2[0-3]|[01]?[0-9]",
    "%I": "1[0-2]|0?[1-9]",
    "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]",
    "%f": "[0-9]{1,6}",
    "%p": "am|pm",
}
#: Other words for the same.
SAME = {"%-y": "%y", "%-m": "%m", "%-d": "%d", "%-H": "%H", "%-I": "%I", "%h": "%b"}
_DIRECTIVE = re.compile(r"%-?.?", re.DOTALL)


def epoch_day(day: ir.DateValue) -> ir.IntegerValue:
    """Days since 1970."""
    return (epoch_seconds(day.cast(WALL)).cast("float64") / _DAY_SECONDS).floor().cast("int64")


def _inside(day: ir.DateValue) -> ir.DateValue:
    return ibis.ifelse(day.between(_FIRST, _LAST), day, ibis.null("date"))


def date_part(term: Term, part: str) -> Term:
    """``year``, ``month``, ``day`` or ``weekday`` (Monday is 1) as a whole number."""
    if part == "weekday":
        found = term.value.day_of_week.index().cast("int64") + 1
    else:
        found = getattr(term.value, part)()
    digits = 4 if part == "year" else 2
    return term.become(found.cast("int64"), "number", (digits, 0))


def days_between(first: Term, second: Term) -> Term:
    """Days from ``first`` to ``second``."""
    return first.become(epoch_day(second.value) - epoch_day(first.value), "number", (7, 0))


def _months(first: ir.DateValue, second: ir.DateValue) -> ir.IntegerValue:
    whole = (second.year() - first.year()).cast("int64") * 12 + (second.month() - first.month()).cast("int64")
    return whole - ibis.ifelse(second.day() < first.day(), 1, 0)


def months_between(first: Term, second: Term) -> Term:
    """Whole months from ``first`` to ``second``, rounded down."""
    return first.become(_months(first.value, second.value).cast("int64"), "number", (6, 0))


def years_between(first: Term, second: Term) -> Term:
    """Whole years from ``first`` to ``second``, rounded down: an age."""
    months = _months(first.value, second.value).cast("float64")
    return first.become((months / 12.0).floor().cast("int64"), "number", (5, 0))


def add_days(day: Term, count: Term) -> Term:
    """The day so many days later."""
    return day.become(_moved(day.value, count.value, "D", 366 * 9_000), "date")


def add_months(day: Term, count: Term) -> Term:
    """The same day so many months later, or the month's last."""
    return day.become(_moved(day.value, count.value, "M", 12 * 9_000), "date")


def _moved(day: ir.DateValue, count: ir.IntegerValue, unit: str, most: int) -> ir.DateValue:
    few = ibis.ifelse(count.between(-most, most), count, ibis.null("int64"))
    # by way of a timestamp: of a date and months engines make other things than Ibis thinks
    return _inside((day.cast(WALL) + few.as_interval(unit)).cast("date"))


def month_start(day: Term) -> Term:
    """The first day of the month."""
    return day.become(day.value.cast(WALL).truncate("M").cast("date"), "date")


# ------------------------------------------------------------------------------------ formats


@dataclass(frozen=True)
class Format:
    """A format of dates: a pattern of a whole text, and the group of each directive in it."""

    pattern: str
    groups: dict[str, int]

    @property
    def has_time(self) -> bool:
        """Whether it says a time of day."""
        return bool({"%H", "%I"} & set(self.groups))


def format_of(written: str) -> Format:
    """``written`` as a pattern. Raises ``ValueError`` with words for what cannot be read by it."""
    pieces: list[str] = []
    groups: dict[str, int] = {}
    at = 0
    for found in _DIRECTIVE.finditer(written):
        pieces.append(re.escape(written[at : found.start()].lower()))
        at = found.end()
        if found.group() == "%%":
            pieces.append("%")
            continue
        name = SAME.get(found.group(), found.group())
        if name not in DIRECTIVES:
            raise ValueError(f"the directive {name} is not known here; there are {' '.join(DIRECTIVES)}")
        if name in groups:
            raise ValueError(f"the directive {name} stands twice")
        groups[name] = len(groups) + 1
        pieces.append(f"({DIRECTIVES[name]})")
    pieces.append(re.escape(written[at:].lower()))
    _complete(groups)
    return Format(f"^{''.join(pieces)}$", groups)


def _complete(groups: dict[str, int]) -> None:
    for some, what in ((("%Y", "%y"), "year"), (("%m", "%b", "%B"), "month"), (("%d",), "day")):
        there = [one for one in some if one in groups]
        if not there:
            raise ValueError(
                f"the format says no {what} ({' or '.join(some)}); a date needs year, month and day"
            )
        if len(there) > 1:
            raise ValueError(f"the format says the {what} twice ({' and '.join(there)})")
    if ("%I" in groups) != ("%p" in groups):
        raise ValueError("%I and %p (am or pm) belong together")
    if "%H" in groups and "%I" in groups:
        raise ValueError("the format says the hour twice (%H and %I)")


def by_format(text: ir.StringValue, form: Format) -> tuple[ir.DateValue, ir.StringValue]:
    """Day and clock (``HH:MM:SS.ffffff``) that ``text`` says; null where it does not fit."""
    plain = text.strip().lower()
    fitting = ibis.ifelse(plain.re_search(form.pattern), plain, ibis.null("string"))

    def part(name: str) -> ir.StringValue:
        return fitting.re_extract(form.pattern, form.groups[name])

    if "%Y" in form.groups:
        year = part("%Y")
    else:
        year = ibis.ifelse(part("%y") < "69", ibis.literal("20"), ibis.literal("19")) + part("%y")
    month = part("%m") if "%m" in form.groups else _named_month(part, form)
    day = ibis.literal("-").join([year, month.lpad(2, "0"), part("%d").lpad(2, "0")]).try_cast("date")
    clock = [_hour(part, form)]
    clock += [part(one) if one in form.groups else ibis.literal("00") for one in ("%M", "%S")]
    fraction = part("%f").rpad(6, "0") if "%f" in form.groups else ibis.literal("000000")
    return day, ibis.literal(":").join(clock) + "." + fraction


def _named_month(part, form: Format) -> ir.StringValue:  # type: ignore[no-untyped-def]
    name, names = ("%b", _MONTHS) if "%b" in form.groups else ("%B", _FULL)
    return part(name).cases(
        *((one, f"{at:02}") for at, one in enumerate(names, 1)), else_=ibis.null("string")
    )


def _hour(part, form: Format) -> ir.StringValue:  # type: ignore[no-untyped-def]
    if "%H" in form.groups:
        return part("%H").lpad(2, "0")
    if "%I" not in form.groups:
        return ibis.literal("00")
    full = part("%I").try_cast("int64") % 12 + ibis.ifelse(part("%p") == "pm", 12, 0)
    return full.cast("string").lpad(2, "0")


def to_date(text: Term, form: Format) -> Term:
    """The day that a text says."""
    return text.become(by_format(text.value, form)[0], "date")


def to_timestamp(text: Term, form: Format) -> Term:
    """The wall time that a text says."""
    day, clock = by_format(text.value, form)
    written = day.cast("string") + " " + clock
    return text.become(written.try_cast("timestamp('UTC')").cast(WALL), "timestamp")
