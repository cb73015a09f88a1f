"""Every column of the lake that is not a feature, each defined once.

Belongs here: name, type, unit, meaning, privacy class, allowed values. Does not belong
here: which table lists a column (one module a zone), or features (``catalogue``).
"""

import pyarrow as pa

from pipeline.tables.model import (
    AMOUNT,
    AMOUNT_SQUARED,
    DAY,
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Field,
)

# --- keys -----------------------------------------------------------------------------
period = Field("period", TEXT, "Period of the row: a month (2017-03) or an ISO week (2017-W09-1) of the project's time zone; the hive partition.")
source = Field("source", TEXT, "Name of the source in the project's settings.")
account_id = Field("account_id", TEXT, "A record of one customer in one source; derived from the account space and the source's own id.")
customer_id = Field("customer_id", TEXT, "The person or firm behind one or more accounts; outlives runs, refits and merges.")

# --- orders ---------------------------------------------------------------------------
order_id = Field("order_id", TEXT, "Order, receipt or invoice that the line belongs to, as the source numbers it.")
line_key = Field("line_key", TEXT, "Key of the line within the source: mapped, or a digest of the line's content.")
ordered_at = Field("ordered_at", TIMESTAMP, "When the order was placed.", "UTC timestamp")
ordered_date = Field("ordered_date", DAY, "Day of the order in the project's time zone.")
ordered_hour = Field("ordered_hour", INTEGER, "Hour of the order in the project's time zone.", "hours", minimum=0, maximum=23)
product_id = Field("product_id", TEXT, "Product as the source numbers it.", null_meaning="the source names no product")
quantity = Field("quantity", AMOUNT, "Units on the line; negative on a return.", "units")
unit_price_amount = Field("unit_price_amount", AMOUNT, "Price paid per unit.", "project currency", minimum=0)
net_amount = Field("net_amount", AMOUNT, "Value of the line after discounts; negative on a return.", "project currency")
discount_amount = Field("discount_amount", AMOUNT, "Price reduction granted by the seller on the line.", "project currency", minimum=0)
coupon_amount = Field("coupon_amount", AMOUNT, "Part of the line paid by coupons.", "project currency", minimum=0)
channel = Field("channel", TEXT, "Sales or contact channel.", null_meaning="not known")
store_id = Field("store_id", TEXT, "Store or site.", null_meaning="not known")
is_return = Field("is_return", FLAG, "The line takes goods back.")

# --- products -------------------------------------------------------------------------
product_name = Field("product_name", TEXT, "Name of the product.", null_meaning="not known")
brand = Field("brand", TEXT, "Brand, or the kind of brand.", null_meaning="not known")
category = Field("category", TEXT, "Top level of the category path.", null_meaning="not known")
subcategory = Field("subcategory", TEXT, "Second level of the category path.", null_meaning="not known")

# --- profiles -------------------------------------------------------------------------
full_name = Field("full_name", TEXT, "Name as the source writes it.", pii="direct")
email = Field("email", TEXT, "E-mail address.", pii="direct")
phone = Field("phone", TEXT, "Phone number.", pii="direct")
address = Field("address", TEXT, "Street address.", pii="direct")
birth_date = Field("birth_date", DAY, "Date of birth.", pii="direct")
gender = Field("gender", TEXT, "Gender as recorded.", pii="quasi", null_meaning="not known")
age_group = Field("age_group", TEXT, "Age band as recorded by the source.", pii="quasi", null_meaning="not known")
income_amount = Field("income_amount", AMOUNT, "Yearly income; the middle of the band where the source gives bands.", "project currency", minimum=0, pii="quasi", null_meaning="not known")
occupation = Field("occupation", TEXT, "Occupation as recorded.", pii="quasi", null_meaning="not known")
education = Field("education", TEXT, "Education as recorded.", pii="quasi", null_meaning="not known")
marital_status = Field("marital_status", TEXT, "Marital status as recorded.", pii="quasi", null_meaning="not known")
household_size_count = Field("household_size_count", INTEGER, "Persons in the household.", "persons", minimum=1, pii="quasi", null_meaning="not known")
children_count = Field("children_count", INTEGER, "Children in the household.", "persons", minimum=0, pii="quasi", null_meaning="not known")
home_ownership = Field("home_ownership", TEXT, "Owner or renter, as recorded.", pii="quasi", null_meaning="not known")
language = Field("language", TEXT, "Preferred language.", pii="quasi", null_meaning="not known")
city = Field("city", TEXT, "City.", pii="quasi", null_meaning="not known")
region = Field("region", TEXT, "Region, state or province.", pii="quasi", null_meaning="not known")
country = Field("country", TEXT, "Country.", pii="quasi", null_meaning="not known")
acquisition_channel = Field("acquisition_channel", TEXT, "Channel that won the customer.", null_meaning="not known")
created_at = Field("created_at", TIMESTAMP, "When the source made the record.", "UTC timestamp", null_meaning="not known")
updated_at = Field("updated_at", TIMESTAMP, "When the source last changed the record.", "UTC timestamp", null_meaning="not known")

