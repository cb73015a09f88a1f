"""The ledger of campaigns.

Belongs here: contacts received, what became of them, coupons redeemed. Does not belong here: what
coupons saved on an order line (``orders``), or which redemption answers which contact (features:
they may lie in different periods).
"""

from datetime import datetime

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import INSTANT, moment
from pipeline.settings import Project
from pipeline.tables.zones import CAMPAIGN_ACTIVITY

_KEY = ("period", "account_id", "campaign_id")
_COUNTS = tuple(one for one in CAMPAIGN_ACTIVITY.columns if one.endswith("_count"))
#: Columns of a contact that say it was opened, and that it was answered.
_OPENED, _ANSWERED = ("opened_at",), ("responded_at", "redeemed_at")


def campaigns(contacts: ir.Table | None, redemptions: ir.Table | None, project: Project) -> ir.Table:
    """Contacts and redemptions by account, period and campaign: rows of ``CAMPAIGN_ACTIVITY``.

    ``contacts`` are clean campaign contacts, ``redemptions`` clean coupon redemptions, of one or
    many periods; none where the project has no such source. A contact is answered when the source
    says when it was responded to or redeemed. As of the end of a period only what came before
    counts (law L2), so openings and answers are counted twice: those that came by the end of the
    contact's period, and by the end of the next, which is as long as is waited for. Raises
    ``ValueError`` when there is neither table.
    """
    parts = []
    if contacts is not None:
        parts.append(_contacted(contacts, project))
    if redemptions is not None:
        parts.append(
            redemptions.group_by(*_KEY).agg(
                redemptions_count=redemptions.count(),
                first_event_at=redemptions.redeemed_at.min(),
                last_event_at=redemptions.redeemed_at.max(),
            )
        )
    if not parts:
        raise ValueError("neither campaign contacts nor coupon redemptions: there is no ledger of campaigns")
    both = ibis.union(*(_complete(one) for one in parts))
    ledger = both.group_by(*_KEY).agg(
        **{name: both[name].sum() for name in _COUNTS},
        first_event_at=both.first_event_at.min(),
        last_event_at=both.last_event_at.max(),
    )
    return ledger.select(*CAMPAIGN_ACTIVITY.columns)


def _complete(part: ir.Table) -> ir.Table:
    """``part`` with all columns of the ledger: what it does not count is zero."""
    zero = ibis.literal(0, "int64")
    missing = {name: zero for name in _COUNTS if name not in part.columns}
    return part.mutate(**missing).select(*CAMPAIGN_ACTIVITY.columns)


def _contacted(contacts: ir.Table, project: Project) -> ir.Table:
    calendar = project.calendar
    periods = contacts.select("period").distinct().to_pyarrow()["period"].to_pylist()
    end = _ends(contacts, {one: calendar.as_of(one) for one in periods})
    next_end = _ends(contacts, {one: calendar.as_of(calendar.next(one)) for one in periods})
    is_redeemable = "coupon_redemptions" in project.entities

    def came(names: tuple[str, ...], limit: ir.TimestampValue) -> ir.BooleanValue:
        found = [(contacts[name] < limit).fill_null(False) for name in names]
        return ibis.or_(*found)

    return contacts.group_by(*_KEY).agg(
        contacts_count=contacts.count(),
        openable_count=contacts.count(where=contacts.source.isin(_telling(_OPENED, project))),
        opened_count=contacts.count(where=came(_OPENED, end)),
        opened_by_next_count=contacts.count(where=came(_OPENED, next_end)),
        answerable_count=contacts.count(
            where=contacts.source.isin(_telling(_ANSWERED, project)) | ibis.literal(is_redeemable)
        ),
        answered_count=contacts.count(where=came(_ANSWERED, end)),
        answered_by_next_count=contacts.count(where=came(_ANSWERED, next_end)),
        first_event_at=contacts.sent_at.min(),
        last_event_at=contacts.sent_at.max(),
    )


def _telling(columns: tuple[str, ...], project: Project) -> list[str]:
    """Sources of contacts that map one of ``columns``: of the others nobody can tell."""
    sources = project.sources_of("campaign_contacts")
    return [name for name, one in sources.items() if set(columns) & set(one.columns)]


def _ends(contacts: ir.Table, ends: dict[str, datetime]) -> ir.TimestampValue:
    """The end that stands in ``ends`` for each contact's period."""
    nothing = ibis.null(INSTANT)
    branches = [(period, moment(end)) for period, end in ends.items()]
    return contacts.period.cases(*branches, else_=nothing) if branches else nothing
