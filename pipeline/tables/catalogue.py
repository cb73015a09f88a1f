"""The feature catalogue: every feature of a customer, with family, evidence, window, null meaning.

Belongs here: what a feature means. Does not belong here: how it is computed (``features``,
one module a family).

Windows count periods that end with the row's period: ``12p`` is the last twelve. Rates are
per 30 days of exposure: days from the later of the window's start and the customer's first
event to as_of, so that months of 28 and 31 days compare and new customers are not diluted.
"""

from dataclasses import dataclass

import pyarrow as pa

from pipeline.tables.model import AMOUNT, FLAG, INTEGER, NUMBER, TEXT, TIMESTAMP, Field

ORDERS, PROFILES, PRODUCTS = "orders", "profiles", "products"
CAMPAIGNS, REDEMPTIONS = "campaign_contacts", "coupon_redemptions"


@dataclass(frozen=True)
class Feature:
    """One feature: its column, the family that computes it, and the entities it needs.

    ``told_by`` are columns (entity, column) of which a source must map at least one, beside those
    that its entities need anyway; none where these suffice.
    """

    field: Field
    family: str
    entities: tuple[str, ...]
    window: str
    told_by: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.field.name

    @property
    def is_numeric(self) -> bool:
        """Whether the feature is a number (counts, amounts, shares), not a category or flag."""
        return not (pa.types.is_string(self.field.type) or pa.types.is_boolean(self.field.type) or pa.types.is_timestamp(self.field.type))


def _feature(
    family: str,
    name: str,
    meaning: str,
    unit: str,
    window: str = "12p",
    entities: tuple[str, ...] = (ORDERS,),
    type: pa.DataType = NUMBER,
    null: str = "no order in the window",
    minimum: float | None = 0,
    maximum: float | None = None,
    pii: str = "none",
    told_by: tuple[tuple[str, str], ...] = (),
) -> Feature:
    if entities and not null:
        null = f"the project has no {' or '.join(one.replace('_', ' ') for one in entities)}"
    column = Field(name, type, meaning, unit, (), minimum, maximum, pii, null)  # type: ignore[arg-type]
    return Feature(column, family, entities, window, told_by)


