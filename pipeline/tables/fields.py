"""Every column of the lake that is not a feature, each defined once.

Belongs here: name, type, unit, meaning, privacy class, allowed values. Does not belong
here: which table lists a column (one module a zone), or features (their declarations).
"""

import pyarrow as pa

from pipeline.tables.model import (
    AMOUNT,
    DAY,
    FLAG,
    INTEGER,
    NUMBER,
    RATE,
    TEXT,
    TIMESTAMP,
    Field,
)

#: Why texts that could hold anything hold no quasi-identifier of a customer (law L6).
_PERIOD, _SEGMENT, _WITHHELD = "a period", "a segment, or a status, by its id", "null for a feature that is withheld (segments.withheld)"
_ID, _NAME = "an id that says nothing of the customer", "a name from the program, the settings or both"

# --- keys -----------------------------------------------------------------------------
period = Field("period", TEXT, "Period of the row: a month (2017-03) or an ISO week (2017-W09-1) of the project's time zone.", safe_by=_PERIOD, zh="该行所属的周期：项目时区中的月份（2017-03）或 ISO 周（2017-W09-1）。")
source = Field("source", TEXT, "Name of the source in the project's settings.", safe_by=_NAME, zh="项目设置中的数据源名称。")
account_id = Field("account_id", TEXT, "A record of one customer in one source; a keyed digest of the account space and the source's own id.", safe_by=_ID)
customer_id = Field("customer_id", TEXT, "The person or firm behind one or more accounts; outlives runs, refits and merges.", safe_by=_ID, zh="一个或多个账户背后的个人或企业；不因运行、重新拟合或合并而改变。")

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
list_price_amount = Field("list_price_amount", AMOUNT, "List price per unit.", "project currency", minimum=0, null_meaning="not known")
cost_amount = Field("cost_amount", AMOUNT, "What the goods, or the contact, cost the company.", "project currency", minimum=0, null_meaning="not known")
currency = Field("currency", TEXT, "Currency that the source's amounts were in before conversion (ISO 4217).", null_meaning="the project's currency")
is_return = Field("is_return", FLAG, "The line takes goods back.")

# --- products -------------------------------------------------------------------------
product_name = Field("product_name", TEXT, "Name of the product.", null_meaning="not known")
price_tier = Field("price_tier", TEXT, "Price tier of the product as the seller sets it.", null_meaning="not known")
brand = Field("brand", TEXT, "Brand, or the kind of brand.", null_meaning="not known")
category = Field("category", TEXT, "Top level of the category path.", null_meaning="not known")
subcategory = Field("subcategory", TEXT, "Second level of the category path.", null_meaning="not known")

# --- profiles -------------------------------------------------------------------------
full_name = Field("full_name", TEXT, "Name without honorifics, white space and width unified.", pii="direct", null_meaning="not known")
given_name = Field("given_name", TEXT, "Given name or names: mapped, or split from the full name.", pii="direct", null_meaning="not known")
family_name = Field("family_name", TEXT, "Family name: mapped, or split from the full name.", pii="direct", null_meaning="not known")
email = Field("email", TEXT, "E-mail address, lower case, syntax checked.", pii="direct", null_meaning="not known, or unusable")
phone = Field("phone", TEXT, "Phone number in E.164 (+8613812345678).", pii="direct", null_meaning="not known, or unusable")
address = Field("address", TEXT, "Street address.", pii="direct", null_meaning="not known")
birth_date = Field("birth_date", DAY, "Date of birth.", pii="direct", null_meaning="not known, or unusable")
national_id = Field("national_id", TEXT, "Number that a state gives to one person or firm: social security, identity card, tax.", pii="direct", null_meaning="not known")
postcode = Field("postcode", TEXT, "Postal code without blanks, upper case.", pii="direct", null_meaning="not known")
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
country = Field("country", TEXT, "Country (ISO 3166-1 alpha-2).", pii="quasi", null_meaning="not known")
acquisition_channel = Field("acquisition_channel", TEXT, "Channel that won the customer.", null_meaning="not known")
created_at = Field("created_at", TIMESTAMP, "When the source made the record.", "UTC timestamp", null_meaning="not known")
updated_at = Field("updated_at", TIMESTAMP, "When the source last changed the record.", "UTC timestamp", null_meaning="not known")

