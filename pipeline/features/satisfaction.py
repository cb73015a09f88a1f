"""Satisfaction: what customers answer, and what their complaints, claims and returns show.

Belongs here: answers about satisfaction and recommending, complaints, refund claims, how long solving
them took, goods taken back. Does not belong here: other kinds of contact (``communication``), or whether
all that makes a customer dissatisfied (``schemes``).

satisfaction = mean answer, 1-5 (ISO 10004:2018); recommendation = mean answer, 0-10, and promoters (9, 10)
less detractors (0 to 6) per answer (Reichheld, 2003); complaints are per 30 days and per order;
resolution = time from opening to closing of contacts closed by the end of the period after theirs; returned
share = returned / bought, above 1 when goods bought before the window come back.
"""

from ibis.expr import types as ir

from pipeline.features.arithmetic import rate_per_30_days, ratio
from pipeline.features.declaration import Family
from pipeline.features.sums import Measured
from pipeline.features.waited import waited
from pipeline.ledgers.orders import orders
from pipeline.ledgers.support import CLOSED, support
from pipeline.ledgers.surveys import surveys
from pipeline.tables.model import AMOUNT, INTEGER

FAMILY = Family("satisfaction", 30, ("Satisfaction", "满意度"))

_NO_RECOMMENDATION = "no answer about recommending in the window"
_CLOSED = waited(support.closed_count, support.closed_by_next_count)
_TOOK = waited(support.closing_seconds_sum, support.closing_by_next_seconds_sum)
_REFUNDED = waited(support.refunded_amount, support.refunded_by_next_amount)
_TELLS_CLOSING = [("support_contacts", one) for one in CLOSED]
_SECONDS = 86_400


def _resolution(m: Measured) -> ir.FloatingValue:
    return ratio(_TOOK.of(m), _CLOSED.of(m)) / _SECONDS


