"""Accounts: what a source calls one, and the id that is made of it.

Belongs here: what cleaning, overrides and the crosswalk must do alike, so that all mean the same
account. Does not belong here: the key itself (``keyed``), or customers (``identity``).
"""

import re

import ibis
from ibis.expr import types as ir

from pipeline.engine.keyed import Key
from pipeline.engine.values import identifier_text, normal, origin
from pipeline.settings import Project, SourceSettings
from pipeline.tables.entities import SOURCE_ACCOUNT_ID

ACCOUNT_PREFIX = "a_"
_UNIT = "\x1f"
_WHOLE_NUMBER = re.compile(r"^(-?[0-9]+)\.0+$")


def account_space(name: str, source: SourceSettings) -> str:
    """The space that the source ``name`` takes its account ids from: within it equal ids are one account."""
    return source.account_space or name


def source_account_text(source_account_id: str) -> str:
    """What a source calls an account as ``source_account`` writes it: normalised, ``7.0`` as ``7``."""
    return _WHOLE_NUMBER.sub(r"\1", normal(source_account_id))


def source_account(raw: ir.Table, source: SourceSettings) -> ir.StringValue:
    """What the source calls the account of each raw row; null where it says none."""
    mapping = source.columns.get(SOURCE_ACCOUNT_ID)
    return ibis.null("string") if mapping is None else identifier_text(origin(raw, mapping))


def account_id(key: Key, project: Project, space: str, source_account_id: str) -> str:
    """Id of one account; ``source_account_id`` as ``source_account_text`` writes it."""
    return ACCOUNT_PREFIX + key.digest(_prefix(project, space) + source_account_id)


def with_account_ids(
    table: ir.Table, key: Key, project: Project, space: str, column: str, into: str
) -> ir.Table:
    """``table`` with the account ids of its ``column`` (as ``source_account`` writes it) as ``into``.

    Null stays null. A keyed digest is dear, so each account is digested once, not each row.
    """
    accounts = table.select(column).distinct()
    accounts = accounts.filter(accounts[column].notnull())
    digests = key.digests(table, ibis.literal(_prefix(project, space)) + accounts[column])
    named = accounts.select(accounts[column], **{into: ibis.literal(ACCOUNT_PREFIX) + digests})
    return table.left_join(named, column).select(*table.columns, into)


def _prefix(project: Project, space: str) -> str:
    return f"{project.project}{_UNIT}{space}{_UNIT}"