# --- campaigns ------------------------------------------------------------------------
campaign_id = Field("campaign_id", TEXT, "Campaign as the source numbers it.")
campaign_kind = Field("campaign_kind", TEXT, "Kind of campaign.", null_meaning="not known")
sent_at = Field("sent_at", TIMESTAMP, "When the campaign reached the account.", "UTC timestamp")
offer = Field("offer", TEXT, "What was offered.", null_meaning="not known")
opened_at = Field("opened_at", TIMESTAMP, "When it was opened.", "UTC timestamp", null_meaning="not opened")
responded_at = Field("responded_at", TIMESTAMP, "When it was answered.", "UTC timestamp", null_meaning="not answered")
coupon_id = Field("coupon_id", TEXT, "Coupon as the source numbers it.", null_meaning="not known")
redeemed_at = Field("redeemed_at", TIMESTAMP, "When the coupon or offer was redeemed.", "UTC timestamp", null_meaning="not redeemed")

# --- web, social, surveys, interviews ------------------------------------------------
started_at = Field("started_at", TIMESTAMP, "When the visit began.", "UTC timestamp")
device = Field("device", TEXT, "Kind of device.", null_meaning="not known")
pages_count = Field("pages_count", INTEGER, "Pages seen.", "pages", minimum=0, null_meaning="not known")
duration_seconds = Field("duration_seconds", AMOUNT, "Length of the visit.", "seconds", minimum=0, null_meaning="not known")
entry_channel = Field("entry_channel", TEXT, "Channel that led to the visit.", null_meaning="not known")
carts_count = Field("carts_count", INTEGER, "Times something was put into the cart.", "times", minimum=0, null_meaning="not known")
is_converted = Field("is_converted", FLAG, "The visit ended in an order.", null_meaning="not known")
search_terms = Field("search_terms", TEXT, "What was searched for, in the visitor's words.", pii="direct", null_meaning="nothing was searched for")
occurred_at = Field("occurred_at", TIMESTAMP, "When it happened.", "UTC timestamp")
network = Field("network", TEXT, "Social network.")
act_kind = Field("act_kind", TEXT, "Kind of act.", values=("follow", "unfollow", "like", "share", "comment", "mention"))
text = Field("text", TEXT, "Free text in the customer's or the agent's words.", pii="direct", null_meaning="nothing was written")
text_language = Field("text_language", TEXT, "Language of the text, ISO 639-1.", pii="quasi", null_meaning="no letters in it")
tone_index = Field("tone_index", NUMBER, "Tone of the text: -1 surely negative, 1 surely positive.", "index -1 to 1", minimum=-1, maximum=1, null_meaning="a language that is not scored, or no known term")
tone_evidence_count = Field("tone_evidence_count", INTEGER, "Terms of the text that the model of its language knows.", "terms", minimum=0)
answered_at = Field("answered_at", TIMESTAMP, "When the answer was given.", "UTC timestamp")
survey_id = Field("survey_id", TEXT, "Survey as the source numbers it.")
question = Field("question", TEXT, "Question asked: satisfaction, nps, intent, price_sensitivity, or the survey's own word.")
answer_value = Field("answer_value", AMOUNT, "Answer on the question's scale.", "points", null_meaning="answered in words only")
held_at = Field("held_at", TIMESTAMP, "When the interview was held.", "UTC timestamp")
interview_kind = Field("interview_kind", TEXT, "Kind of interview.", values=("interview", "focus_group"))
themes = Field("themes", TEXT, "Coded themes, separated by semicolons, sorted.", null_meaning="not coded")

# --- support, leads, quotes -----------------------------------------------------------
contact_opened_at = Field("contact_opened_at", TIMESTAMP, "When the contact was opened.", "UTC timestamp")
contact_closed_at = Field("contact_closed_at", TIMESTAMP, "When the contact was closed.", "UTC timestamp", null_meaning="open")
contact_kind = Field("contact_kind", TEXT, "What the contact was about.", values=("question", "complaint", "refund_claim", "dispute", "praise"))
refund_amount = Field("refund_amount", AMOUNT, "Amount paid back.", "project currency", minimum=0, null_meaning="nothing was claimed")
resolution = Field("resolution", TEXT, "How the contact ended.", null_meaning="open, or not known")
lead_id = Field("lead_id", TEXT, "Sales lead as the source numbers it.")
stage = Field("stage", TEXT, "Stage of the lead.", values=("new", "contacted", "qualified", "proposal", "postponed", "won", "lost"))
stage_changed_at = Field("stage_changed_at", TIMESTAMP, "When the lead came to the stage.", "UTC timestamp")
last_contacted_at = Field("last_contacted_at", TIMESTAMP, "When the lead was last spoken to.", "UTC timestamp", null_meaning="not yet")
expected_purchase_at = Field("expected_purchase_at", TIMESTAMP, "When the lead expects to buy.", "UTC timestamp", null_meaning="not said")
quote_id = Field("quote_id", TEXT, "Quotation as the source numbers it.")
quoted_at = Field("quoted_at", TIMESTAMP, "When the quotation was made.", "UTC timestamp")
quoted_amount = Field("quoted_amount", AMOUNT, "Amount quoted.", "project currency", minimum=0)
outcome = Field("outcome", TEXT, "What became of the quotation.", values=("open", "accepted", "declined", "expired"), null_meaning="not known")

