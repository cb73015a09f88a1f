"""The ledgers of support: contacts by kind, how long they took, what was paid back, and by which channel.

Belongs here: contacts with support. Does not belong here: returns (``orders``), the tone of what was said
(``texts``).

A contact is closed when its source says so: by the end of its period, or of the next (``waiting``).
One that takes longer never counts as closed. What was paid back is known when the contact is closed; of
a source that tells no closing, when it is opened.
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import epoch_seconds
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, Measure, amount, count, total
from pipeline.ledgers.waiting import ends_of, one
from pipeline.tables import fields as f

_CONTACTS = "support_contacts"
CLOSED = ("contact_closed_at",)
#: Measure of each kind of contact, and what it says.
KINDS = {
    "question": ("questions_count", "Contacts with a question."),
    "complaint": ("complaints_count", "Contacts with a complaint."),
    "refund_claim": ("refund_claims_count", "Contacts that claim money back."),
    "dispute": ("disputes_count", "Contacts in dispute."),
    "praise": ("praises_count", "Contacts with praise."),
}


def _contacts(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a contact, with what had become of it by the end of its period and of the next."""
    contacts = cleaned[_CONTACTS]
    opened, closed = contacts.contact_opened_at, contacts.contact_closed_at
    seconds = epoch_seconds(closed) - epoch_seconds(opened)
    # Sources whose clocks disagree close before they open: such a contact took no time.
    took = ibis.ifelse(seconds > 0, seconds, 0)
    is_told = contacts.source.isin(company.sources_telling(_CONTACTS, CLOSED))
    refund = contacts.refund_amount.fill_null(0)
    found: dict[str, ir.Value] = {}
    for name, limit in zip(("", "_by_next"), ends_of(contacts, company), strict=True):
        is_closed = (closed < limit).fill_null(False)
        found |= {
            f"closed{name}": one(is_closed),
            f"took{name}": ibis.ifelse(is_closed, took, 0),
            f"refunded{name}": ibis.ifelse(is_closed | ~is_told, refund, 0),
        }
    return contacts.mutate(is_told=one(is_told), **found)


def _kind(kind: str, name: str, meaning: str) -> dict[str, Measure]:
    return {name: count(meaning, "contacts", ibis._.contact_kind == kind)}


support = Ledger(
    "support",
    "one account in one period: its contacts with support",
    entities=(_CONTACTS,),
    rows=_contacts,
    events=("contact_opened_at", "contact_opened_at"),
    settings=("sources.*.entity", "sources.*.columns"),
    measures={
        "contacts_count": count("Contacts.", "contacts"),
        **{key: one for kind, said in KINDS.items() for key, one in _kind(kind, *said).items()},
        "closable_count": total("is_told", "Contacts of sources that say when one was closed.", "contacts"),
        "closed_count": total("closed", "Contacts closed by the end of the period.", "contacts"),
        "closed_by_next_count": total(
            "closed_by_next", "Contacts of the period closed by the end of the next.", "contacts"
        ),
        "closing_seconds_sum": total(
            "took", "Time from opening to closing of the contacts closed by the end of the period.", "seconds"
        ),
        "closing_by_next_seconds_sum": total(
            "took_by_next",
            "Time from opening to closing of the period's contacts closed by the end of the next.",
            "seconds",
        ),
        "refunded_amount": amount("refunded", "Paid back on contacts by the end of the period."),
        "refunded_by_next_amount": amount(
            "refunded_by_next", "Paid back on the period's contacts by the end of the next."
        ),
    },
)


def _channels(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a contact whose channel is known."""
    contacts = cleaned[_CONTACTS]
    return contacts.filter(contacts.channel.notnull()).mutate(
        key_kind=ibis.literal("channel"), key=contacts.channel
    )


support_keys = Ledger(
    "support_keys",
    "one account, period and channel with its contacts with support",
    entities=(_CONTACTS,),
    keys=(f.key_kind, f.key),
    kinds={"channel": ""},
    rows=_channels,
    measures={"contacts_count": count("Contacts.", "contacts")},
)
