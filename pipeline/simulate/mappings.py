"""How the pipeline is told to read the company: the ``columns`` of every source, and its keys.

Belongs here: what stands in project.yaml for one source. Does not belong here: the whole file
(``project_yaml``).
"""

from typing import Any

from pipeline.simulate.sales import STAGES
from pipeline.simulate.service import TICKET_CODES

_GERMAN, _GERMAN_SHORT, _CHINESE = "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y年%m月%d日 %H:%M"


def _at(column: str, pattern: str) -> dict[str, str]:
    return {"column": column, "format": pattern}


MAPPINGS: dict[str, dict[str, Any]] = {
    "crm": {
        "priority": 2,
        "row_key": ["customer_no"],
        "columns": {
            "source_account_id": "customer_no", "given_name": "first_name", "family_name": "last_name",
            "gender": {"column": "sex", "values": {"F": "f", "M": "m"}}, "email": "mail", "phone": "tel",
            "birth_date": "dob",
            "address": "street", "postcode": "zip", "city": "town", "region": "state", "country": "country",
            "national_id": "tax_no", "income_amount": "yearly_income", "occupation": "job",
            "education": "schooling",
            "marital_status": "family_status", "household_size_count": "persons_in_home", "language": "lang",
            "acquisition_channel": "won_by", "created_at": "created", "updated_at": "changed",
        },
    },
    "crm_consents": {
        "account_space": "crm",
        "columns": {
            "source_account_id": "customer_no", "line_key": "consent_no", "decided_at": "decided",
            "purpose": "purpose",
            "is_granted": "granted", "channel": "via",
        },
    },
    "crm_leads": {
        "account_space": "crm",
        "row_key": ["entry_no"],
        "columns": {
            "source_account_id": "customer_no", "line_key": "entry_no", "lead_id": "lead_no",
            "stage": {"column": "stage", "values": STAGES, "strict": True}, "stage_changed_at": "since",
            "last_contacted_at": "last_talk", "expected_purchase_at": "buys_by", "product_id": "product",
            "updated_at": "changed",
        },
    },
    "crm_quotes": {
        "account_space": "crm",
        "row_key": ["quote_no"],
        "deletions": "missing",
        "columns": {
            "source_account_id": "customer_no", "line_key": "quote_no", "quote_id": "quote_no",
            "quoted_at": "quoted",
            "quoted_amount": "total", "currency": "money", "responded_at": "answered",
            "outcome": "outcome", "updated_at": "changed",
        },
    },
    "shop": {
        "priority": 1,
        "columns": {
            "source_account_id": "account", "full_name": "name", "email": "e-mail", "phone": "phone",
            "address": "address",
            "postcode": "postcode", "city": "city", "country": "country", "created_at": _at("registered",
            _GERMAN),
            "updated_at": _at("modified", _GERMAN),
        },
    },
    "shop_orders": {
        "account_space": "shop",
        "row_key": ["line"],
        "deletions": "missing",
        "columns": {
            "source_account_id": "account", "line_key": "line", "order_id": "order",
            "ordered_at": _at("date", _GERMAN),
            "product_id": "sku", "quantity": "qty", "unit_price_amount": "unit_price",
            "list_price_amount": "list_price",
            "discount_amount": "discount", "coupon_amount": "coupon", "cost_amount": "purchase_cost",
            "currency": "currency",
            "channel": "channel", "store_id": "store", "updated_at": _at("changed", _GERMAN),
        },
    },
    "shop_coupons": {
        "account_space": "shop",
        "columns": {
            "source_account_id": "account", "line_key": "redemption", "campaign_id": "campaign",
            "coupon_id": "code",
            "redeemed_at": _at("used", _GERMAN_SHORT),
        },
    },
    "shop_referrals": {
        "account_space": "shop",
        "columns": {
            "source_account_id": "account", "line_key": "referral", "referred_source_account_id": "friend",
            "referred_at": _at("date", _GERMAN_SHORT), "channel": "via",
        },
    },
    "mall": {
        "time_zone": "Asia/Shanghai",
        "default_country": "CN",
        "columns": {
            "source_account_id": "会员号", "full_name": "姓名", "gender": {"column": "性别",
            "values": {"女": "f",
            "男": "m"}},
            "phone": "手机", "email": "邮箱", "birth_date": _at("生日", "%Y年%m月%d日"), "address": "地址",
            "postcode": "邮编",
            "city": "城市", "region": "省份", "country": "国家", "created_at": _at("注册时间", _CHINESE),
        },
    },
    "mall_orders": {
        "account_space": "mall",
        "time_zone": "Asia/Shanghai",
        "columns": {
            "source_account_id": "会员号", "line_key": "行号", "order_id": "订单号",
            "ordered_at": _at("下单时间",
            _CHINESE),
            "product_id": "商品编号", "quantity": "数量", "unit_price_amount": "单价",
            "discount_amount": "优惠",
            "currency": "币种",
            "channel": {"column": "渠道", "values": {"天猫": "tmall", "小程序": "mini program"}},
            "is_return": {"column": "退货", "values": {"是": "yes", "否": "no"}},
        },
    },
    "app": {
        "time_zone": "UTC",
        "columns": {
            "source_account_id": "user_id", "full_name": "display_name", "email": "email", "phone": "mobile",
            "birth_date": _at("birthday", "%d/%m/%Y"), "gender": {"column": "sex", "values": {"1": "m",
            "2": "f"}}, "city": "city",
            "postcode": "zip", "country": "country", "language": "locale", "created_at": "signed_up",
        },
    },
    "app_visits": {
        "account_space": "app",
        "time_zone": "UTC",
        "columns": {
            "source_account_id": "user", "line_key": "log_id", "started_at": "ts", "device": "agent",
            "pages_count": "pageviews",
            "duration_seconds": "secs", "entry_channel": "ref", "carts_count": "cart_adds",
            "is_converted": "bought", "search_terms": "q",
        },
    },
    "app_usage": {
        "account_space": "app",
        "columns": {
            "source_account_id": "user_id", "line_key": "reading", "used_at": "read_at", "service": "service",
            "usage_quantity": "amount", "usage_unit": "unit",
        },
    },
    "desk": {
        "columns": {
            "source_account_id": "contact", "full_name": "caller", "email": "mail", "phone": "callback",
            "birth_date": _at("born", "%d.%m.%y"), "city": "place", "postcode": "plz",
            "national_id": "tax_no", "created_at": "first_seen",
        },
    },
    "desk_tickets": {
        "account_space": "desk",
        "columns": {
            "source_account_id": "contact", "line_key": "ticket", "contact_opened_at": "opened",
            "contact_closed_at": "closed",
            "channel": "via", "refund_amount": "refund_eur", "resolution": "result", "text": "message",
            "contact_kind": {"column": "code", "strict": True, "values": {code: kind for kind,
            code in TICKET_CODES.items()}},
        },
    },
    "social": {
        "columns": {
            "source_account_id": "handle", "full_name": "name", "email": "contact_mail",
            "phone": "contact_phone",
            "birth_date": "birthday", "city": "town", "created_at": _at("joined", "epoch"),
        },
    },
    "social_acts": {
        "account_space": "social",
        "columns": {
            "source_account_id": "handle", "line_key": "act", "occurred_at": _at("when", "epoch"),
            "network": "platform",
            "act_kind": "what", "text": "said",
        },
    },
    "surveys": {
        "account_space": "crm",
        "columns": {
            "source_account_id": "Customer", "line_key": "Answer no", "survey_id": "Survey",
            "question": "Question",
            "answered_at": "Answered on", "answer_value": "Score", "text": "Comment",
        },
    },
    "interviews": {
        "account_space": "crm",
        "columns": {
            "source_account_id": "customer", "line_key": "note", "held_at": _at("held", "%d/%m/%Y %H:%M"),
            "interview_kind": "form", "themes": "coded", "text": "minutes",
        },
    },
    "campaigns": {
        "account_space": "crm",
        "columns": {
            "source_account_id": "customer", "line_key": "contact", "campaign_id": "campaign",
            "campaign_kind": "type",
            "channel": {"column": "medium", "values": {"mail": "email"}},
            "offer": "offer", "sent_at": "sent", "opened_at": "opened",
            "responded_at": "answered", "cost_amount": "cost",
        },
    },
    "holdings": {
        "account_space": "crm",
        "columns": {
            "source_account_id": "customer", "line_key": "row", "observed_at": _at("day", "%d.%m.%Y"),
            "holding_id": "holding",
            "asset_class": "kind", "risk_level": "risk", "balance_amount": "balance",
            "currency": "currency", "is_liability": "owed",
        },
    },
    "catalogue": {
        "columns": {
            "product_id": "sku", "product_name": "title", "brand": "maker", "price_tier": "tier",
            "category": "department",
            "subcategory": "shelf",
        },
    },
    "rates": {"columns": {"rate_currency": "currency", "rate_date": "valid_from", "rate": "euro"}},
}  # fmt: skip