# --- usage, holdings, referrals, consents ---------------------------------------------
used_at = Field("used_at", TIMESTAMP, "When the service was used, or the usage was metered.", "UTC timestamp")
service = Field("service", TEXT, "Service or product used.")
usage_quantity = Field("usage_quantity", AMOUNT, "How much was used, in the row's unit.", "usage_unit", minimum=0)
usage_unit = Field("usage_unit", TEXT, "Unit of the usage.", values=("minutes", "gigabytes", "messages", "logins", "add_ons", "times"))
observed_at = Field("observed_at", TIMESTAMP, "When the balance was observed.", "UTC timestamp")
holding_id = Field("holding_id", TEXT, "Account, policy or deposit held, as the source numbers it.")
asset_class = Field("asset_class", TEXT, "Class of asset.", null_meaning="not known")
risk_level = Field("risk_level", TEXT, "Risk of the product.", values=("low", "medium", "high"), null_meaning="not known")
balance_amount = Field("balance_amount", AMOUNT, "Balance; what is owed is positive too, see is_liability.", "project currency")
is_liability = Field("is_liability", FLAG, "The customer owes the balance.")
referred_at = Field("referred_at", TIMESTAMP, "When the referral was made.", "UTC timestamp")
referred_source_account_id = Field("referred_source_account_id", TEXT, "What the source calls the account that was referred.")
referred_account_id = Field("referred_account_id", TEXT, "Account that was referred, of the same account space.")
decided_at = Field("decided_at", TIMESTAMP, "When consent was given or withdrawn.", "UTC timestamp")
purpose = Field("purpose", TEXT, "What the consent is for.")
is_granted = Field("is_granted", FLAG, "Consent was given, not withdrawn.")

# --- exchange rates -------------------------------------------------------------------
rate_date = Field("rate_date", DAY, "First day on which the rate holds, project's time zone; until the next date of the currency.")
rate_currency = Field("rate_currency", TEXT, "Currency that the rate converts from (ISO 4217).")
rate = Field("rate", RATE, "Units of the project's currency for one unit of the other.", minimum=0)

# --- rows set aside and accounted -----------------------------------------------------
file = Field("file", TEXT, "File, table or address that the row was read from.")
row = Field("row", INTEGER, "Number of the row in its file, from 1.", minimum=0)
disposition = Field("disposition", TEXT, "Why the row is not in the clean table: a duplicate of a kept row, withdrawn by its source, quarantined, or of an excluded account.", values=("duplicate", "withdrawn", "quarantined", "excluded"))
rule = Field("rule", TEXT, "Rule that set the row aside.")
column = Field("column", TEXT, "Column that broke the rule.", null_meaning="the rule concerns the whole row")
found = Field("found", TEXT, "The value that broke the rule, as it came.", pii="direct", null_meaning="the value was missing")
expected = Field("expected", TEXT, "What the rule expects.")
raw_row = Field("raw_row", TEXT, "The whole row as it came, as JSON.", pii="direct")
collected_at = Field("collected_at", TIMESTAMP, "When the row was collected.", "UTC timestamp")
entity = Field("entity", TEXT, "Entity that the source's rows become.", safe_by=_NAME, zh="数据源的行所成为的实体。")
rows_read_count = Field("rows_read_count", INTEGER, "Rows collected for the period.", "rows", minimum=0, zh="为该周期采集的行数。")
rows_kept_count = Field("rows_kept_count", INTEGER, "Rows in the clean table.", "rows", minimum=0, zh="进入清洗后表的行数。")
duplicates_dropped_count = Field("duplicates_dropped_count", INTEGER, "Rows dropped as duplicates of kept rows.", "rows", minimum=0, zh="因与保留的行重复而去掉的行数。")
rows_withdrawn_count = Field("rows_withdrawn_count", INTEGER, "Rows that their source has since deleted, or replaced by a corrected row.", "rows", minimum=0, zh="数据源后来删除或更正的行数。")
rows_quarantined_count = Field("rows_quarantined_count", INTEGER, "Rows set aside because they break a rule.", "rows", minimum=0, zh="因违反规则而隔离的行数。")
rows_excluded_count = Field("rows_excluded_count", INTEGER, "Rows set aside because the project excludes their account.", "rows", minimum=0, zh="因项目排除其账户而搁置的行数。")
late_rows_count = Field("late_rows_count", INTEGER, "Rows among those read that arrived after the period was first collected.", "rows", minimum=0, zh="读取的行中，在该周期首次采集之后才到达的行数。")
identifiers_blanked_count = Field("identifiers_blanked_count", INTEGER, "Identifying values (e-mail, phone, birth date, country, language) of kept rows that could not be read and were left out; the rows stay.", "values", minimum=0, zh="保留的行中无法读取而置空的身份信息（电子邮件、电话、出生日期、国家、语言）的个数。")
quarantined_share = Field("quarantined_share", NUMBER, "Rows quarantined per row read.", "share 0-1", minimum=0, maximum=1, null_meaning="nothing was read", zh="隔离行数占读取行数的比例。")

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
founding_account_id = Field("founding_account_id", TEXT, "Account that the customer id was made from.", safe_by=_ID, zh="产生该客户编号的账户。")
merged_into_customer_id = Field("merged_into_customer_id", TEXT, "Customer that took over the accounts.", null_meaning="the id is in use", safe_by=_ID, zh="接收其账户的客户。")
customer_event = Field("customer_event", TEXT, "What happened to the customer id in this period.", values=("created", "merged", "split", "undone"), zh="本周期该客户编号发生了什么。")
related_customer_id = Field("related_customer_id", TEXT, "The other customer of the event: merged into, split from, or restored from; the customer itself when created from new accounts.", safe_by=_ID, zh="事件中的另一个客户：并入、拆分或恢复的对方；由新账户产生时为该客户自己。")
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

