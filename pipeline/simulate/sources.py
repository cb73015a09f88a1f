"""Sources of events: what makes their rows, what trouble they have, in what form they are written.

Belongs here: one entry a source. Does not belong here: how the pipeline is told to read them
(``mappings``), or snapshots (``profiles``, ``catalogue``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from pipeline.simulate import digital, orders, sales, service
from pipeline.simulate.frames import Frame
from pipeline.simulate.planting import Bad, Trouble
from pipeline.simulate.world import World


@dataclass(frozen=True)
class Form:
    """How rows are written: the format and the file of a period (``{period}``), or the table."""

    format: Literal["csv", "jsonl", "parquet", "excel", "sql"]
    path: str
    encoding: str = "utf-8"
    delimiter: str = ","
    types: dict[str, pa.DataType] = field(default_factory=dict)


@dataclass(frozen=True)
class EventSource:
    """A source of events: rows of a period, their trouble, their form."""

    entity: str
    make: Callable[[World, int], Frame]
    trouble: Trouble
    form: Form


_FAR = "31.12.2999 10:00:00"
_KEYED = ("late", "corrected", "deleted")

EVENT_SOURCES: dict[str, EventSource] = {
    "shop_orders": EventSource(
        "orders",
        orders.shop_orders,
        Trouble(
            "line",
            _KEYED,
            (
                Bad("account_missing", "account", None),
                Bad("time_unreadable", "date", "32.01.2024 25:61:00", has_no_time=True),
                Bad("time_implausible", "date", _FAR, has_no_time=True),
                Bad("quantity_unreadable", "qty", "two"),
                Bad("quantity_zero", "qty", "0"),
                Bad("price_negative", "unit_price", "-5.00"),
                Bad("amount_unreadable", "unit_price", "12.9O"),
                Bad("rate_missing", "currency", "CHF"),
                Bad("unknown_code", "currency", "EUX"),
            ),
            "qty",
            ("1", "2", "3", "4"),
            stamp="changed",
        ),
        Form("csv", "shop/orders_{period}.csv"),
    ),
    "mall_orders": EventSource(
        "orders",
        orders.mall_orders,
        Trouble(
            "行号",
            ("exact_duplicate", "key_duplicate", "late"),
            (
                Bad("account_missing", "会员号", None),
                Bad("quantity_zero", "数量", "0"),
                Bad("amount_unreadable", "单价", "面议"),
                Bad("price_negative", "单价", "-8.00"),
                Bad("time_missing", "下单时间", None, has_no_time=True),
            ),
            "数量",
            ("1", "2", "3", "4"),
        ),
        Form("csv", "mall/订单_{period}.csv", "gb18030", ";"),
    ),
    "shop_coupons": EventSource(
        "coupon_redemptions",
        orders.shop_coupons,
        Trouble(
            "redemption",
            bad=(Bad("required_missing", "campaign", None), Bad("account_missing", "account", "")),
        ),
        Form("csv", "shop/coupons_{period}.csv"),
    ),
    "shop_referrals": EventSource(
        "referrals",
        sales.shop_referrals,
        Trouble("referral", bad=(Bad("required_missing", "friend", None),)),
        Form("csv", "shop/referrals_{period}.csv"),
    ),
    "app_visits": EventSource(
        "web_visits",
        digital.app_visits,
        Trouble(
            "log_id",
            bad=(
                Bad("account_missing", "user", None),
                Bad("number_unreadable", "pageviews", "many"),
                Bad("value_out_of_range", "pageviews", -3),
                Bad("flag_unreadable", "bought", "perhaps"),
                Bad("time_implausible", "ts", "2999-01-01T00:00:00Z", has_no_time=True),
            ),
        ),
        Form("jsonl", "app/visits_{period}.jsonl"),
    ),
    "app_usage": EventSource(
        "product_usage",
        digital.app_usage,
        Trouble(
            "reading",
            bad=(
                Bad("unknown_code", "unit", "parsecs"),
                Bad("usage_negative", "amount", -5.0),
                Bad("account_missing", "user_id", None),
            ),
        ),
        Form(
            "parquet",
            "app/usage_{period}.parquet",
            types={"read_at": pa.timestamp("s", tz="UTC"), "amount": pa.float64()},
        ),
    ),
    "desk_tickets": EventSource(
        "support_contacts",
        service.desk_tickets,
        Trouble(
            "ticket",
            bad=(
                Bad("unknown_code", "code", "RANT"),
                Bad("time_unreadable", "opened", "last Tuesday", has_no_time=True),
                Bad("amount_unreadable", "refund_eur", "all of it"),
            ),
        ),
        Form("jsonl", "desk/tickets_{period}.jsonl"),
    ),
    "social_acts": EventSource(
        "social_activity",
        digital.social_acts,
        Trouble("act", bad=(Bad("unknown_code", "what", "poke"), Bad("account_missing", "handle", None))),
        Form("jsonl", "social/acts_{period}.jsonl"),
    ),
    "surveys": EventSource(
        "survey_answers",
        service.surveys,
        Trouble(
            "Answer no",
            bad=(Bad("amount_unreadable", "Score", "very good"), Bad("required_missing", "Question", None)),
        ),
        Form("excel", "surveys/pulse_{period}.xlsx"),
    ),
    "interviews": EventSource(
        "interviews",
        service.interviews,
        Trouble("note", ("late",), (Bad("unknown_code", "form", "coffee break"),)),
        Form("jsonl", "surveys/interviews_{period}.jsonl"),
    ),
    "campaigns": EventSource(
        "campaign_contacts",
        sales.campaigns,
        Trouble(
            "contact",
            ("exact_duplicate", "key_duplicate", "late"),
            (Bad("time_missing", "sent", None, has_no_time=True), Bad("value_out_of_range", "cost", "-0.12")),
            "medium",
            ("mail", "letter", "phone"),
        ),
        Form("csv", "marketing/campaign_{period}.csv", "utf-16", "\t"),
    ),
    "holdings": EventSource(
        "holdings",
        sales.holdings,
        Trouble(
            "row",
            bad=(Bad("flag_unreadable", "owed", "partly"), Bad("amount_unreadable", "balance", "#REF!")),
        ),
        Form("csv", "bank/balances_{period}.csv", "cp1252", ";"),
    ),
    "crm_consents": EventSource(
        "consents",
        sales.crm_consents,
        Trouble("consent_no", ("late",), (Bad("flag_unreadable", "granted", "?"),)),
        Form("sql", "consents"),
    ),
    "crm_leads": EventSource(
        "leads",
        sales.crm_leads,
        Trouble(
            "entry_no",
            ("late", "corrected"),
            (Bad("unknown_code", "stage", "77-HMM"), Bad("account_missing", "customer_no", None)),
            "product",
            ("P1001", "P1002", "P1003"),
            stamp="changed",
        ),
        Form("sql", "leads"),
    ),
    "crm_quotes": EventSource(
        "quotes",
        sales.crm_quotes,
        Trouble(
            "quote_no",
            _KEYED,
            (Bad("value_out_of_range", "total", "-10.00"), Bad("unknown_code", "outcome", "maybe")),
            "outcome",
            ("accepted", "declined", "expired"),
            stamp="changed",
        ),
        Form("sql", "quotes"),
    ),
}
SNAPSHOTS: dict[str, tuple[str, Form]] = {
    "crm": ("profiles", Form("sql", "customers")),
    "shop": ("profiles", Form("csv", "shop/accounts.csv")),
    "mall": ("profiles", Form("csv", "mall/会员.csv", "gb18030", ";")),
    "app": ("profiles", Form("jsonl", "app/users.jsonl")),
    "desk": ("profiles", Form("jsonl", "desk/contacts.jsonl")),
    "social": ("profiles", Form("jsonl", "social/handles.jsonl")),
    "catalogue": ("products", Form("parquet", "shop/catalogue.parquet")),
    "rates": ("exchange_rates", Form("csv", "finance/rates.csv")),
}
