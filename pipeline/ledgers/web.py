"""The ledger of web visits.

Belongs here: visits to site and app, their depth, carts, orders, devices, where they came from. Does not
belong here: the orders themselves (``orders``), or any ratio (features).

What a visit does not tell (its pages, say) is not zero: each sum has a count of the visits that tell it.
"""

from ibis import _
from ibis.expr import types as ir

from pipeline.ledgers.channels import DEVICE_WORDS, ENTRY_WORDS, OTHER, with_kind
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, count, latest, total
from pipeline.tables.model import AMOUNT, TIMESTAMP

#: Kinds of channel that lead to a visit.
ENTRIES = (*ENTRY_WORDS, OTHER)


def _visits(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a visit, with the kinds of its device and entry."""
    visits = cleaned["web_visits"]
    has_cart = (visits.carts_count > 0).fill_null(False)
    told = visits.mutate(
        has_cart=has_cart,
        has_told_cart=has_cart & visits.is_converted.notnull(),
        has_left_cart=has_cart & (~visits.is_converted).fill_null(False),
    )
    told = with_kind(told, "device_kind", "device", DEVICE_WORDS, visits)
    return with_kind(told, "entry_kind", "entry_channel", ENTRY_WORDS, visits)


web = Ledger(
    "web",
    "one account in one period: its visits to site and app",
    entities=("web_visits",),
    rows=_visits,
    events=("started_at", "started_at"),
    measures={
        "visits_count": count("Visits.", "visits"),
        "pages_count": total("pages_count", "Pages seen.", "pages"),
        "paged_visits_count": count("Visits whose pages are known.", "visits", _.pages_count.notnull()),
        "duration_seconds_sum": total("duration_seconds", "Length of the visits.", "seconds", AMOUNT),
        "timed_visits_count": count("Visits whose length is known.", "visits", _.duration_seconds.notnull()),
        "cart_told_visits_count": count(
            "Visits of which carts are known.", "visits", _.carts_count.notnull()
        ),
        "cart_visits_count": count("Visits in which something was put into the cart.", "visits", _.has_cart),
        "cart_ended_visits_count": count(
            "Visits with a cart of which it is known whether they ended in an order.",
            "visits",
            _.has_told_cart,
        ),
        "cart_left_visits_count": count(
            "Visits with a cart that did not end in an order.", "visits", _.has_left_cart
        ),
        "conversion_told_visits_count": count(
            "Visits of which it is known whether they ended in an order.", "visits", _.is_converted.notnull()
        ),
        "converted_visits_count": count("Visits that ended in an order.", "visits", _.is_converted),
        "device_told_visits_count": count("Visits whose device is known.", "visits", _.device.notnull()),
        "mobile_visits_count": count("Visits by telephone or tablet.", "visits", _.device_kind == "mobile"),
        **{
            f"{kind}_entries_count": count(
                f"Visits that came by {kind.replace('_', ' ')}.", "visits", _.entry_kind == kind
            )
            for kind in ENTRIES
        },
        "last_visit_at": latest("started_at", "Last visit.", TIMESTAMP, "UTC timestamp", "no visit"),
    },
)
