"""The ledger of usage: what of which service.

Belongs here: uses and quantities by service, each unit apart. Does not belong here: visits to site and app
(``web``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count, latest, total
from pipeline.tables import fields as f
from pipeline.tables.model import AMOUNT, TIMESTAMP

#: Units of usage; quantities of different units are never added.
UNITS = f.usage_unit.values


def _uses(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a use, its quantity in the column of its unit."""
    uses = cleaned["product_usage"]
    none = ibis.literal(0).cast(uses.usage_quantity.type())
    return uses.mutate(
        **{one: ibis.ifelse(uses.usage_unit == one, uses.usage_quantity, none) for one in UNITS}
    )


usage = Ledger(
    "usage",
    "one account, period and service: uses, and how much by unit",
    entities=("product_usage",),
    keys=(f.service,),
    rows=_uses,
    events=("used_at", "used_at"),
    measures={
        "uses_count": count("Uses, or meterings, of the service.", "times"),
        **{
            f"{one}_uses_count": count(
                f"Uses of it that are measured in {one.replace('_', ' ')}.",
                "times",
                ibis._.usage_unit == one,
            )
            for one in UNITS
        },
        **{
            f"{one}_quantity": total(
                one,
                f"Quantity used that is measured in {one.replace('_', ' ')}.",
                one.replace("_", " "),
                AMOUNT,
            )
            for one in UNITS
        },
        "last_use_at": latest("used_at", "Last use.", TIMESTAMP, "UTC timestamp", "no use"),
    },
)