# --- schemes and segments -------------------------------------------------------------
scheme = Field("scheme", TEXT, "One way of segmenting.", safe_by=_NAME, zh="一种分群方式（方案）。")
scheme_version = Field("scheme_version", TEXT, "Frozen version that scored the row: scheme@period of its fit.", null_meaning="no version has been fitted yet", safe_by=_NAME, zh="给该行评分的冻结版本：方案@拟合周期。")
segment_id = Field("segment_id", TEXT, "Segment: scheme:name. Outlives refits.", null_meaning="see status", safe_by=_SEGMENT, zh="分群编号：方案:名称；重新拟合后仍然有效。")
#: Why a customer is assigned to no segment.
UNASSIGNED = ("insufficient_data", "not_applicable")
status = Field("status", TEXT, "Whether there is an assignment, or the reason why not.", values=("assigned", *UNASSIGNED), zh="是否已归入分群；若没有，说明原因。")
score = Field("score", NUMBER, "Score of the scheme: for tiers 0-100, higher means more of the quality. Where a quasi-identifier takes part that is not published, the mean over all its values with the same segment; so are confidence and margin.", "score 0-100", minimum=0, maximum=100, null_meaning="not assigned, or the scheme has no score", zh="方案的得分：分级方案为 0 至 100，越高表示该特质越强。若有未发布的准标识符参与，则为该标识符所有取值下、分群相同时的平均值；把握程度和差距同理。").rounded_to(decimals=2)
confidence = Field("confidence", NUMBER, "Membership in the assigned segment: how sure the assignment is, given the usual noise from period to period.", "probability 0-1", minimum=0, maximum=1, null_meaning="not assigned", zh="属于该分群的程度：考虑到各周期之间的正常波动，归入该分群有多大把握。").rounded_to(decimals=4)
runner_up_segment_id = Field("runner_up_segment_id", TEXT, "Next most fitting segment.", null_meaning="not assigned, or no second segment", safe_by=_SEGMENT, zh="第二匹配的分群。")
margin = Field("margin", NUMBER, "Confidence minus the runner-up's membership.", "probability", minimum=-1, maximum=1, null_meaning="not assigned", zh="把握程度与第二匹配分群的归属程度之差。").rounded_to(decimals=4)
evidence_share = Field("evidence_share", NUMBER, "Weighted share of the scheme's inputs that are known for the customer; at most what was observed (orders, order days) per what the scheme needs at least.", "share 0-1", minimum=0, maximum=1, zh="该客户已知的方案输入所占的加权比例；不超过实际观测数（订单、下单天数）与方案最低要求之比。").rounded_to(decimals=6)
feature = Field("feature", TEXT, "Feature, or scheme whose segment mix is profiled.", safe_by=_NAME, zh="特征；或被统计分群构成的方案。")
#: What a reason is made of.
REASON_PARTS = (
    feature,
    Field("value", NUMBER, "Value of the feature.", null_meaning="withheld: a quasi-identifier", safe_by=_WITHHELD).rounded_to(digits=3),
    Field("direction", TEXT, "Whether it raises or lowers.", values=("raises", "lowers"), null_meaning="withheld: a quasi-identifier", safe_by=_WITHHELD),
    Field("contribution", NUMBER, "Contribution to the score or membership.", null_meaning="withheld: a quasi-identifier", safe_by=_WITHHELD).rounded_to(decimals=2),
)
REASON = pa.struct([pa.field(one.name, one.type) for one in REASON_PARTS])