FEATURES: tuple[Feature, ...] = (
    # value: recency, frequency, monetary value (Hughes, 1994)
    _feature("value", "recency_days", "Days from the last order to as_of.", "days"),
    _feature("value", "orders_count_3p", "Orders in the last three periods.", "orders", "3p", type=INTEGER, null=""),
    _feature("value", "orders_count_6p", "Orders in the last six periods.", "orders", "6p", type=INTEGER, null=""),
    _feature("value", "orders_count_12p", "Orders in the window.", "orders", type=INTEGER, null=""),
    _feature("value", "net_amount_3p", "Bought less returned in the last three periods.", "project currency", "3p", type=AMOUNT, null="", minimum=None),
    _feature("value", "net_amount_12p", "Bought less returned in the window.", "project currency", type=AMOUNT, null="", minimum=None),
    _feature("value", "orders_per_30_days_12p", "Orders per 30 days of exposure.", "orders per 30 days", null=""),
    _feature("value", "net_amount_per_30_days_12p", "Bought less returned per 30 days of exposure.", "project currency per 30 days", null="", minimum=None),
    _feature("value", "average_order_amount_12p", "Mean value of an order.", "project currency"),
    _feature("value", "average_line_amount_12p", "Mean value of a bought line.", "project currency"),
    _feature("value", "order_amount_variation_12p", "Coefficient of variation of order values.", "ratio", null="fewer than two orders in the window, or their mean value is zero"),
    # behaviour: rhythm, basket, breadth, preference, habits
    _feature("behaviour", "lines_per_order_12p", "Mean number of bought lines in an order.", "lines"),
    _feature("behaviour", "order_days_count_12p", "Distinct days with an order.", "days", type=INTEGER, null=""),
    _feature("behaviour", "mean_gap_days_12p", "Mean gap between consecutive order days.", "days", null="fewer than two order days in the window"),
    _feature("behaviour", "gap_variation_12p", "Coefficient of variation of the gaps between order days.", "ratio", null="fewer than three order days in the window"),
    _feature("behaviour", "categories_count_12p", "Distinct categories bought.", "categories", entities=(ORDERS, PRODUCTS), type=INTEGER, null="no known category in the window"),
    _feature("behaviour", "products_count_12p", "Distinct products bought.", "products", type=INTEGER, null="no known product in the window"),
    _feature("behaviour", "top_category_12p", "Category with most lines (ties: alphabetical).", "", entities=(ORDERS, PRODUCTS), type=TEXT, null="no known category in the window", minimum=None),
    _feature("behaviour", "top_category_share_12p", "Share of lines in the top category.", "share 0-1", entities=(ORDERS, PRODUCTS), null="no known category in the window", maximum=1),
    _feature("behaviour", "category_concentration_12p", "Herfindahl index of lines over categories (Herfindahl, 1950).", "index 0-1", entities=(ORDERS, PRODUCTS), null="no known category in the window", maximum=1),
    _feature("behaviour", "stores_count_12p", "Distinct stores bought in.", "stores", type=INTEGER, null="no known store in the window"),
    _feature("behaviour", "top_store_share_12p", "Share of lines bought in the top store.", "share 0-1", null="no known store in the window", maximum=1),
    _feature("behaviour", "weekend_orders_share_12p", "Share of orders on Saturday or Sunday.", "share 0-1", maximum=1),
    _feature("behaviour", "evening_orders_share_12p", "Share of orders at or after 18:00.", "share 0-1", maximum=1),
    # satisfaction
    _feature("satisfaction", "returned_share_12p", "Value returned per value bought; above 1 when goods bought before the window come back.", "ratio", null="no value bought in the window"),
    # price sensitivity
    _feature("price_sensitivity", "discount_share_12p", "Discounts per value before discounts.", "share 0-1", null="nothing of any value bought in the window", maximum=1),
    _feature("price_sensitivity", "discounted_lines_share_12p", "Share of bought lines with a discount.", "share 0-1", maximum=1),
    _feature("price_sensitivity", "coupon_lines_share_12p", "Share of bought lines paid with a coupon.", "share 0-1", maximum=1),
    # engagement
    _feature("engagement", "campaign_contacts_count_12p", "Campaign contacts received.", "contacts", entities=(CAMPAIGNS,), type=INTEGER, null=""),
    _feature("engagement", "coupon_redemptions_count_12p", "Coupons redeemed.", "redemptions", entities=(REDEMPTIONS,), type=INTEGER, null=""),
    _feature(
        "engagement", "campaign_response_share_12p",
        "Campaign contacts answered, each once, per contact that could be: responded to or redeemed by the end of the next period, or a coupon of the campaign redeemed in the window.",
        "share 0-1", entities=(CAMPAIGNS,), null="no contact in the window of which a source tells responses or redemptions", maximum=1,
        told_by=((CAMPAIGNS, "responded_at"), (CAMPAIGNS, "redeemed_at"), (REDEMPTIONS, "redeemed_at")),
    ),
    _feature(
        "engagement", "campaign_open_share_12p", "Campaign contacts opened by the end of the next period, per contact of which openings are told.",
        "share 0-1", entities=(CAMPAIGNS,), null="no contact in the window of which a source tells openings", maximum=1, told_by=((CAMPAIGNS, "opened_at"),),
    ),
    # loyalty
    _feature("loyalty", "tenure_days", "Days from the first event to as_of; grows with the data, see is_tenure_censored.", "days", "lifetime", (), null=""),
    _feature("loyalty", "is_tenure_censored", "First seen in the project's first period, so the true tenure may be longer.", "", "lifetime", (), FLAG, null="", minimum=None),
    _feature("loyalty", "active_periods_share_12p", "Periods with an order, per period of the window since the first event.", "share 0-1", null="", maximum=1),
    _feature("loyalty", "silence_before_period_days", "Days of silence that ended in this period: from the last earlier order day of the window to the first of this period.", "days", null="no order in this period, or none before it in the window"),
    # trend: (a - b) / (|a| + |b|) of rates per day, a of the last three periods, b of the three before
    _feature("trend", "net_amount_trend_index_6p", "Change of value per day, last three periods against the three before.", "index -1 to 1", "6p", null="fewer than six periods since the first event, or both rates are zero", minimum=-1, maximum=1),
    _feature("trend", "orders_trend_index_6p", "Change of orders per day, last three periods against the three before.", "index -1 to 1", "6p", null="fewer than six periods since the first event, or both rates are zero", minimum=-1, maximum=1),
    _feature("churn_risk", "overdue_ratio", "Recency per mean gap.", "ratio", null="fewer than three order days in the window"),
    _feature("churn_risk", "silence_probability", "Probability that the customer has fallen silent: p / (p + (1 - p) exp(-recency / mean gap)), p = 1 / (n + 2) after n order days (exponential gaps; Laplace, 1814).", "probability 0-1", null="fewer than three order days in the window", maximum=1),
    # demographic and geographic
    _feature("demographic", "age_group", "Age band.", "", "as known", (PROFILES,), TEXT, "not known", None, None, "quasi"),
    _feature("demographic", "gender", "Gender.", "", "as known", (PROFILES,), TEXT, "not known", None, None, "quasi"),
    _feature("demographic", "income_amount", "Yearly income.", "project currency", "as known", (PROFILES,), AMOUNT, "not known", 0, None, "quasi"),
    _feature("demographic", "marital_status", "Marital status.", "", "as known", (PROFILES,), TEXT, "not known", None, None, "quasi"),
    _feature("demographic", "household_size_count", "Persons in the household.", "persons", "as known", (PROFILES,), INTEGER, "not known", 1, None, "quasi"),
    _feature("demographic", "children_count", "Children in the household.", "persons", "as known", (PROFILES,), INTEGER, "not known", 0, None, "quasi"),
    _feature("demographic", "home_ownership", "Owner or renter.", "", "as known", (PROFILES,), TEXT, "not known", None, None, "quasi"),
    _feature("geographic", "country", "Country.", "", "as known", (PROFILES,), TEXT, "not known", None, None, "quasi"),
    _feature("geographic", "region", "Region.", "", "as known", (PROFILES,), TEXT, "not known", None, None, "quasi"),
    _feature("geographic", "city", "City.", "", "as known", (PROFILES,), TEXT, "not known", None, None, "quasi"),
    # evidence
    _feature("evidence", "observed_periods_count", "Periods of the project from the first event to this one, both included.", "periods", "lifetime", (), INTEGER, null="", minimum=1),
    _feature("evidence", "feature_evidence_share", "Features that are known, per feature that the project's sources can give; this family is not counted.", "share 0-1", "as known", (), null="", maximum=1),
)

BY_NAME: dict[str, Feature] = {one.name: one for one in FEATURES}

#: Last event of any kind, kept beside the features so that the retention rule can be read off.
FIRST_AND_LAST = (
    Field("first_seen_at", TIMESTAMP, "First event of the customer that was collected.", "UTC timestamp"),
    Field("last_active_at", TIMESTAMP, "Last event before as_of.", "UTC timestamp"),
)
