"""The ledger of campaigns.

Belongs here: contacts received, what became of them, coupons redeemed. Does not belong here: what
coupons saved on an order line (``orders``), or which redemption answers which contact (features:
they may lie in different periods).

A contact is answered when the source says when it was responded to or redeemed. It counts by the end
of the contact's period, and of the next (``waiting``).
"""

import ibis
from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, total
from pipeline.ledgers.waiting import ends_of
from pipeline.ledgers.waiting import one as _one
from pipeline.tables import fields as f

_CONTACTS, _REDEMPTIONS = "campaign_contacts", "coupon_redemptions"
#: Columns of a contact that say it was opened, and that it was answered.
OPENED, ANSWERED = ("opened_at",), ("responded_at", "redeemed_at")


def _contacts_and_redemptions(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a contact or redemption, with what it counts for."""
    parts = []
    if _CONTACTS in cleaned:
        parts.append(_contacted(cleaned[_CONTACTS], company))
    if _REDEMPTIONS in cleaned:
        redemptions = cleaned[_REDEMPTIONS]
        parts.append(redemptions.mutate(event_at=redemptions.redeemed_at, redemptions_count=_one(True)))
    return ibis.union(*(_complete(one) for one in parts))


def _contacted(contacts: ir.Table, company: Company) -> ir.Table:
    ends = ends_of(contacts, company)
    can_redeem = ibis.literal(_REDEMPTIONS in company.entities)
    return contacts.mutate(
        event_at=contacts.sent_at,
        contacts_count=_one(True),
        openable_count=_one(contacts.source.isin(company.sources_telling(_CONTACTS, OPENED))),
        **came(contacts, "opened", OPENED, ends),
        answerable_count=_one(
            contacts.source.isin(company.sources_telling(_CONTACTS, ANSWERED)) | can_redeem
        ),
        **came(contacts, "answered", ANSWERED, ends),
    )


def came(
    contacts: ir.Table, what: str, columns: tuple[str, ...], ends: tuple[ir.TimestampValue, ...]
) -> dict[str, ir.IntegerValue]:
    """``<what>_count`` and ``<what>_by_next_count``: 1 where one of ``columns`` lies before the ``ends``."""
    names = (f"{what}_count", f"{what}_by_next_count")
    return {
        name: _one(ibis.or_(*((contacts[one] < end).fill_null(False) for one in columns)))
        for name, end in zip(names, ends, strict=True)
    }


def _complete(part: ir.Table) -> ir.Table:
    """``part`` with all that is counted: what it does not count is zero."""
    zero = ibis.literal(0, "int64")
    missing = {name: zero for name in _MEASURES if name not in part.columns}
    return part.mutate(**missing).select("period", "account_id", "campaign_id", "event_at", *_MEASURES)


_MEASURES = {
    "contacts_count": total("contacts_count", "Campaign contacts.", "contacts", entity=_CONTACTS),
    "openable_count": total(
        "openable_count", "Contacts of sources that say when one was opened.", "contacts", entity=_CONTACTS
    ),
    "opened_count": total(
        "opened_count", "Contacts opened by the end of the period.", "contacts", entity=_CONTACTS
    ),
    "opened_by_next_count": total(
        "opened_by_next_count",
        "Contacts of the period opened by the end of the next.",
        "contacts",
        entity=_CONTACTS,
    ),
    "answerable_count": total(
        "answerable_count",
        "Contacts of which a source could tell that they were answered: by a response or a redemption.",
        "contacts",
        entity=_CONTACTS,
    ),
    "answered_count": total(
        "answered_count",
        "Contacts responded to or redeemed by the end of the period.",
        "contacts",
        entity=_CONTACTS,
    ),
    "answered_by_next_count": total(
        "answered_by_next_count",
        "Contacts of the period responded to or redeemed by the end of the next.",
        "contacts",
        entity=_CONTACTS,
    ),
    "redemptions_count": total(
        "redemptions_count", "Coupon redemptions.", "redemptions", entity=_REDEMPTIONS
    ),
}

campaigns = Ledger(
    "campaigns",
    "one account in one period and campaign: contacts, what became of them, and coupon redemptions",
    entities=(_CONTACTS, _REDEMPTIONS),
    keys=(f.campaign_id,),
    rows=_contacts_and_redemptions,
    events=("event_at", "event_at"),
    settings=("sources.*.entity", "sources.*.columns"),
    measures=_MEASURES,
)