def reason_part(name: str) -> Field:
    """A part of reasons by its name."""
    return next(one for one in REASON_PARTS if one.name == name)


reasons = Field("reasons", pa.list_(REASON), "Up to three features that weighed most: name, value, direction (raises, lowers), contribution to the score or membership; values have 3 significant digits, contributions 2 decimals. A quasi-identifier that is not published is named last, and nothing else of it is told.", null_meaning="not assigned", nested=REASON_PARTS, zh="影响最大的至多三个特征：名称、数值、方向（提高、降低）、对得分或归属的贡献；数值保留 3 位有效数字，贡献保留 2 位小数。未发布的准标识符排在最后，且只给出名称。")
is_refit = Field("is_refit", FLAG, "A new version came into force in this period.", zh="本周期有新版本生效。")
fitted_period = Field("fitted_period", TEXT, "Period on whose features the version was fitted.", null_meaning="no version has been fitted yet", safe_by=_PERIOD, zh="拟合该版本所用特征的周期。")
parameters = Field("parameters", TEXT, "Frozen parameters of the version, as JSON: cut points, grids, centres. In model_cards without what was fitted on a quasi-identifier that is not published.", null_meaning="no version has been fitted yet", pii="quasi", zh="该版本冻结的参数（JSON）：分界点、网格、中心。在 model_cards 中不含由未发布的准标识符拟合出的内容。")
gates = Field("gates", TEXT, "Gates that the last fit had to pass and what came out, as JSON.", null_meaning="no fit was tried", safe_by="gates measure all customers of a fit", zh="上次拟合必须通过的检验及其结果（JSON）。")
customers_fitted_count = Field("customers_fitted_count", INTEGER, "Customers whose features were fitted on.", "customers", minimum=0, null_meaning="no version has been fitted yet", zh="参与拟合的客户数。")
seed = Field("seed", INTEGER, "Seed of the fit.", zh="拟合所用的随机种子。")
label = Field("label", TEXT, "Name of the segment for readers, in English.", safe_by="words for features that are published", zh="分群的英文名称，供阅读。")
label_zh = Field("label_zh", TEXT, "Name of the segment for readers, in Chinese.", safe_by="words for features that are published", zh="分群的中文名称，供阅读。")
born_period = Field("born_period", TEXT, "Period in which the segment came into being.", safe_by=_PERIOD, zh="该分群产生的周期。")
retired_period = Field("retired_period", TEXT, "Period in which the segment ceased.", null_meaning="the segment lives", safe_by=_PERIOD, zh="该分群终止的周期。")
event = Field("event", TEXT, "What happened to the segment in this period.", values=("none", "born", "continued", "split", "merged", "retired", "ambiguous"), zh="本周期该分群发生了什么。")
related_segment_ids = Field("related_segment_ids", pa.list_(TEXT), "Segments that took part in the event: parents of a split or birth, the heir of a merge.", safe_by=_SEGMENT, zh="参与该事件的分群：拆分或产生时为来源分群，合并时为承接分群。")
overlap_share = Field("overlap_share", NUMBER, "Jaccard overlap, at the refit, between the segment under the old and the new version.", "share 0-1", minimum=0, maximum=1, null_meaning="no refit in this period", zh="重新拟合时，该分群在新旧版本下的 Jaccard 重叠度。")

