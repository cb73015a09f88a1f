"""A table that was taken for an entity, as a source of the settings.

Belongs here: what each column needs to be read rightly (formats, codes, units), what nothing reads, what
a person must decide. Does not belong here: which column is what (``matching``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.clean.codes import country_code
from pipeline.drafting import attributes, bands
from pipeline.drafting.joining import Placed
from pipeline.drafting.matching import Match
from pipeline.drafting.model import Guess, Mapped, Source, sureness
from pipeline.drafting.profiles import Column
from pipeline.drafting.telling import Told, is_plainly
from pipeline.drafting.words import code_of, flag_of, likeness, words
from pipeline.tables.entities import ENTITIES, PROFILES, SOURCE_ACCOUNT_ID
from pipeline.tables.model import AMOUNT, DAY, FLAG, INTEGER, RATE, TIMESTAMP, Field

#: Words in a name that say that an amount is in hundredths.
_CENTS = frozenset(("cent", "penny", "pence", "minor", "分"))
_NUMBERS = (AMOUNT, RATE, INTEGER)
#: What cleaning reads as yes and no.
_KNOWN_FLAGS = frozenset(("true", "t", "yes", "y", "1", "是", "false", "f", "no", "n", "0", "否"))
#: What events of a customer may tell beside: where they live, who they are.
_OF_PEOPLE = ("country", "region", "city", "postcode", "gender", "birth_date", "email", "phone", "full_name")
#: More than this share of rows without an account deserves a question.
_MANY = 0.02


def source_of(one: Placed, name: str, taken: set[str], told: Sequence[Told] = ()) -> Source:
    """The source that is drafted for a table; without an entity where it is none.

    ``told`` is what its events tell of their customers. Names of attributes that it declares are added to
    ``taken``.
    """
    table, entity = one.table, ENTITIES[one.candidate.entity]
    made = Source(name, table.words[0], table.rows, table.files, table.connector, None, one.note or "")
    made.asks += table.asks
    if not table.is_whole:
        made.hints.append(f"only the first {table.rows:,} rows were looked at")
    if not one.is_source:
        made.why = one.note or _why_not(one)
        made.unused = [(column.name, column.described) for column in table.columns]
        return made
    made.entity = entity.name
    made.sure = sureness(min(1.0, one.candidate.score / 6))
    made.why = _why(one)
    made.lookups = [
        {"connector": lent.table.connector, "match": dict(lent.match), "columns": list(lent.columns)}
        for lent in one.lent
    ]
    form = _form(one)
    made.number_form = form
    fields = {each.name: each for each in (*entity.mapped, *entity.identifiers)}
    order = [SOURCE_ACCOUNT_ID, *fields]
    for column in sorted(one.candidate.matches, key=order.index):
        match = one.candidate.matches[column]
        made.columns.append(
            _account(one, match, made)
            if column == SOURCE_ACCOUNT_ID
            else _mapped(one, fields[column], match, form, made)
        )
    for column, constant in one.candidate.constants.items():
        why = "no column says it"
        made.columns.append(Mapped(column, {"constant": constant}, (), "a guess", why))
        made.asks.append(f"no column says {column}: is {constant} right for every row?")
    _corrections(one, made)
    if entity.name == "profiles":
        _attributes(one, made, form, taken)
    if told:
        _tell(one, told, form, made)
    read = {column for mapped in (*made.columns, *made.told) for column in mapped.read}
    made.unused = [
        (each.name, each.described)
        for each in table.columns
        if each.name not in read and each.name not in _keys(one)
    ]
    if entity.event_time and (
        telling := [name for name, _ in made.unused if _is_of_people(one.column(name))]
    ):
        made.hints.append(
            f"{', '.join(telling)}: of the customer, not of the event; profiles could take them"
        )
    return made


def _tell(one: Placed, told: Sequence[Told], form: Mapping[str, str], made: Source) -> None:
    """What the events tell of their customers, as profiles that the source gives beside."""
    mapped = {each.column: each for each in made.columns}
    event_time = mapped[str(ENTITIES[one.candidate.entity].event_time)]
    made.latest_by = event_time.settings
    made.told = [
        replace(mapped[SOURCE_ACCOUNT_ID], why="as above"),
        *(_mapped(one, each.field, Match((each.column,), each.share, each.why), form, made) for each in told),
    ]


def _is_of_people(column: Column) -> bool:
    """Whether a column plainly says what only profiles have: where somebody lives, what they are called."""
    fields = {field.name: field for field in (*PROFILES.mapped, *PROFILES.identifiers)}
    return any(is_plainly(column, fields[name]) for name in _OF_PEOPLE)


def _attributes(one: Placed, made: Source, form: Mapping[str, str], taken: set[str]) -> None:
    """Columns of a profile that are nothing known, as attributes of the company's own."""
    read = {column for mapped in made.columns for column in mapped.read} | _keys(one)
    for column in one.columns:
        if column.name in read or len(taken) >= attributes.MOST:
            continue
        table = one.home(column.name).words[0]
        content = attributes.attribute_of(column, table, taken)
        if content is None:
            continue
        settings: dict[str, Any] = {"column": column.name}
        if content["type"] == "date":
            _time(column, settings, made)
        elif (own := _form_of(column)) not in (None, form):
            settings |= own or {}
        taken.add(content["attribute"])
        made.attributes.append(content)
        value = settings["column"] if settings.keys() == {"column"} else settings
        why = "an attribute, see above"
        made.columns.append(Mapped(content["attribute"], value, (column.name,), "likely", why))


