"""The ledger of contacts by channel.

Belongs here: contacts by campaigns, their answers and their cost, by the kind of channel. Does not belong
here: campaigns and coupons (``campaigns``).

Answers are those that a source tells of the contact itself; when they count is said in ``campaigns``.
"""

from ibis import _
from ibis.expr import types as ir

from pipeline.ledgers.campaigns import ANSWERED, came
from pipeline.ledgers.channels import CHANNEL_WORDS, with_kind
from pipeline.ledgers.declaration import Cleaned, Company, Ledger, amount, count, total
from pipeline.ledgers.waiting import ends_of
from pipeline.tables.model import TEXT, Field

_CONTACTS = "campaign_contacts"


def _contacts(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row a contact whose channel is known."""
    contacts = cleaned[_CONTACTS]
    known = with_kind(
        contacts.filter(contacts.channel.notnull()), "channel_kind", "channel", CHANNEL_WORDS, contacts
    )
    can_be = known.source.isin(company.sources_telling(_CONTACTS, ANSWERED))
    answers = came(known, "answered", ANSWERED, ends_of(known, company))
    return known.mutate(answerable_count=can_be.cast("int64"), **answers)


contact_channels = Ledger(
    "contact_channels",
    "one account, period and kind of channel: contacts by campaigns, answers, cost",
    entities=(_CONTACTS,),
    keys=(Field("channel_kind", TEXT, "Kind of channel of the contact."),),
    rows=_contacts,
    settings=("sources.*.entity", "sources.*.columns"),
    measures={
        "contacts_count": count("Contacts.", "contacts"),
        "answerable_count": total(
            "answerable_count", "Contacts of sources that tell of answers.", "contacts"
        ),
        "answered_count": total("answered_count", "Contacts answered by the end of the period.", "contacts"),
        "answered_by_next_count": total(
            "answered_by_next_count",
            "Contacts of the period answered by the end of the next.",
            "contacts",
        ),
        "cost_amount": amount("cost_amount", "What the contacts cost."),
        "priced_contacts_count": count("Contacts whose cost is known.", "contacts", _.cost_amount.notnull()),
    },
)