# --- campaigns ------------------------------------------------------------------------
campaign_id = Field("campaign_id", TEXT, "Campaign as the source numbers it.")
campaign_kind = Field("campaign_kind", TEXT, "Kind of campaign.", null_meaning="not known")
sent_at = Field("sent_at", TIMESTAMP, "When the campaign reached the account.", "UTC timestamp")
coupon_id = Field("coupon_id", TEXT, "Coupon as the source numbers it.", null_meaning="not known")
redeemed_at = Field("redeemed_at", TIMESTAMP, "When the coupon was redeemed.", "UTC timestamp")

# --- rows set aside and accounted -----------------------------------------------------
file = Field("file", TEXT, "File, table or address that the row was read from.")
row = Field("row", INTEGER, "Number of the row in its file, from 1.", minimum=0)
disposition = Field("disposition", TEXT, "Why the row is not in the clean table: a duplicate of a kept row, or quarantined.", values=("duplicate", "quarantined"))
rule = Field("rule", TEXT, "Rule that set the row aside.")
column = Field("column", TEXT, "Column that broke the rule.", null_meaning="the rule concerns the whole row")
found = Field("found", TEXT, "The value that broke the rule, as it came.", pii="direct", null_meaning="the value was missing")
expected = Field("expected", TEXT, "What the rule expects.")
raw_row = Field("raw_row", TEXT, "The whole row as it came, as JSON.", pii="direct")
collected_at = Field("collected_at", TIMESTAMP, "When the row was collected.", "UTC timestamp")
entity = Field("entity", TEXT, "Entity that the source's rows become.")
rows_read_count = Field("rows_read_count", INTEGER, "Rows collected for the period.", "rows", minimum=0)
rows_kept_count = Field("rows_kept_count", INTEGER, "Rows in the clean table.", "rows", minimum=0)
duplicates_dropped_count = Field("duplicates_dropped_count", INTEGER, "Rows dropped as duplicates of kept rows.", "rows", minimum=0)
rows_quarantined_count = Field("rows_quarantined_count", INTEGER, "Rows set aside because they break a rule.", "rows", minimum=0)
late_rows_count = Field("late_rows_count", INTEGER, "Rows among those read that arrived after the period was first collected.", "rows", minimum=0)
quarantined_share = Field("quarantined_share", NUMBER, "Rows quarantined per row read.", "share 0-1", minimum=0, maximum=1, null_meaning="nothing was read")

# --- customers ------------------------------------------------------------------------
link_kind = Field("link_kind", TEXT, "How the account came to its customer.", values=("own_account",))
first_seen_at = Field("first_seen_at", TIMESTAMP, "First event of the account or customer that was collected.", "UTC timestamp")
last_active_at = Field("last_active_at", TIMESTAMP, "Last event before the end of the period.", "UTC timestamp")
accounts_count = Field("accounts_count", INTEGER, "Accounts linked to the customer.", "accounts", minimum=1)
is_first_seen_censored = Field("is_first_seen_censored", FLAG, "First seen in the project's first period: the customer may be older than the data.")
is_in_population = Field("is_in_population", FLAG, "Active within the retention window, so counted in the population of the period.")

