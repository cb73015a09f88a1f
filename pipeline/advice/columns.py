"""Columns that hold something else than their name says: names where e-mails belong, dates as amounts.

Belongs here: what a column should look like, from its type and privacy class, against what its values look
like. Does not belong here: numbers that are the wrong numbers (``swapped``).
"""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from pipeline.advice.model import LEAST_VALUES, Advice, Sample, column_lines, flow, percent, surely_above
from pipeline.advice.shapes import forms
from pipeline.tables.entities import SOURCE_ACCOUNT_ID
from pipeline.tables.model import DAY, FLAG, INTEGER, TEXT, TIMESTAMP

_EMAIL, _PHONE, _DATE, _NUMBER = "an e-mail address", "a telephone number", "a date", "a number"
_MONEY, _WORDS, _CODE = "an amount with a currency", "words", "a code"
#: From here on a column holds, for the most part, what does not belong there.
_MOST = 0.5
#: E-mail addresses where none belong would leave the restricted zone: a hundredth is too many already.
_LEAKING = 0.01
_NAMES = ("full_name", "given_name", "family_name")
#: What the customer or an agent wrote: anything may stand there.
_FREE = ("text", "search_terms")


def wrong_columns(sample: Sample) -> list[Advice]:
    """Mapped columns whose values are, for the most part, of a kind that cannot be meant, with the column
    that they change places with where there is one; and e-mail addresses in columns that are not restricted."""
    looks = {
        name: forms(sample.texts[name])
        for name, mapping in sample.source.columns.items()
        if mapping.column is not None and name in sample.texts
    }
    wrong: dict[str, Counter[str]] = {}
    for name, found in looks.items():
        bad = Counter({form: count for form, count in found.items() if form in _contradicts(sample, name)})
        if found.total() >= LEAST_VALUES and surely_above(bad.total(), found.total(), _MOST):
            wrong[name] = bad
    advice, told = [], set[str]()
    for name, bad in wrong.items():
        if name in told:
            continue
        other = _partner(sample, name, bad, looks, wrong)
        told |= {name} | ({other} if other else set())
        advice.append(
            _swapped(sample, name, other, bad, looks) if other else _other(sample, name, bad, looks)
        )
    return advice + [
        _leak(sample, name, looks[name])
        for name in looks
        if name not in told and _leaks(sample, name, looks[name])
    ]


def _contradicts(sample: Sample, name: str) -> frozenset[str]:
    """Forms of values that cannot be meant in a column."""
    entity = sample.entity
    field = next((one for one in (*entity.mapped, *entity.identifiers) if one.name == name), None)
    mapping = sample.source.columns[name]
    if name == "email":
        return frozenset((_WORDS, _NUMBER, _DATE, _PHONE, _CODE, _MONEY))
    if name == "phone":
        return frozenset((_EMAIL, _WORDS, _DATE))
    if name in _NAMES:
        return frozenset((_EMAIL, _NUMBER, _DATE, _PHONE))
    if name == "address":
        return frozenset((_EMAIL, _NUMBER, _DATE, _PHONE))
    if field is None or name == SOURCE_ACCOUNT_ID or name in _FREE or mapping.values:
        return frozenset()
    if pa.types.is_decimal(field.type) or field.type == INTEGER:
        return frozenset((_EMAIL, _WORDS, _DATE, _PHONE, _CODE))
    if field.type in (TIMESTAMP, DAY):
        return frozenset((_EMAIL, _PHONE) if mapping.formats else (_EMAIL, _PHONE, _WORDS))
    if field.type == FLAG:
        return frozenset((_EMAIL, _PHONE, _DATE))
    if field.type == TEXT and name.endswith(("_id", "_key")):
        return frozenset((_DATE,))
    return frozenset((_EMAIL, _PHONE, _DATE))


def _partner(
    sample: Sample,
    name: str,
    bad: Counter[str],
    looks: Mapping[str, Counter[str]],
    wrong: Mapping[str, Counter[str]],
) -> str | None:
    """The column whose values belong into ``name``, and the other way round."""
    mine = bad.most_common(1)[0][0]
    for other, found in looks.items():
        if other == name or found.total() < LEAST_VALUES:
            continue
        theirs = found.most_common(1)[0][0]
        is_better = theirs not in _contradicts(sample, name) and mine not in _contradicts(sample, other)
        # a column that takes anything is no partner, unless what it holds is what the other one needs
        fits = (
            other in wrong
            or (name == "email" and theirs == _EMAIL)
            or (_needs_number(sample, name) and theirs == _NUMBER)
        )
        if is_better and theirs != mine and fits:
            return other
    return None


def _needs_number(sample: Sample, name: str) -> bool:
    """Whether only numbers can be meant, so that a column of them beside may be the one."""
    return (
        _WORDS in _contradicts(sample, name)
        and _NUMBER not in _contradicts(sample, name)
        and name == "quantity"
    )


def _swapped(
    sample: Sample, name: str, other: str, bad: Counter[str], looks: Mapping[str, Counter[str]]
) -> Advice:
    mine, theirs = sample.source.columns[name], sample.source.columns[other]
    form, count = bad.most_common(1)[0]
    theirs_form, theirs_count = looks[other].most_common(1)[0]
    return Advice(
        "columns_swapped",
        (sample.name,),
        f"{percent(count / looks[name].total())} of the values of {name} look like {form}, and"
        f" {percent(theirs_count / looks[other].total())} of those of {other} like {theirs_form}{sample.sampled}",
        _why(sample, name),
        f"The two columns have probably changed places: map {name} from {theirs.column}, {other} from {mine.column}",
        column_lines(sample.name, f"{name}: {flow(theirs.column)}", f"{other}: {flow(mine.column)}"),
    )


def _other(sample: Sample, name: str, bad: Counter[str], looks: Mapping[str, Counter[str]]) -> Advice:
    form, _ = bad.most_common(1)[0]
    return Advice(
        "column_of_another_kind",
        (sample.name,),
        f"{percent(bad.total() / looks[name].total())} of the values of {name}, read from {sample.column(name)}, are"
        f" of a kind that cannot be meant, most of them look like {form}{sample.sampled}",
        _why(sample, name),
        f"Check which column of the source holds {name}",
        column_lines(sample.name, f"{name}: another_column"),
    )


def _why(sample: Sample, name: str) -> str:
    if name in {one.name for one in sample.entity.identifiers}:
        return "What cannot be read as an identifier is left out, so accounts of one person are not linked"
    if name.endswith(("_id", "_key")):
        return "Whatever is counted by it is counted wrongly"
    return "Rows that cannot be read are quarantined, and what can be read says something else than its name"


def _leaks(sample: Sample, name: str, found: Counter[str]) -> bool:
    restricted = {
        one.name for one in (*sample.entity.identifiers, *sample.entity.mapped) if one.pii == "direct"
    }
    is_open = name not in restricted and name != SOURCE_ACCOUNT_ID and not name.endswith("source_account_id")
    return is_open and surely_above(found[_EMAIL], found.total(), _LEAKING)


def _leak(sample: Sample, name: str, found: Counter[str]) -> Advice:
    return Advice(
        "identifiers_in_open_column",
        (sample.name,),
        f"{found[_EMAIL]:,} values of {name}, read from {sample.column(name)}, look like e-mail addresses{sample.sampled}",
        f"{name} is no restricted column: who somebody is would leave the restricted zone",
        f"Map the addresses to email where the entity has it, and {name} from a column without them",
        column_lines(sample.name, f"{name}: another_column"),
    )
