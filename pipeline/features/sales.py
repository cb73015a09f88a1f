"""Sales readiness: where leads stand, when they were spoken to, what became of quotations, stated intent.

Belongs here: leads, quotations, answers about the intent to buy. Does not belong here: what a customer is
ready for (``schemes``).

A lead is open until it is won or lost. Of a customer's leads the one that changed last tells the stage.
A quotation is answered when its source says when: until then, as of then, it waits.
"""

import ibis
from ibis.expr import types as ir

from pipeline.engine.expressions import days_until
from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family, Feature, Label
from pipeline.features.window import Window
from pipeline.ledgers import ByKey, Reading
from pipeline.ledgers.leads import ADVANCED, ASKED, LOST, OPEN, POSTPONED, WON, leads
from pipeline.ledgers.quotes import RESPONDED, quotes
from pipeline.ledgers.sales_talks import sales_talks
from pipeline.ledgers.surveys import surveys
from pipeline.ledgers.waiting import one
from pipeline.tables.model import AMOUNT, INTEGER, TEXT

FAMILY = Family("sales", 75, ("Sales readiness", "购买意向"))

_NO_LEAD = "no sales lead in the window"
_STAGE, _EXPECTED = leads.last_stage, leads.last_expected
_ANSWERABLE, _ANSWERED = quotes.answerable_count, quotes.responded_at
_TELLS_ANSWERS = [("quotes", name) for name in RESPONDED]


def _leads(name: str, stages: tuple[str, ...]) -> ByKey:
    """Leads whose last stage is one of ``stages``."""
    return ByKey(name, (_STAGE,), lambda of: one(of(_STAGE).isin(stages)))


_ALL = _leads("all", (*OPEN, WON, LOST))
_OPEN, _WON, _LOST = _leads("open", OPEN), _leads("won", (WON,)), _leads("lost", (LOST,))
_ASKED, _ADVANCED, _POSTPONED = (
    _leads("asked", ASKED),
    _leads("advanced", ADVANCED),
    _leads("postponed", POSTPONED),
)
#: The earliest purchase that an open lead expects, in seconds since 1970.
_EXPECTS = ByKey(
    "expects",
    (_EXPECTED, _STAGE),
    lambda of: ibis.ifelse(of(_STAGE).isin(OPEN), of(_EXPECTED).cast("int64"), ibis.null("int64")),
    adds="min",
)
_ANSWERED_QUOTES = ByKey(
    "answered",
    (_ANSWERABLE, _ANSWERED),
    lambda of: ibis.ifelse(of(_ANSWERED).notnull(), of(_ANSWERABLE), 0),
)
_ACCEPTED_QUOTES = ByKey(
    "accepted",
    (quotes.accepted_count, _ANSWERABLE, _ANSWERED),
    lambda of: ibis.ifelse(of(_ANSWERED).notnull() & (of(_ANSWERABLE) > 0), of(quotes.accepted_count), 0),
)
_WAITING_QUOTES = ByKey(
    "waiting",
    (_ANSWERABLE, _ANSWERED),
    lambda of: ibis.ifelse(of(_ANSWERED).isnull(), of(_ANSWERABLE), 0),
)
_WAITING_SINCE = ByKey(
    "waiting_since",
    (quotes.last_quoted_at, _ANSWERABLE, _ANSWERED),
    lambda of: ibis.ifelse(
        of(_ANSWERED).isnull() & (of(_ANSWERABLE) > 0),
        of(quotes.last_quoted_at),
        ibis.null("timestamp('UTC')"),
    ),
    adds="max",
    type="timestamp('UTC')",
)


def _counted(
    name: str,
    meaning: str,
    label: Label,
    unit: str,
    reading: Reading | ByKey,
    told_by: list[tuple[str, str]] | None = None,
) -> Feature:
    return FAMILY.feature(
        name,
        meaning,
        label,
        unit,
        lambda m, window: m[reading],
        [reading],
        type=INTEGER,
        null="",
        ripens=True,
        told_by=told_by or [],
    )


def _expected_days(seconds: ir.IntegerValue, window: Window) -> ir.FloatingValue:
    return (seconds - int(window.as_of.timestamp())).cast("float64") / 86_400