# --- activity ledgers -----------------------------------------------------------------
orders_count = Field("orders_count", INTEGER, "Orders with at least one bought line.", "orders", minimum=0)
lines_count = Field("lines_count", INTEGER, "Bought lines.", "lines", minimum=0)
units_quantity = Field("units_quantity", AMOUNT, "Units bought.", "units", minimum=0)
bought_amount = Field("bought_amount", AMOUNT, "Value of bought lines after discounts.", "project currency", minimum=0)
returned_amount = Field("returned_amount", AMOUNT, "Value of lines taken back, as a positive amount.", "project currency", minimum=0)
return_lines_count = Field("return_lines_count", INTEGER, "Lines taken back.", "lines", minimum=0)
discount_amount_sum = Field("discount_amount_sum", AMOUNT, "Discounts on bought lines.", "project currency", minimum=0)
coupon_amount_sum = Field("coupon_amount_sum", AMOUNT, "Coupons on bought lines.", "project currency", minimum=0)
discounted_lines_count = Field("discounted_lines_count", INTEGER, "Bought lines with a discount.", "lines", minimum=0)
coupon_lines_count = Field("coupon_lines_count", INTEGER, "Bought lines paid with a coupon.", "lines", minimum=0)
order_amount_squared_sum = Field("order_amount_squared_sum", AMOUNT_SQUARED, "Sum over orders of the squared order value.", "project currency squared", minimum=0)
weekend_orders_count = Field("weekend_orders_count", INTEGER, "Orders on a Saturday or Sunday, project's time zone.", "orders", minimum=0)
evening_orders_count = Field("evening_orders_count", INTEGER, "Orders at or after 18:00, project's time zone.", "orders", minimum=0)
order_days_count = Field("order_days_count", INTEGER, "Distinct days with an order, project's time zone.", "days", minimum=0)
first_order_date = Field("first_order_date", DAY, "First day with an order in the period.", null_meaning="no bought line")
last_order_date = Field("last_order_date", DAY, "Last day with an order in the period.", null_meaning="no bought line")
gap_days_squared_sum = Field("gap_days_squared_sum", INTEGER, "Sum of squared gaps between consecutive order days within the period.", "days squared", minimum=0)
first_event_at = Field("first_event_at", TIMESTAMP, "First event of the account in the period.", "UTC timestamp")
last_event_at = Field("last_event_at", TIMESTAMP, "Last event of the account in the period.", "UTC timestamp")
last_order_at = Field("last_order_at", TIMESTAMP, "Last bought line in the period.", "UTC timestamp", null_meaning="no bought line")
key_kind = Field("key_kind", TEXT, "What the key counts.", values=("product", "category", "store", "channel"))
key = Field("key", TEXT, "Product, category, store or channel.")
contacts_count = Field("contacts_count", INTEGER, "Campaign contacts.", "contacts", minimum=0)
redemptions_count = Field("redemptions_count", INTEGER, "Coupon redemptions.", "redemptions", minimum=0)
campaigns_redeemed_count = Field("campaigns_redeemed_count", INTEGER, "Distinct campaigns of which a coupon was redeemed.", "campaigns", minimum=0)

