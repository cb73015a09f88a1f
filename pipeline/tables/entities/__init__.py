"""Entities: what sources become after cleaning.

Belongs here: the columns a project's YAML may map, which of them are required, the event
time and the key of each entity; one module a theme. Does not belong here: rows set aside
(``zones``) or rules of normalisation (``clean``).
"""

from pipeline.tables.entities.contacts import (
    CAMPAIGN_CONTACTS,
    COUPON_REDEMPTIONS,
    INTERVIEWS,
    LEADS,
    SUPPORT_CONTACTS,
    SURVEY_ANSWERS,
)
from pipeline.tables.entities.model import SOURCE_ACCOUNT_ID, Entity
from pipeline.tables.entities.people import CONSENTS, PROFILES, REFERRALS
from pipeline.tables.entities.purchases import EXCHANGE_RATES, ORDERS, PRODUCTS, QUOTES
from pipeline.tables.entities.usage import HOLDINGS, PRODUCT_USAGE, SOCIAL_ACTIVITY, WEB_VISITS

ENTITIES: dict[str, Entity] = {
    one.name: one
    for one in (
        PROFILES, ORDERS, PRODUCTS, WEB_VISITS, SOCIAL_ACTIVITY, SURVEY_ANSWERS, INTERVIEWS, SUPPORT_CONTACTS, LEADS,
        QUOTES, PRODUCT_USAGE, HOLDINGS, CAMPAIGN_CONTACTS, COUPON_REDEMPTIONS, REFERRALS, CONSENTS, EXCHANGE_RATES,
    )
}

#: Entities with a column of free text, which is restricted.
WITH_TEXT: tuple[str, ...] = tuple(
    name for name, one in ENTITIES.items() if any(column.name == "text" for column in one.identifiers)
)

__all__ = [
    "CAMPAIGN_CONTACTS",
    "CONSENTS",
    "COUPON_REDEMPTIONS",
    "ENTITIES",
    "EXCHANGE_RATES",
    "HOLDINGS",
    "INTERVIEWS",
    "LEADS",
    "ORDERS",
    "PRODUCTS",
    "PRODUCT_USAGE",
    "PROFILES",
    "QUOTES",
    "REFERRALS",
    "SOCIAL_ACTIVITY",
    "SOURCE_ACCOUNT_ID",
    "SUPPORT_CONTACTS",
    "SURVEY_ANSWERS",
    "WEB_VISITS",
    "WITH_TEXT",
    "Entity",
]
