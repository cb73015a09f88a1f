"""The ledgers of interviews: interviews held, and the themes that were coded.

Belongs here: interviews, focus groups, coded themes. Does not belong here: what was said (``texts``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count
from pipeline.tables import fields as f

interviews = Ledger(
    "interviews",
    "one account in one period: interviews and focus groups that it took part in",
    entities=("interviews",),
    events=("held_at", "held_at"),
    measures={
        "interviews_count": count("Interviews and focus groups.", "interviews"),
        "coded_count": count(
            "Interviews and focus groups with coded themes.", "interviews", ibis._.themes.notnull()
        ),
    },
)


def _themes(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row an interview and coded theme."""
    rows = cleaned["interviews"]
    coded = rows.filter(rows.themes.notnull())
    apart = coded.select("period", "account_id", key=coded.themes.split(";").unnest())
    return apart.mutate(key_kind=ibis.literal("theme"), key=apart.key.strip())


interview_keys = Ledger(
    "interview_keys",
    "one account, period and coded theme with its interviews",
    entities=("interviews",),
    keys=(f.key_kind, f.key),
    kinds={"theme": ""},
    rows=_themes,
    measures={"interviews_count": count("Interviews in which the theme was coded.", "interviews")},
)
