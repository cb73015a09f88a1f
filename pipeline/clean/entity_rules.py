"""Rules that only one entity has: times in their order, amounts with a sense, no answer at all.

Belongs here: what a user of an entity would call impossible. Does not belong here: rules that follow
from a contract's types, codes and limits (``rules``). Answers are not judged against a scale: a
source may have any.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir

from pipeline.engine.values import moment, wall_time
from pipeline.periods import AHEAD, EARLIEST
from pipeline.tables.entities import Entity
from pipeline.tables.model import TIMESTAMP, Field


@dataclass(frozen=True)
class Rule:
    """One rule: the column it judges, what it expects, and the rows that break it."""

    name: str
    column: str
    expected: str
    broken: ir.BooleanValue


#: Rule, later time, earlier time.
_ORDER = (
    ("closed_before_opened", "contact_closed_at", "contact_opened_at"),
    ("opened_before_sent", "opened_at", "sent_at"),
    ("responded_before_sent", "responded_at", "sent_at"),
    ("redeemed_before_sent", "redeemed_at", "sent_at"),
    ("responded_before_quoted", "responded_at", "quoted_at"),
)
#: Times that may lie in the future.
_MAY_COME = ("expected_purchase_at",)


def entity_rules(entity: Entity, mapped: list[Field], row: ir.Table, zone: str) -> Iterator[Rule]:
    """Rules of the entity for the rows of one source; ``row`` as for ``rules.rules``."""
    there = {field.name for field in mapped}
    for field in mapped if entity.event_time else ():
        if field.type == TIMESTAMP and field.name not in (entity.event_time, *_MAY_COME):
            yield implausible(field.name, row)
    for name, later, earlier in _ORDER:
        if {later, earlier} <= there:
            yield Rule(name, later, f"a time not before {earlier}", _before(row, later, earlier, zone))
    if "usage_quantity" in there:
        yield Rule("usage_negative", "usage_quantity", "a usage of 0 or more", row["v:usage_quantity"] < 0)
    if "rate" in there:
        yield Rule("rate_not_positive", "rate", "a rate above 0", row["v:rate"] <= 0)
    if entity.name == "survey_answers":
        nothing = row["c:answer_value"].isnull() & row["c:text"].isnull()
        yield Rule("answer_missing", "answer_value", "an answer in points or in words", nothing)
    if entity.name == "referrals":
        same = row["c:referred_account_id"] == row["account_id"]
        yield Rule("self_referral", "referred_source_account_id", "another account than the referrer's", same)


def implausible(name: str, row: ir.Table) -> Rule:
    """A time before 1900, or more than a day after the row was collected."""
    at, latest = row[f"v:{name}"], row["collected_at"] + ibis.interval(days=AHEAD.days)
    return Rule(
        "time_implausible",
        name,
        "a time from 1900 to one day after collection",
        (at < moment(EARLIEST)) | (at > latest),
    )


def _before(row: ir.Table, later: str, earlier: str, zone: str) -> ir.BooleanValue:
    """Whether ``later`` lies before ``earlier``; a day without time is not before times of that day."""
    end, start = row[f"v:{later}"], row[f"v:{earlier}"]
    day = wall_time(end, zone)
    is_day_only = (day == day.truncate("D")) & (day.date() == wall_time(start, zone).date())
    return (end < start) & ~is_day_only