# --- schemes and segments -------------------------------------------------------------
scheme = Field("scheme", TEXT, "One way of segmenting.")
scheme_version = Field("scheme_version", TEXT, "Frozen version that scored the row: scheme@period of its fit.", null_meaning="no version has been fitted yet")
segment_id = Field("segment_id", TEXT, "Segment: scheme:name. Outlives refits.", null_meaning="see status")
status = Field("status", TEXT, "Whether there is an assignment, or the reason why not.", values=("assigned", "insufficient_data", "not_applicable"))
score = Field("score", NUMBER, "Score of the scheme: for tiers 0-100, higher means more of the quality.", "score 0-100", minimum=0, maximum=100, null_meaning="not assigned, or the scheme has no score")
confidence = Field("confidence", NUMBER, "Membership in the assigned segment: how sure the assignment is, given the usual noise from period to period.", "probability 0-1", minimum=0, maximum=1, null_meaning="not assigned")
runner_up_segment_id = Field("runner_up_segment_id", TEXT, "Next most fitting segment.", null_meaning="not assigned, or no second segment")
margin = Field("margin", NUMBER, "Confidence minus the runner-up's membership.", "probability", minimum=-1, maximum=1, null_meaning="not assigned")
evidence_share = Field("evidence_share", NUMBER, "Weighted share of the scheme's inputs that are known for the customer.", "share 0-1", minimum=0, maximum=1)
REASON = pa.struct(
    [
        pa.field("feature", TEXT),
        pa.field("value", NUMBER),
        pa.field("direction", TEXT),
        pa.field("contribution", NUMBER),
    ]
)
reasons = Field("reasons", pa.list_(REASON), "Up to three features that weighed most: name, value, direction (raises, lowers), contribution to the score or membership.", null_meaning="not assigned")
is_refit = Field("is_refit", FLAG, "A new version came into force in this period.")
fitted_period = Field("fitted_period", TEXT, "Period on whose features the version was fitted.", null_meaning="no version has been fitted yet")
parameters = Field("parameters", TEXT, "Frozen parameters of the version, as JSON: cut points, grids, centres.", null_meaning="no version has been fitted yet")
gates = Field("gates", TEXT, "Gates that the last fit had to pass and what came out, as JSON.", null_meaning="no fit was tried")
customers_fitted_count = Field("customers_fitted_count", INTEGER, "Customers whose features were fitted on.", "customers", minimum=0, null_meaning="no version has been fitted yet")
seed = Field("seed", INTEGER, "Seed of the fit.")
label = Field("label", TEXT, "Name of the segment for readers, in English.")
label_zh = Field("label_zh", TEXT, "Name of the segment for readers, in Chinese.")
born_period = Field("born_period", TEXT, "Period in which the segment came into being.")
retired_period = Field("retired_period", TEXT, "Period in which the segment ceased.", null_meaning="the segment lives")
event = Field("event", TEXT, "What happened to the segment in this period.", values=("none", "born", "continued", "split", "merged", "retired", "ambiguous"))
related_segment_ids = Field("related_segment_ids", pa.list_(TEXT), "Segments that took part in the event: parents of a split or birth, the heir of a merge.")
overlap_share = Field("overlap_share", NUMBER, "Jaccard overlap, at the refit, between the segment under the old and the new version.", "share 0-1", minimum=0, maximum=1, null_meaning="no refit in this period")

# --- movement -------------------------------------------------------------------------
from_state = Field("from_state", TEXT, "Segment, or status, in the previous period.")
to_state = Field("to_state", TEXT, "Segment, or status, in this period.")
behaviour_state = Field("behaviour_state", TEXT, "Where the previous version puts the customer on the new features: the step between behaviour and model.")
cause = Field("cause", TEXT, "Why the customer moved: the first step of the path that changed the segment.", values=("late_data", "identity", "behaviour", "model"))
population_previous_count = Field("population_previous_count", INTEGER, "Customers in the segment in the previous period.", "customers", minimum=0)
entered_count = Field("entered_count", INTEGER, "Customers new to the population.", "customers", minimum=0)
returned_count = Field("returned_count", INTEGER, "Customers who were outside the population and are back.", "customers", minimum=0)
left_count = Field("left_count", INTEGER, "Customers of the previous period who are no longer in the population.", "customers", minimum=0)
moved_in_behaviour_count = Field("moved_in_behaviour_count", INTEGER, "Moves into the segment caused by behaviour.", "customers", minimum=0)
moved_in_model_count = Field("moved_in_model_count", INTEGER, "Moves into the segment caused by a refit.", "customers", minimum=0)
moved_in_identity_count = Field("moved_in_identity_count", INTEGER, "Moves into the segment caused by merged or split customers.", "customers", minimum=0)
moved_in_late_data_count = Field("moved_in_late_data_count", INTEGER, "Moves into the segment caused by late data.", "customers", minimum=0)
moved_out_behaviour_count = Field("moved_out_behaviour_count", INTEGER, "Moves out of the segment caused by behaviour.", "customers", minimum=0)
moved_out_model_count = Field("moved_out_model_count", INTEGER, "Moves out of the segment caused by a refit.", "customers", minimum=0)
moved_out_identity_count = Field("moved_out_identity_count", INTEGER, "Moves out of the segment caused by merged or split customers.", "customers", minimum=0)
moved_out_late_data_count = Field("moved_out_late_data_count", INTEGER, "Moves out of the segment caused by late data.", "customers", minimum=0)
population_count = Field("population_count", INTEGER, "Customers in the segment in this period.", "customers", minimum=0)
population_share = Field("population_share", NUMBER, "Share of the scheme's population.", "share 0-1", minimum=0, maximum=1)
state = Field("state", TEXT, "Segment, or status where there is no assignment.")