leads_count_12p = _counted(
    "leads_count_12p", "Leads, whatever their stage.", ("Leads", "线索数"), "leads", _ALL
)
open_leads_count_12p = _counted(
    "open_leads_count_12p",
    "Leads that are neither won nor lost.",
    ("Open leads", "跟进中线索数"),
    "leads",
    _OPEN,
)
asked_leads_count_12p = _counted(
    "asked_leads_count_12p",
    "Open leads that are new or were spoken to, and are not yet known to fit.",
    ("Leads asking", "询问中的线索数"),
    "leads",
    _ASKED,
)
advanced_leads_count_12p = _counted(
    "advanced_leads_count_12p",
    "Open leads that are qualified or have a proposal.",
    ("Leads advanced", "推进中的线索数"),
    "leads",
    _ADVANCED,
)
postponed_leads_count_12p = _counted(
    "postponed_leads_count_12p",
    "Open leads that were put off.",
    ("Leads postponed", "推迟的线索数"),
    "leads",
    _POSTPONED,
)
won_leads_count_12p = _counted(
    "won_leads_count_12p", "Leads that were won.", ("Leads won", "赢单线索数"), "leads", _WON
)
lost_leads_count_12p = _counted(
    "lost_leads_count_12p", "Leads that were lost.", ("Leads lost", "丢单线索数"), "leads", _LOST
)
lead_stage_12p = FAMILY.feature(
    "lead_stage_12p",
    "Stage of the lead that changed last.",
    ("Stage of the lead", "线索阶段"),
    "",
    lambda m, window: m[_STAGE],
    [_STAGE],
    type=TEXT,
    null=_NO_LEAD,
    minimum=None,
)
lead_change_recency_days = FAMILY.feature(
    "lead_change_recency_days",
    "Days from the last change of a lead's stage to as_of.",
    ("Days since a lead changed", "距线索最近变化天数"),
    "days",
    lambda m, window: days_until(window.as_of, m[leads.last_changed_at]),
    [leads.last_changed_at],
    null=_NO_LEAD,
    ripens=True,
    words=("leads at rest", "leads moving", "线索停滞", "线索推进中"),
)
sales_contact_recency_days = FAMILY.feature(
    "sales_contact_recency_days",
    "Days from the last talk with a lead to as_of.",
    ("Days since last sales contact", "距最近销售联系天数"),
    "days",
    lambda m, window: days_until(window.as_of, m[sales_talks.last_contacted_at]),
    [sales_talks.last_contacted_at],
    null="no talk with a lead of the window",
    ripens=True,
    words=("long not spoken to", "spoken to of late", "久未联系", "近期联系过"),
    told_by=[("leads", "last_contacted_at")],
)
expected_purchase_days = FAMILY.feature(
    "expected_purchase_days",
    "Days from as_of to the earliest purchase that an open lead expects; negative when it is overdue.",
    ("Days to the expected purchase", "距预计购买天数"),
    "days",
    lambda m, window: _expected_days(m[_EXPECTS], window),
    [_EXPECTS],
    null="no open lead that says when it expects to buy",
    minimum=None,
    words=("buying late", "buying soon", "预计较晚购买", "预计近期购买"),
    told_by=[("leads", "expected_purchase_at")],
)
quotes_count_12p = _counted(
    "quotes_count_12p",
    "Quotations made, revised ones each time.",
    ("Quotations", "报价次数"),
    "quotations",
    quotes.quotes_count,
)
quoted_amount_12p = FAMILY.feature(
    "quoted_amount_12p",
    "Amount quoted.",
    ("Quoted amount", "报价金额"),
    "project currency",
    lambda m, window: m[quotes.quoted_amount],
    [quotes.quoted_amount],
    type=AMOUNT,
    null="",
    ripens=True,
)
answered_quotes_count_12p = _counted(
    "answered_quotes_count_12p",
    "Quotations answered before as_of.",
    ("Answered quotations", "已回复报价数"),
    "quotations",
    _ANSWERED_QUOTES,
    _TELLS_ANSWERS,
)
unanswered_quotes_count_12p = _counted(
    "unanswered_quotes_count_12p",
    "Quotations not answered before as_of, of sources that say when one is.",
    ("Quotations without response", "未回复报价数"),
    "quotations",
    _WAITING_QUOTES,
    _TELLS_ANSWERS,
)
unanswered_quote_recency_days = FAMILY.feature(
    "unanswered_quote_recency_days",
    "Days from the last quotation without response to as_of.",
    ("Days since the unanswered quotation", "距最近未回复报价天数"),
    "days",
    lambda m, window: days_until(window.as_of, m[_WAITING_SINCE]),
    [_WAITING_SINCE],
    null="no quotation without response in the window",
    told_by=_TELLS_ANSWERS,
)
accepted_quotes_share_12p = FAMILY.feature(
    "accepted_quotes_share_12p",
    "Quotations accepted per quotation answered before as_of.",
    ("Accepted quotations share", "报价接受率"),
    "share 0-1",
    lambda m, window: ratio(m[_ACCEPTED_QUOTES], m[_ANSWERED_QUOTES]),
    [_ACCEPTED_QUOTES, _ANSWERED_QUOTES],
    null="no quotation answered in the window",
    maximum=1,
    words=("accepting quotations", "declining quotations", "常接受报价", "常拒绝报价"),
    told_by=_TELLS_ANSWERS,
    counted_by="answered_quotes_count_12p",
)
intent_answers_count_12p = _counted(
    "intent_answers_count_12p",
    "Answers about the intent to buy.",
    ("Intent answers", "购买意愿回答数"),
    "answers",
    surveys.intent_count,
)
intent_mean_12p = FAMILY.feature(
    "intent_mean_12p",
    "Mean answer about the intent to buy, 1 to 5.",
    ("Mean intent to buy", "平均购买意愿评分"),
    "points",
    lambda m, window: ratio(m[surveys.intent_sum], m[surveys.intent_count]),
    [surveys.intent_sum, surveys.intent_count],
    null="no answer about the intent to buy in the window",
    minimum=1,
    maximum=5,
    words=("intending to buy", "not intending to buy", "有意购买", "无意购买"),
    counted_by="intent_answers_count_12p",
)