def _corrections(one: Placed, made: Source) -> None:
    """Rows of events that say when they were changed are corrected by their key, not added again."""
    key = one.candidate.matches.get("line_key")
    if key is None or ENTITIES[one.candidate.entity].event_time is None:
        return
    read = {column for match in one.candidate.matches.values() for column in match.read}
    changed = [
        each
        for each in one.table.columns
        if each.kind == "time"
        and each.name not in read
        and likeness(each.name, "profiles", "updated_at") >= 0.9
    ]
    if not changed or not one.column(key.read[0]).is_unique:
        return
    settings: dict[str, Any] = {"column": changed[0].name}
    why = "when the row was last changed" + _time(changed[0], settings, made)
    value = settings["column"] if settings.keys() == {"column"} else settings
    made.columns.append(Mapped("updated_at", value, (changed[0].name,), "likely", why))
    made.row_key = Guess([key.read[0]], "likely", f"{changed[0].name} says that rows are changed later")


def _keys(one: Placed) -> set[str]:
    return {own for lent in one.lent for own, _ in lent.match}


def _why(one: Placed) -> str:
    entity, found = ENTITIES[one.candidate.entity], one.candidate.matches
    needed = [name for name in sorted(entity.needed) if name in found]
    parts = [f"has {', '.join(needed)}"] if needed else []
    account = one.account
    if entity.name == "profiles" and account is not None:
        parts.append(f"one row for each {account}")
    used = {column for match in found.values() for column in match.read}
    parts.append(f"{len(used)} of {len(one.columns)} columns fit")
    return "; ".join(parts)


def _why_not(one: Placed) -> str:
    if not one.table.rows:
        return "it has no rows"
    missing = [each for each in one.candidate.missing if each != "nothing"]
    if SOURCE_ACCOUNT_ID in missing and len(missing) == 1:
        return f"no column was found that says whose row it is; with one, it could be {one.candidate.entity}"
    if missing:
        return f"nearest is {one.candidate.entity}, but nothing was found for {', '.join(missing)}"
    return f"nearest is {one.candidate.entity}, but too few columns fit"


def _account(one: Placed, match: Match, made: Source) -> Mapped:
    column = one.column(match.read[0])
    why = f"{one.account_why}; {column.distinct:,} different in {column.rows:,} rows"
    missing = 1 - column.given / max(1, column.rows)
    if missing > _MANY and one.candidate.entity != "profiles":
        made.hints.append(f"{missing:.0%} of the rows name no account: they are set aside in quarantine")
    if one.account_score < 0.6:
        made.asks.append(f"is {column.name} the number of the customer?")
    return Mapped(SOURCE_ACCOUNT_ID, column.name, match.read, sureness(one.account_score), why)


def _mapped(one: Placed, field: Field, match: Match, form: Mapping[str, str], made: Source) -> Mapped:
    columns = [one.column(name) for name in match.read]
    settings: dict[str, Any] = (
        {"column": columns[0].name} if len(columns) == 1 else {"sum_of": [each.name for each in columns]}
    )
    why = match.why
    if field.type in (TIMESTAMP, DAY):
        why += _time(columns[0], settings, made)
    elif field.type in _NUMBERS:
        why += _number(columns, field, settings, form, made)
    elif field.type == FLAG:
        why += _flag(columns[0], settings, made)
    elif field.values:
        why += _codes(columns[0], field, settings, made)
    elif field.name == "gender" and not columns[0].is_gender:
        why += _gender(columns[0], settings, made)
    elif field.name == "country":
        _country(columns[0], made)
    value = settings["column"] if settings.keys() == {"column"} else settings
    return Mapped(field.name, value, match.read, sureness(match.score), why)


