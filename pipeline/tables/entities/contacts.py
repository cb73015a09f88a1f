"""Entities of contact: campaigns, support, sales leads, surveys, interviews."""

from pipeline.tables import fields as f
from pipeline.tables.entities.model import event

CAMPAIGN_CONTACTS = event(
    "campaign_contacts",
    "one contact of an account by a campaign",
    "sent_at",
    (f.campaign_id, f.campaign_kind, f.channel, f.offer, f.sent_at, f.opened_at, f.responded_at, f.redeemed_at, f.cost_amount, f.currency),
    "campaign_id sent_at",
)

COUPON_REDEMPTIONS = event(
    "coupon_redemptions",
    "one redemption of a coupon",
    "redeemed_at",
    (f.campaign_id, f.coupon_id, f.redeemed_at),
    "campaign_id redeemed_at",
)

SUPPORT_CONTACTS = event(
    "support_contacts",
    "one contact with support",
    "contact_opened_at",
    (f.contact_opened_at, f.contact_closed_at, f.channel, f.contact_kind, f.refund_amount, f.currency, f.resolution),
    "contact_opened_at contact_kind",
    identifiers=(f.text,),
)

LEADS = event(
    "leads",
    "one change of stage of a sales lead",
    "stage_changed_at",
    (f.lead_id, f.stage, f.stage_changed_at, f.last_contacted_at, f.expected_purchase_at, f.product_id),
    "lead_id stage stage_changed_at",
)

SURVEY_ANSWERS = event(
    "survey_answers",
    "one answer to one question of a survey",
    "answered_at",
    (f.survey_id, f.question, f.answered_at, f.answer_value),
    "survey_id question answered_at",
    identifiers=(f.text,),
)

INTERVIEWS = event(
    "interviews",
    "one interview or focus group that a customer took part in",
    "held_at",
    (f.held_at, f.interview_kind, f.themes),
    "held_at interview_kind",
    identifiers=(f.text,),
)
