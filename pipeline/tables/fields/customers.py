"""Columns of accounts and customers, and of what is counted of them in a period.

Belongs here: how accounts are linked, customers and their events, activity ledgers. Does not belong here: which table lists a column (one module a zone).
"""

import pyarrow as pa

from pipeline.tables.fields.safe import OF_ID
from pipeline.tables.model import FLAG, INTEGER, NUMBER, TEXT, TIMESTAMP, Field

# --- customers ------------------------------------------------------------------------
account_space = Field("account_space", TEXT, "Space that the account's number is of: the source's name, unless sources share their account ids.")
source_account_id = Field("source_account_id", TEXT, "What the company's own source calls the account, normalised.", pii="direct")
link_kind = Field("link_kind", TEXT, "How the account came to its customer: alone, by a rule on equal identifiers, by the fitted model, or by an override.", values=("own_account", "rule", "model", "override"))
linked_account_id = Field("linked_account_id", TEXT, "The other account of the customer that this one is linked to most strongly.", null_meaning="the account stands alone")
left_account_id = Field("left_account_id", TEXT, "One account of the pair, the smaller id.")
right_account_id = Field("right_account_id", TEXT, "The other account of the pair.")
match_weight = Field("match_weight", NUMBER, "Evidence that both accounts are one customer: log2 of the odds (Fellegi and Sunter, 1969).", "bits", null_meaning="linked without a model")
match_probability = Field("match_probability", NUMBER, "Probability that both accounts are one customer.", "probability 0-1", minimum=0, maximum=1, null_meaning="linked without a model")
link_rule = Field("link_rule", TEXT, "Rule that linked the pair, 'model' for the fitted model, or 'override'.")
match_evidence = Field("match_evidence", TEXT, "Level of agreement and weight of each compared attribute, as JSON, without any value.")
identity_digest = Field("identity_digest", TEXT, "Digest of everything that is compared: the account changed when this did.")
identity_version = Field("identity_version", TEXT, "Version of the fitted linkage model: i followed by the period of its fit.", null_meaning="no model has been fitted yet")
accounts_fitted_count = Field("accounts_fitted_count", INTEGER, "Accounts that the linkage model was fitted on.", "accounts", minimum=0, null_meaning="no model has been fitted yet")
customer_status = Field("customer_status", TEXT, "Whether the customer id is in use; of an excluded customer nothing is known any more but the id.", values=("live", "merged", "excluded"), zh="该客户编号是否在用；被排除的客户除编号外不再保留任何信息。")
founding_account_id = Field("founding_account_id", TEXT, "Account that the customer id was made from.", safe_by=OF_ID, zh="产生该客户编号的账户。")
merged_into_customer_id = Field("merged_into_customer_id", TEXT, "Customer that took over the accounts.", null_meaning="the id is in use", safe_by=OF_ID, zh="接收其账户的客户。")
customer_event = Field("customer_event", TEXT, "What happened to the customer id in this period.", values=("created", "merged", "split", "undone"), zh="本周期该客户编号发生了什么。")
related_customer_id = Field("related_customer_id", TEXT, "The other customer of the event: merged into, split from, or restored from; the customer itself when created from new accounts.", safe_by=OF_ID, zh="事件中的另一个客户：并入、拆分或恢复的对方；由新账户产生时为该客户自己。")
event_cause = Field("event_cause", TEXT, "What brought the event about.", values=("accounts", "rule", "model", "override"), zh="该事件的起因。")
accounts_moved_count = Field("accounts_moved_count", INTEGER, "Accounts that came to the customer, or went to the related one.", "accounts", minimum=0, zh="转到该客户或转给对方的账户数。")
exclusion = Field("exclusion", TEXT, "Exclusion of the settings that the account falls under.")
exclusion_route = Field("exclusion_route", TEXT, "How the exclusion reached the account: listed by number, by a condition on its rows, or linked to an account that it had reached.", values=("listed", "condition", "linked"))
excluded_by_account_id = Field("excluded_by_account_id", TEXT, "Excluded account that the account is linked to.", null_meaning="not reached by a link")
excluded_from_period = Field("excluded_from_period", TEXT, "First period in which the account is excluded.")
guard = Field("guard", TEXT, "Guard against over-merging that tripped.", values=("cluster_size", "conflicting_national_ids", "birth_dates", "given_names"))
measured = Field("measured", INTEGER, "What the guard measured in the cluster.")
limit = Field("limit", INTEGER, "Most that the guard allows.")
account_ids = Field("account_ids", pa.list_(TEXT), "Accounts of the cluster, sorted.")
attribute = Field("attribute", TEXT, "Attribute of the customer.")
survival_rule = Field("survival_rule", TEXT, "Why this account's value survived.", values=("only_value", "most_recent", "source_priority", "completeness", "account_order"))
first_seen_at = Field("first_seen_at", TIMESTAMP, "First event of the account or customer that was collected.", "UTC timestamp")
last_active_at = Field("last_active_at", TIMESTAMP, "Last event before the end of the period.", "UTC timestamp")
last_listed_at = Field("last_listed_at", TIMESTAMP, "Start of the last period whose profiles held the account.", "UTC timestamp", null_meaning="no profile did, or the population goes by events alone")
accounts_count = Field("accounts_count", INTEGER, "Accounts linked to the customer.", "accounts", minimum=1)
is_first_seen_censored = Field("is_first_seen_censored", FLAG, "First seen in the project's first period: the customer may be older than the data.")
is_in_population = Field("is_in_population", FLAG, "Counted in the population of the period: seen within the retention window, as the project's population rule asks.")

# --- activity ledgers -----------------------------------------------------------------
first_event_at = Field("first_event_at", TIMESTAMP, "First event of the account in the period.", "UTC timestamp")
last_event_at = Field("last_event_at", TIMESTAMP, "Last event of the account in the period.", "UTC timestamp")
key_kind = Field("key_kind", TEXT, "What the key counts.", values=("product", "category", "brand", "price_tier", "store", "channel"))
key = Field("key", TEXT, "Product, category, brand, price tier, store or channel.")