# --- movement -------------------------------------------------------------------------
from_state = Field("from_state", TEXT, "Segment, or status, in the previous period.", safe_by=_SEGMENT, zh="上一周期所在的分群或状态。")
to_state = Field("to_state", TEXT, "Segment, or status, in this period.", safe_by=_SEGMENT, zh="本周期所在的分群或状态。")
identity_state = Field("identity_state", TEXT, "Where the customer would have stood in the previous period, had its accounts been linked then as they are now.", safe_by=_SEGMENT, zh="若上一周期的账户归并方式与现在相同，客户当时会处于哪个分群或状态。")
behaviour_state = Field("behaviour_state", TEXT, "Where the previous version puts the customer on the new features: the step between behaviour and model.", safe_by=_SEGMENT, zh="用旧版本对新特征评分所得的分群或状态：介于行为与模型之间的一步。")
cause = Field("cause", TEXT, "Why the customer moved: the first step of the path that changed the segment.", values=("late_data", "identity", "behaviour", "model"), zh="客户为何转移：路径上第一个改变分群的步骤。")
population_previous_count = Field("population_previous_count", INTEGER, "Customers in the segment in the previous period.", "customers", minimum=0, zh="上一周期该分群的客户数。")
entered_count = Field("entered_count", INTEGER, "Customers new to the population.", "customers", minimum=0, zh="首次进入客户群的客户数。")
returned_count = Field("returned_count", INTEGER, "Customers who were outside the population and are back.", "customers", minimum=0, zh="曾离开客户群、现在回来的客户数。")
left_count = Field("left_count", INTEGER, "Customers of the previous period who are no longer in the population.", "customers", minimum=0, zh="上一周期在、本周期已不在客户群的客户数。")
entered_by_split_count = Field("entered_by_split_count", INTEGER, "Of those who entered or returned: split off another customer.", "customers", minimum=0, zh="进入或回来的客户中，从其他客户拆分而来的人数。")
left_by_merge_count = Field("left_by_merge_count", INTEGER, "Of those who left: merged into another customer.", "customers", minimum=0, zh="离开的客户中，并入其他客户的人数。")
moved_in_behaviour_count = Field("moved_in_behaviour_count", INTEGER, "Moves into the segment caused by behaviour.", "customers", minimum=0, zh="因行为转入该分群的次数。")
moved_in_model_count = Field("moved_in_model_count", INTEGER, "Moves into the segment caused by a refit.", "customers", minimum=0, zh="因重新拟合转入该分群的次数。")
moved_in_identity_count = Field("moved_in_identity_count", INTEGER, "Moves into the segment caused by merged or split customers.", "customers", minimum=0, zh="因客户合并或拆分转入该分群的次数。")
moved_in_late_data_count = Field("moved_in_late_data_count", INTEGER, "Moves into the segment caused by late data.", "customers", minimum=0, zh="因迟到数据转入该分群的次数。")
moved_out_behaviour_count = Field("moved_out_behaviour_count", INTEGER, "Moves out of the segment caused by behaviour.", "customers", minimum=0, zh="因行为转出该分群的次数。")
moved_out_model_count = Field("moved_out_model_count", INTEGER, "Moves out of the segment caused by a refit.", "customers", minimum=0, zh="因重新拟合转出该分群的次数。")
moved_out_identity_count = Field("moved_out_identity_count", INTEGER, "Moves out of the segment caused by merged or split customers.", "customers", minimum=0, zh="因客户合并或拆分转出该分群的次数。")
moved_out_late_data_count = Field("moved_out_late_data_count", INTEGER, "Moves out of the segment caused by late data.", "customers", minimum=0, zh="因迟到数据转出该分群的次数。")
population_count = Field("population_count", INTEGER, "Customers in the segment in this period.", "customers", minimum=0, zh="本周期该分群的客户数。")
population_share = Field("population_share", NUMBER, "Share of the scheme's population.", "share 0-1", minimum=0, maximum=1, zh="占该方案全部客户的比例。")
revision = Field("revision", INTEGER, "Revision of the period that made the change, from 2.", minimum=2)
restated_from = Field("restated_from", TEXT, "Segment, or status, in the revision before.", null_meaning="outside the population", safe_by=_SEGMENT)
restated_to = Field("restated_to", TEXT, "Segment, or status, in this revision.", null_meaning="outside the population", safe_by=_SEGMENT)
restatement_cause = Field("restatement_cause", TEXT, "Why the period was published again: rows that came, were corrected or deleted after it closed; settings (overrides among them); or the program.", values=("late_data", "settings", "code"))
#: How a customer comes into a segment, and out of it, beside the causes of a move.
ARRIVALS, DEPARTURES = ("first_period", "entered", "returned", "split"), ("left", "merged")
entered_period = Field("entered_period", TEXT, "Period in which the stay began.", safe_by=_PERIOD, zh="该次停留开始的周期。")
entered_cause = Field("entered_cause", TEXT, "How the stay began: with the project's first period; by entering the population, returning to it, or being split off another customer; or by a move, with its cause.", values=(*ARRIVALS, *cause.values), zh="停留如何开始：随项目第一个周期；首次进入客户群、重新回来、从其他客户拆分而来；或因转移，并给出转移原因。")
left_period = Field("left_period", TEXT, "Period in which the stay had ended: the first that is no part of it.", null_meaning="the stay goes on", safe_by=_PERIOD, zh="停留已经结束的周期，即第一个不再属于该次停留的周期。")
left_cause = Field("left_cause", TEXT, "How the stay ended: the customer left the population, was merged into another, or moved, with the cause of the move.", values=(*DEPARTURES, *cause.values), null_meaning="the stay goes on", zh="停留如何结束：客户离开客户群、并入其他客户，或转移，并给出转移原因。")
segment = Field("segment", TEXT, "Local name of the segment, or the status where there is no assignment.", safe_by="a segment, or a status, by its name", zh="分群在方案内的名称；没有分群时为状态。")
runner_up_label = Field("runner_up_label", TEXT, "Name of the next most fitting segment for readers, in English.", null_meaning="no second segment", safe_by="words for features that are published", zh="第二匹配分群的英文名称，供阅读。")
runner_up_label_zh = Field("runner_up_label_zh", TEXT, "Name of the next most fitting segment for readers, in Chinese.", null_meaning="no second segment", safe_by="words for features that are published", zh="第二匹配分群的中文名称，供阅读。")
since_period = Field("since_period", TEXT, "Period since which the customer has been there without a break.", safe_by=_PERIOD, zh="客户从哪个周期起一直处于该分群。")
since_date = Field("since_date", DAY, "First day of that period in the project's time zone.", zh="上述周期的第一天（项目时区）。")
since_cause = Field("since_cause", TEXT, "How the customer came there: entered_cause of the stay that goes on.", values=(*ARRIVALS, *cause.values), zh="客户如何进入该分群：仍在持续的停留的进入原因。")
periods_count = Field("periods_count", INTEGER, "Periods that the customer has been there, this one included.", "periods", minimum=1, zh="客户连续处于该分群的周期数，含本周期。")
population_change_count = Field("population_change_count", INTEGER, "Customers in the segment more than in the previous period; fewer are negative.", "customers", zh="该分群客户数比上一周期增加多少；减少为负。")
population_share_change = Field("population_share_change", NUMBER, "Change of the share of the population since the previous period.", "share", minimum=-1, maximum=1, null_meaning="no previous period", zh="客户占比与上一周期相比的变化。")
spend_12p_amount = Field("spend_12p_amount", NUMBER, "Bought less returned in the window of twelve periods, by all customers of the segment.", "project currency", null_meaning="the project has no orders, or fewer customers than publish.min_group_count", zh="该分群全部客户在十二个周期的窗口内的净消费额（购买减退货）。")
spend_12p_share = Field("spend_12p_share", NUMBER, "Part of the segment in what all customers spent in the window.", "share", null_meaning="nothing was spent, the project has no orders, or fewer customers than publish.min_group_count", zh="该分群在全部客户窗口内净消费额中所占的比例。")
state = Field("state", TEXT, "Segment, or status where there is no assignment.", safe_by=_SEGMENT, zh="分群；没有分群时为状态。")