def _gender(column: Column, settings: dict[str, Any], made: Source) -> str:
    if {"1", "2"} <= set(column.codes) <= {"0", "1", "2", "9"}:
        settings["values"] = {"1": "m", "2": "f"}
        made.asks.append(f"does 1 of {column.name} mean male and 2 female, as in ISO/IEC 5218?")
        return "; numbers as in ISO/IEC 5218"
    made.asks.append(f"which values of {column.name} mean f, m and x? Say so by values")
    return ""


def _country(column: Column, made: Source) -> None:
    if lost := [one for one in column.codes if country_code(one) is None]:
        made.asks.append(
            f"{column.name} also says {', '.join(lost)}, which no country is called:"
            " say by values which it is, else it is not known"
        )


def _time(column: Column, settings: dict[str, Any], made: Source) -> str:
    found = column.times
    if found is None or column.is_typed_time or found.format is None:
        return ""
    settings["format"] = found.format
    if found.swapped is None:
        return f"; every value that was read fits {found.format}"
    made.asks.append(f"{column.name}: every value fits {found.format} and {found.swapped}: which is the day?")
    return f"; could be {found.swapped}, too"


def _number(
    columns: list[Column], field: Field, settings: dict[str, Any], form: Mapping[str, str], made: Source
) -> str:
    said = ""
    for column in columns:
        if _form_of(column) not in (None, form):
            settings |= _form_of(column) or {}
        if column.numbers is not None and column.numbers.is_unsure:
            made.asks.append(
                f"{column.name}: is the comma (or point) one of thousands? The values do not tell"
            )
    first = columns[0]
    if field.type == INTEGER and (counts := bands.least_counts(first.codes)):
        settings["values"] = counts
        return "; what is open above is its least"
    if first.numbers is None:
        if field.name == "income_amount" and (middle := bands.amounts(first.codes)):
            settings["values"] = {code: round(value) for code, value in middle.items()}
            settings["strict"] = True
            made.asks.append(f"{first.name} has bands: are these the middle of each, per year?")
            return "; bands, each by its middle"
        return said
    unit = field.unit == "project currency"
    if unit and all(set(words(each.name)) & _CENTS for each in columns) and first.numbers.is_whole:
        settings["scale"] = 0.01
        return "; its name says that it is in hundredths"
    if field.minimum == 0 and all(
        each.numbers is not None and each.numbers.most <= 0 and each.numbers.least < 0 for each in columns
    ):
        settings["scale"] = -1
        return "; written as negative amounts"
    return said


def _flag(column: Column, settings: dict[str, Any], made: Source) -> str:
    unknown = [one for one in column.codes if one.casefold() not in _KNOWN_FLAGS]
    if not unknown:
        return ""
    settings["values"] = {one: answer for one in unknown if (answer := flag_of(one))}
    if lost := [one for one in unknown if not flag_of(one)]:
        made.asks.append(f"does {', '.join(lost)} of {column.name} mean yes or no?")
    return ""


def _codes(column: Column, field: Field, settings: dict[str, Any], made: Source) -> str:
    known = {one: code for one in column.codes if (code := code_of(field.name, one))}
    plain = {one for one in known if "_".join(one.casefold().replace("-", " ").split()) == known[one]}
    if set(known) - plain:
        settings["values"] = {one: code for one, code in known.items() if one not in plain}
    if lost := [one for one in column.codes if one not in known]:
        made.asks.append(
            f"{column.name} also says {', '.join(lost)}: which of {', '.join(field.values)} is it?"
        )
    return ""


def _form_of(column: Column) -> dict[str, str] | None:
    found = column.numbers
    if found is None or (found.decimal is None and found.thousands is None):
        return None
    form = {"decimal": found.decimal, "thousands": found.thousands}
    return {name: mark for name, mark in form.items() if mark is not None}


def _form(one: Placed) -> dict[str, str]:
    """How the numbers of the source are written, where all that have a fraction or groups agree."""
    forms, plain = [], False
    entity = ENTITIES[one.candidate.entity]
    numbers = {field.name for field in entity.mapped if field.type in _NUMBERS}
    for name, match in one.candidate.matches.items():
        for column in map(one.column, match.read) if name in numbers else ():
            form = _form_of(column)
            if form is not None:
                forms.append(form)
            elif column.numbers is not None and not column.numbers.is_whole:
                plain = True
    if not forms or plain:
        return {}
    widest = max(forms, key=len)
    return widest if all(form.items() <= widest.items() for form in forms) else {}