# --- drift ----------------------------------------------------------------------------
feature = Field("feature", TEXT, "Feature, or scheme whose segment mix is profiled.")
bin = Field("bin", INTEGER, "Number of the bin, from 0; edges are fixed when the profile is first fitted.", minimum=0)
bin_label = Field("bin_label", TEXT, "Category, or 'missing'; for numbers the half-open interval.")
bin_lower = Field("bin_lower", NUMBER, "Lower edge, inclusive.", null_meaning="open below, or a category")
bin_upper = Field("bin_upper", NUMBER, "Upper edge, exclusive.", null_meaning="open above, or a category")
bin_count = Field("bin_count", INTEGER, "Customers in the bin.", "customers", minimum=0)
bin_sum = Field("bin_sum", NUMBER, "Sum of the feature over the bin.", null_meaning="a category, or missing values")
bin_squared_sum = Field("bin_squared_sum", NUMBER, "Sum of squares of the feature over the bin.", null_meaning="a category, or missing values")
level = Field("level", TEXT, "What the finding is about.", values=("source", "feature", "segment_mix", "movement"))
subject = Field("subject", TEXT, "Source and measure, feature, or scheme that was compared.")
comparison = Field("comparison", TEXT, "What this period was compared with.", values=("previous_period",))
measure = Field("measure", TEXT, "Measure of change.", values=("row_count_ratio", "quarantined_share_change", "kolmogorov_smirnov", "total_variation", "shorrocks_index"))
value = Field("value", NUMBER, "Value of the measure.", null_meaning="not enough data")
effect = Field("effect", NUMBER, "Size of the change in standard terms: standardized mean difference for numbers, excess total variation for categories, log ratio for volumes.", null_meaning="not enough data")
population_stability_index = Field("population_stability_index", NUMBER, "Population stability index between the two profiles.", minimum=0, null_meaning="not defined for this level")
wasserstein_distance = Field("wasserstein_distance", NUMBER, "First Wasserstein distance in the feature's unit.", minimum=0, null_meaning="not defined for this level")
p_value = Field("p_value", NUMBER, "Two-sample p-value.", "probability 0-1", minimum=0, maximum=1, null_meaning="not enough data")
q_value = Field("q_value", NUMBER, "p-value adjusted over all findings of the period (Benjamini and Hochberg, 1995).", "probability 0-1", minimum=0, maximum=1, null_meaning="not enough data")
severity = Field("severity", TEXT, "Verdict.", values=("none", "minor", "major"))
history_status = Field("history_status", TEXT, "Whether the scale of normal change could be learned from history.", values=("history_short", "learned", "not_comparable"))
explanation = Field("explanation", TEXT, "The finding in one sentence.")

# --- portraits and catalogue of the publication ---------------------------------------
mean_value = Field("mean_value", NUMBER, "Mean of the feature in the segment.", null_meaning="no known value")
population_mean_value = Field("population_mean_value", NUMBER, "Mean of the feature in the population of the scheme.", null_meaning="no known value")
standardized_difference = Field("standardized_difference", NUMBER, "Difference of means in standard deviations of the population.", null_meaning="no spread, or no known value")
previous_mean_value = Field("previous_mean_value", NUMBER, "Mean of the feature in the segment in the previous period.", null_meaning="no previous period")
known_share = Field("known_share", NUMBER, "Share of the segment's customers whose value is known.", "share 0-1", minimum=0, maximum=1)
rank = Field("rank", INTEGER, "Rank by distance from the population, 1 sets the segment apart most.", minimum=1)
handling = Field("handling", TEXT, "Recommended handling, in English.")
handling_zh = Field("handling_zh", TEXT, "Recommended handling, in Chinese.")