# --- drift ----------------------------------------------------------------------------
bin = Field("bin", INTEGER, "Number of the bin, from 0; edges are fixed when the profile is first fitted.", minimum=0, zh="区间编号，从 0 开始；边界在首次统计该特征时固定。")
bin_label = Field("bin_label", TEXT, "Category, or 'missing'; for numbers the half-open interval.", pii="quasi", zh="类别，或“missing”（缺失）；数值则为半开区间。")
bin_lower = Field("bin_lower", NUMBER, "Lower edge, inclusive.", null_meaning="open below, a category, or withheld: a quasi-identifier", pii="quasi", zh="区间下界，含。")
bin_upper = Field("bin_upper", NUMBER, "Upper edge, exclusive.", null_meaning="open above, a category, or withheld: a quasi-identifier", pii="quasi", zh="区间上界，不含。")
bin_count = Field("bin_count", INTEGER, "Customers in the bin; of a quasi-identifier that is not published in whole steps of publish.min_group_count, rounded down.", "customers", minimum=0, pii="quasi", zh="区间内的客户数；未发布的准标识符按 publish.min_group_count 的整倍数向下取整。")
bin_sum = Field("bin_sum", NUMBER, "Sum of the feature over the bin.", null_meaning="a category, missing values, or withheld: a quasi-identifier", pii="quasi", zh="区间内此特征的总和。")
bin_squared_sum = Field("bin_squared_sum", NUMBER, "Sum of squares of the feature over the bin.", null_meaning="a category, missing values, or withheld: a quasi-identifier", pii="quasi", zh="区间内此特征的平方和。")
level = Field("level", TEXT, "What the finding is about.", values=("source", "feature", "segment_mix", "movement"), zh="该发现针对的层面。")
subject = Field("subject", TEXT, "Source and measure, feature, or scheme that was compared.", safe_by=_NAME, zh="被比较的对象：数据源及其指标、特征或方案。")
comparison = Field("comparison", TEXT, "What this period was compared with: the period before; for the rows of a source the last period in which they were not told of; a level of the settings.", values=("previous_period", "last_healthy_period", "level"), zh="本周期与什么比较：上一周期；数据源的行数则与上一个没有发现的周期比较；或设置中的水平。")
measure = Field("measure", TEXT, "Measure of change.", values=("row_count_ratio", "quarantined_share_change", "kolmogorov_smirnov", "total_variation", "shorrocks_index"), zh="衡量变化的指标。")
value = Field("value", NUMBER, "Value of the measure; ratios of rows are per day, 0 for a source that gives none; a change of the quarantined share is that since the period before, even where its level decides.", null_meaning="not enough data", zh="指标的数值；行数之比按天计算，没有数据的数据源为 0；隔离比例的变化总是相对上一周期，即使由其水平决定结论。")
effect = Field("effect", NUMBER, "Size of the change in standard terms: standardized mean difference for numbers, excess total variation for categories, log ratio for volumes.", null_meaning="not enough data", zh="以标准单位表示的变化大小：数值为标准化均值差，类别为超额总变差，数量为对数比。")
population_stability_index = Field("population_stability_index", NUMBER, "Population stability index between the two profiles.", minimum=0, null_meaning="not defined for this level", zh="两个分布之间的群体稳定性指数（PSI）。")
wasserstein_distance = Field("wasserstein_distance", NUMBER, "First Wasserstein distance in the feature's unit.", minimum=0, null_meaning="not defined for this level", zh="一阶 Wasserstein 距离，单位与特征相同。")
p_value = Field("p_value", NUMBER, "Two-sample p-value.", "probability 0-1", minimum=0, maximum=1, null_meaning="not enough data", zh="双样本检验的 p 值。")
q_value = Field("q_value", NUMBER, "p-value adjusted over all findings of the period (Benjamini and Hochberg, 1995).", "probability 0-1", minimum=0, maximum=1, null_meaning="not enough data", zh="在本周期全部发现上校正后的 p 值（Benjamini 与 Hochberg，1995）。")
verdict = Field("verdict", TEXT, "What is known of the change: major, minor; real but below the floor of a finding; usual, where the scale of normal change was learned and the test says so; or that we cannot tell, and the explanation says why.", values=("major", "minor", "below_floor", "usual", "cannot_tell"), zh="对该变化的判断：重大、轻微；真实但低于关注下限；正常（已学到正常变化的尺度且检验如此）；或无法判断，解释中说明原因。")
severity = Field("severity", TEXT, "Whether the verdict asks for somebody: major or minor, none for all others. None does not say that all is as usual.", values=("none", "minor", "major"), zh="该判断是否需要有人处理：重大或轻微；其余为无。“无”并不表示一切如常。")
history_status = Field("history_status", TEXT, "Whether the scale of normal change could be learned from history.", values=("history_short", "learned", "not_comparable"), zh="能否从历史中学到正常变化的尺度。")
explanation = Field("explanation", TEXT, "The finding in one sentence, which ends in what the verdict allows to be said.", safe_by="of a withheld feature only coarse figures are said (drift.withheld)", zh="用一句话说明该发现，并以判断所允许的结论结尾。")