csat_answers_count_12p = FAMILY.feature(
    "csat_answers_count_12p",
    "Answers about satisfaction.",
    ("Satisfaction answers", "满意度回答数"),
    "answers",
    lambda m, window: m[surveys.satisfaction_count],
    [surveys.satisfaction_count],
    type=INTEGER,
    null="",
    ripens=True,
)
csat_mean_12p = FAMILY.feature(
    "csat_mean_12p",
    "Mean answer about satisfaction, 1 to 5.",
    ("Mean satisfaction", "平均满意度评分"),
    "points",
    lambda m, window: ratio(m[surveys.satisfaction_sum], m[surveys.satisfaction_count]),
    [surveys.satisfaction_sum, surveys.satisfaction_count],
    null="no answer about satisfaction in the window",
    minimum=1,
    maximum=5,
    words=("satisfied", "dissatisfied", "满意", "不满意"),
    counted_by="csat_answers_count_12p",
)
nps_answers_count_12p = FAMILY.feature(
    "nps_answers_count_12p",
    "Answers about recommending the company.",
    ("Recommendation answers", "推荐意愿回答数"),
    "answers",
    lambda m, window: m[surveys.nps_count],
    [surveys.nps_count],
    type=INTEGER,
    null="",
    ripens=True,
)
nps_mean_12p = FAMILY.feature(
    "nps_mean_12p",
    "Mean answer about recommending the company, 0 to 10.",
    ("Mean recommendation", "平均推荐意愿评分"),
    "points",
    lambda m, window: ratio(m[surveys.nps_sum], m[surveys.nps_count]),
    [surveys.nps_sum, surveys.nps_count],
    null=_NO_RECOMMENDATION,
    maximum=10,
    words=("recommending", "advising against", "乐于推荐", "不愿推荐"),
    counted_by="nps_answers_count_12p",
)
nps_index_12p = FAMILY.feature(
    "nps_index_12p",
    "Answers of 9 and 10 less those of 0 to 6, per answer about recommending (net promoter score / 100).",
    ("Net promoter index", "净推荐指数"),
    "index -1 to 1",
    lambda m, window: ratio(m[surveys.promoters_count] - m[surveys.detractors_count], m[surveys.nps_count]),
    [surveys.promoters_count, surveys.detractors_count, surveys.nps_count],
    null=_NO_RECOMMENDATION,
    minimum=-1,
    maximum=1,
    words=("promoters", "detractors", "推荐者", "贬损者"),
    counted_by="nps_answers_count_12p",
)
complaints_count_12p = FAMILY.feature(
    "complaints_count_12p",
    "Contacts with a complaint.",
    ("Complaints", "投诉次数"),
    "contacts",
    lambda m, window: m[support.complaints_count],
    [support.complaints_count],
    type=INTEGER,
    null="",
    ripens=True,
)
complaints_per_30_days_12p = FAMILY.feature(
    "complaints_per_30_days_12p",
    "Contacts with a complaint per 30 days of exposure.",
    ("Complaints per 30 days", "每 30 天投诉次数"),
    "complaints per 30 days",
    lambda m, window: rate_per_30_days(m[support.complaints_count], m.exposure_days),
    [support.complaints_count],
    null="",
    words=("complaining", "uncomplaining", "投诉多", "投诉少"),
    counted_by="complaints_count_12p",
    trait="rate",
)
complaints_per_order_12p = FAMILY.feature(
    "complaints_per_order_12p",
    "Contacts with a complaint per order.",
    ("Complaints per order", "每单投诉次数"),
    "ratio",
    lambda m, window: ratio(m[support.complaints_count], m[orders.orders_count]),
    [support.complaints_count, orders.orders_count],
    words=("complaining", "uncomplaining", "投诉多", "投诉少"),
    counted_by="orders_count_12p",
)
refund_claims_count_12p = FAMILY.feature(
    "refund_claims_count_12p",
    "Contacts that claim money back.",
    ("Refund claims", "退款要求次数"),
    "claims",
    lambda m, window: m[support.refund_claims_count],
    [support.refund_claims_count],
    type=INTEGER,
    null="",
    ripens=True,
)
refund_claims_per_order_12p = FAMILY.feature(
    "refund_claims_per_order_12p",
    "Contacts that claim money back per order.",
    ("Refund claims per order", "每单退款要求次数"),
    "ratio",
    lambda m, window: ratio(m[support.refund_claims_count], m[orders.orders_count]),
    [support.refund_claims_count, orders.orders_count],
    words=("claiming refunds", "no refund claims", "常要求退款", "少要求退款"),
    counted_by="orders_count_12p",
)
refunded_amount_12p = FAMILY.feature(
    "refunded_amount_12p",
    "Paid back on contacts with support, by the end of the period after theirs.",
    ("Refunded amount", "已退款金额"),
    "project currency",
    lambda m, window: _REFUNDED.of(m),
    _REFUNDED.reads,
    type=AMOUNT,
    null="",
    ripens=True,
    told_by=[("support_contacts", "refund_amount")],
)
closed_contacts_count_12p = FAMILY.feature(
    "closed_contacts_count_12p",
    "Contacts with support that were closed by the end of the period after theirs.",
    ("Closed contacts", "已结案客服联系次数"),
    "contacts",
    lambda m, window: _CLOSED.of(m),
    _CLOSED.reads,
    type=INTEGER,
    null="",
    ripens=True,
    told_by=_TELLS_CLOSING,
)
resolution_mean_days_12p = FAMILY.feature(
    "resolution_mean_days_12p",
    "Mean time from opening to closing of contacts closed by the end of the period after theirs.",
    ("Mean time to resolution", "平均解决时长"),
    "days",
    lambda m, window: _resolution(m),
    (*_TOOK.reads, *_CLOSED.reads),
    null="no contact closed in time in the window",
    words=("slowly served", "quickly served", "处理慢", "处理快"),
    told_by=_TELLS_CLOSING,
    counted_by="closed_contacts_count_12p",
)
returned_share_12p = FAMILY.feature(
    "returned_share_12p",
    "Value returned per value bought; above 1 when goods bought before the window come back.",
    ("Returned share", "退货金额占比"),
    "ratio",
    lambda m, window: ratio(m[orders.returned_amount], m[orders.bought_amount]),
    [orders.returned_amount, orders.bought_amount],
    null="no value bought in the window",
    words=("many returns", "few returns", "退货多", "退货少"),
    counted_by="lines_count_12p",
)
