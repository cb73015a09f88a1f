"""Rows shown to people: whatever may tell who somebody is becomes ``***`` (law L6).

Belongs here: what is hidden, and how it is recognised where it does not belong. Does not belong
here: which rows are shown (``summaries``).
"""

import re
from collections.abc import Sequence

from pipeline.settings import SourceSettings
from pipeline.tables.entities import ENTITIES, SOURCE_ACCOUNT_ID
from pipeline.tables.model import TEXT

MASK = "***"
_ACCOUNT_IDS = frozenset((SOURCE_ACCOUNT_ID, "referred_source_account_id"))
_EMAIL = re.compile(r"\S@\S")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
#: An international prefix, groups of digits, or one of the mobile numbers that are written without either.
_PHONE = re.compile(r"\+\d[\d\s().-]{6,}|\(?\d{2,5}\)?[\s().-]+\d[\d\s().-]{5,}|1[3-9]\d{9}|0\d{8,10}")
_LEAST_PART = 4


def masked(source: SourceSettings, rows: Sequence[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """``rows`` (entity column to text, as it came) with everything hidden that tells who it is about.

    Hidden are account ids, direct identifiers and free text, every other column that is read from
    the same column of the source, and any value that looks like an e-mail address or a telephone
    number, or repeats (a word of) something hidden of its row.
    """
    entity = ENTITIES[source.entity]
    fields = {one.name: one for one in (*entity.mapped, *entity.identifiers)}
    # an attribute of the company's own may be a text: it is looked at as one
    texts = {name for name in source.columns if name not in fields or fields[name].type == TEXT}
    hidden = _hidden(source)
    return [_masked(row, hidden, texts) for row in rows]


def _hidden(source: SourceSettings) -> set[str]:
    entity = ENTITIES[source.entity]
    direct = {one.name for one in entity.mapped if one.pii == "direct"}
    names = (direct | {one.name for one in entity.identifiers} | _ACCOUNT_IDS) & set(source.columns)
    read = {column for name in names for column in source.columns[name].value_columns}
    return names | {name for name, one in source.columns.items() if read & set(one.value_columns)}


def _masked(row: dict[str, str | None], hidden: set[str], texts: set[str]) -> dict[str, str | None]:
    secrets = {value.strip().casefold() for name, value in row.items() if name in hidden and value}

    def shown(name: str, value: str | None) -> str | None:
        if value is None:
            return None
        tells = _looks_personal(value, name in texts) or (name in texts and _repeats(value, secrets))
        return MASK if name in hidden or tells else value

    return {name: shown(name, value) for name, value in row.items()}


def _looks_personal(value: str, is_text: bool) -> bool:
    written = value.strip()
    if _EMAIL.search(written):
        return True
    is_phone = _PHONE.fullmatch(written) is not None and _DATE.match(written) is None
    return is_phone and (is_text or written.startswith("+"))


def _repeats(value: str, secrets: set[str]) -> bool:
    """Whether a text is, holds, or is made of a part of something hidden."""
    written = value.strip().casefold()
    words = set(re.findall(r"\w+", written))
    for one in secrets:
        parts = {part for part in re.findall(r"\w+", one) if _is_telling(part)}
        if one == written or one in words or words & parts or (_is_telling(one) and one in written):
            return True
    return False


def _is_telling(part: str) -> bool:
    """Whether so few letters are no coincidence; two Chinese ones may be a whole name."""
    return len(part) >= (_LEAST_PART if part.isascii() else 2)