# --- portraits -----------------------------------------------------------------------
mean_value = Field("mean_value", NUMBER, "Mean of the feature in the segment.", null_meaning="no known value, or withheld: a quasi-identifier", pii="quasi", zh="该分群中此特征的平均值。")
population_mean_value = Field("population_mean_value", NUMBER, "Mean of the feature in the population of the scheme.", null_meaning="no known value, or withheld: a quasi-identifier", pii="quasi", zh="该方案全部客户中此特征的平均值。")
standardized_difference = Field("standardized_difference", NUMBER, "Difference of means in standard deviations of the population; of a quasi-identifier that is not published in tenths.", null_meaning="no spread, no known value, or a quasi-identifier known of too few customers", pii="quasi", zh="两个平均值之差，以全部客户的标准差为单位；未发布的准标识符精确到十分之一。")
previous_mean_value = Field("previous_mean_value", NUMBER, "Mean of the feature in the segment in the previous period.", null_meaning="no previous period, or withheld: a quasi-identifier", pii="quasi", zh="上一周期该分群中此特征的平均值。")
known_share = Field("known_share", NUMBER, "Share of the segment's customers whose value is known.", "share 0-1", minimum=0, maximum=1, zh="该分群中此特征值已知的客户比例。")
rank = Field("rank", INTEGER, "Rank by distance from the population, 1 sets the segment apart most.", minimum=1, zh="按与全部客户差异大小的排名，1 表示最能区分该分群。")
handling = Field("handling", TEXT, "Recommended handling, in English.")
handling_zh = Field("handling_zh", TEXT, "Recommended handling, in Chinese.")
