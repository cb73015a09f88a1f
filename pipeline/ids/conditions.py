"""Accounts of which a row meets the condition of an exclusion.

Belongs here: what checking a source and excluding its accounts must do alike. Does not belong here: the
language of conditions (``expressions``), or what becomes of the accounts (``clean``).
"""

from collections.abc import Mapping

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import own_values
from pipeline.errors import InputError
from pipeline.expressions import ExpressionError, compiled
from pipeline.ids.accounts import source_account
from pipeline.settings import Exclusion, Project


def accounts_meeting(one: Exclusion, raw: ir.Table, project: Project) -> ir.Table:
    """``account``, as the source of ``one`` calls it, of every row in ``raw`` that meets the condition, once.

    Raises ``InputError`` for a condition that its columns do not allow.
    """
    met = condition(one, own_values(raw), is_raw=True)
    rows = raw.select(account=source_account(raw, project.sources[str(one.source)]), met=met)
    return rows.filter(rows["met"] & rows["account"].notnull()).select("account").distinct()


def condition(one: Exclusion, values: Mapping[str, ir.Value], is_raw: bool = False) -> ir.BooleanValue:
    """Whether a row meets the condition of ``one``; unknown counts as no. ``is_raw``: texts are as they
    were read, and count as numbers beside numbers. Errors as for ``accounts_meeting``."""
    untyped = [name for name, value in values.items() if is_raw and value.type().is_string()]
    try:
        met = compiled(str(one.where), values, "boolean", untyped)
    except ExpressionError as error:
        raise InputError(
            f"exclude, {one.name}",
            f"where cannot be worked out over source {one.source}: {error}",
            "a condition over the columns of the source",
            "Correct where; segments check shows the columns of every source.",
        ) from None
    return met.cast("boolean").fill_null(ibis.literal(False))
