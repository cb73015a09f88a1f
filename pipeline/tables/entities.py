"""Entities: what sources become after cleaning.

Belongs here: the columns a project's YAML may map, which of them are required, the event
time and the key of each entity. Does not belong here: rows set aside (``zones``) or rules of
normalisation (``clean``).
"""

from dataclasses import dataclass

from pipeline.tables import fields as f
from pipeline.tables.model import Field, Table, table


@dataclass(frozen=True)
class Entity:
    """An entity: its clean table, its event time (none for snapshots), its direct identifiers.

    ``mapped`` are the columns a source may supply; the others are derived in cleaning.
    ``needed`` must be mapped by every source of the entity.
    """

    clean: Table
    event_time: str | None
    mapped: tuple[Field, ...]
    needed: frozenset[str]
    identifiers: tuple[Field, ...] = ()
    has_account: bool = True

    @property
    def name(self) -> str:
        """Name of the entity."""
        return self.clean.name

    @property
    def restricted(self) -> Table | None:
        """Table of direct identifiers in the restricted zone, or none."""
        if not self.identifiers:
            return None
        columns = (f.period, f.source, f.account_id, *self.identifiers)
        optional = " ".join(one.name for one in self.identifiers)
        return table("restricted", self.name, "one account with its direct identifiers", "period account_id", columns, optional)


ORDERS = Entity(
    clean=table(
        "clean",
        "orders",
        "one order line",
        "period source line_key",
        (
            f.period, f.source, f.account_id, f.order_id, f.line_key, f.ordered_at, f.ordered_date, f.ordered_hour,
            f.product_id, f.quantity, f.unit_price_amount, f.net_amount, f.discount_amount, f.coupon_amount,
            f.channel, f.store_id, f.is_return,
        ),
        "product_id channel store_id",
    ),
    event_time="ordered_at",
    mapped=(
        f.order_id, f.line_key, f.ordered_at, f.product_id, f.quantity, f.unit_price_amount, f.net_amount,
        f.discount_amount, f.coupon_amount, f.channel, f.store_id, f.is_return,
    ),
    needed=frozenset({"order_id", "ordered_at", "quantity"}),
)

PRODUCTS = Entity(
    clean=table(
        "clean",
        "products",
        "one product",
        "period product_id",
        (f.period, f.source, f.product_id, f.product_name, f.brand, f.category, f.subcategory),
        "product_name brand category subcategory",
    ),
    event_time=None,
    mapped=(f.product_id, f.product_name, f.brand, f.category, f.subcategory),
    needed=frozenset({"product_id"}),
    has_account=False,
)

_PROFILE = (
    f.gender, f.age_group, f.income_amount, f.occupation, f.education, f.marital_status, f.household_size_count,
    f.children_count, f.home_ownership, f.language, f.city, f.region, f.country, f.acquisition_channel,
    f.created_at, f.updated_at,
)

PROFILES = Entity(
    clean=table(
        "clean",
        "profiles",
        "one account as its source knows it",
        "period account_id",
        (f.period, f.source, f.account_id, *_PROFILE),
        " ".join(one.name for one in _PROFILE),
    ),
    event_time=None,
    mapped=_PROFILE,
    needed=frozenset(),
    identifiers=(f.full_name, f.email, f.phone, f.address, f.birth_date),
)

CAMPAIGN_CONTACTS = Entity(
    clean=table(
        "clean",
        "campaign_contacts",
        "one contact of an account by a campaign",
        "period source line_key",
        (f.period, f.source, f.account_id, f.line_key, f.campaign_id, f.campaign_kind, f.channel, f.sent_at),
        "campaign_kind channel",
    ),
    event_time="sent_at",
    mapped=(f.line_key, f.campaign_id, f.campaign_kind, f.channel, f.sent_at),
    needed=frozenset({"campaign_id", "sent_at"}),
)

COUPON_REDEMPTIONS = Entity(
    clean=table(
        "clean",
        "coupon_redemptions",
        "one redemption of a coupon",
        "period source line_key",
        (f.period, f.source, f.account_id, f.line_key, f.campaign_id, f.coupon_id, f.redeemed_at),
        "coupon_id",
    ),
    event_time="redeemed_at",
    mapped=(f.line_key, f.campaign_id, f.coupon_id, f.redeemed_at),
    needed=frozenset({"campaign_id", "redeemed_at"}),
)

ENTITIES: dict[str, Entity] = {
    one.name: one for one in (ORDERS, PRODUCTS, PROFILES, CAMPAIGN_CONTACTS, COUPON_REDEMPTIONS)
}

#: What a source calls an account; every entity with accounts needs it mapped.
SOURCE_ACCOUNT_ID = "source_account_id"
