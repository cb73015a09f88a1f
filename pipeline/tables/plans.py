"""Tables of the action plan: who is contacted by what, who was chosen before, and what came of it.

Belongs here: columns that no other table has, and lists of columns. Does not belong here: how customers are
chosen and effects are measured (``plans``).
"""

from dataclasses import replace

from pipeline.tables import fields as f
from pipeline.tables.model import AMOUNT, FLAG, INTEGER, NUMBER, TEXT, Field, table

#: What stands for all groups, or all periods, together.
ALL = "all"
_NAME, _PERIOD, _SEGMENTS = "a name from the settings", "a period", "segments, or statuses, by their ids"
_WORDS = "words of the settings"
_NOT_CHOSEN, _UNMEASURED = "not chosen", "nothing has been measured yet"
_FEW = "too few customers were followed in one of both arms"
_OF_OUTCOME = "outcome of the action"

action = Field("action", TEXT, "Kind of contact, by its id in the settings.", safe_by=_NAME, zh="行动（一类触达），设置中的编号。")
action_label = Field("action_label", TEXT, "Name of the action in English.", safe_by=_WORDS, zh="行动的英文名称。")
action_label_zh = Field("action_label_zh", TEXT, "Name of the action in Chinese.", safe_by=_WORDS, zh="行动的中文名称。")
planned_offer = Field("planned_offer", TEXT, "What the action offers, in English.", null_meaning="the settings say none", safe_by=_WORDS, zh="行动提供的内容（英文）。")
planned_offer_zh = Field("planned_offer_zh", TEXT, "What the action offers, in Chinese.", null_meaning="the settings say none", safe_by=_WORDS, zh="行动提供的内容（中文）。")
planned_channel = Field("planned_channel", TEXT, "How the action reaches customers, in English.", null_meaning="the settings say none", safe_by=_WORDS, zh="行动的触达渠道（英文）。")
planned_channel_zh = Field("planned_channel_zh", TEXT, "How the action reaches customers, in Chinese.", null_meaning="the settings say none", safe_by=_WORDS, zh="行动的触达渠道（中文）。")
effect_group = Field("effect_group", TEXT, "Segments of the customer by which the effect of the action is told apart, joined by +; all: all groups together.", safe_by=_SEGMENTS, zh="用于区分行动效果的客户分群，以 + 连接；all 表示全部组合计。")
#: The two arms, and who is in neither.
ARMS = ("contact", "hold_out")
plan_status = Field("plan_status", TEXT, "contact: to be contacted. hold_out: would be, but is never contacted, so that the effect can be measured. not_selected: see plan_reason.", values=(*ARMS, "not_selected"), zh="contact：应触达；hold_out：本应触达，但长期保留不触达，以便衡量效果；not_selected：未选中，见 plan_reason。")
arm = replace(plan_status, name="arm", values=ARMS, meaning="On which side of the comparison the customer is, for good.")
REASONS = ("no_consent", "resting", "other_action", "no_expected_gain", "capacity")
plan_reason = Field("plan_reason", TEXT, "Why not: no consent to the purpose; chosen not long ago (rest_periods); chosen for an action of higher priority; its group is not expected to earn what a contact costs; the capacity or budget is used up.", values=REASONS, null_meaning="chosen", zh="未选中的原因：未同意该用途；不久前刚被选中；已被优先级更高的行动选中；所在组预期收益不抵触达成本；名额或预算已用完。")
BASES = ("measured", "explored", "unchecked", "random")
rank_basis = Field("rank_basis", TEXT, "What chose the customer: measured, the effect of the action on its group, by the hold-out; explored, a draw of what the effect on its group may be, so that groups of which little is known are measured on; and before there is evidence unchecked, a feature that nobody has checked to tell who responds, or random.", values=BASES, null_meaning=_NOT_CHOSEN, zh="选中的依据：measured，由保留组衡量的该组效果；explored，从该组可能的效果中抽取一个值，使所知甚少的组继续得到衡量；尚无证据时为 unchecked（按未经验证的特征排序）或 random（随机）。")
plan_rank = Field("plan_rank", INTEGER, "Order in which the action chose: who contacts fewer begins with 1.", minimum=1, null_meaning=_NOT_CHOSEN, zh="行动选择的次序：触达较少时从 1 开始。")
expected_gain = Field("expected_gain_amount", NUMBER, "What a contact is expected to earn beyond what would come anyway, less its cost: the mean of the group, shrunk towards all groups.", "project currency", null_meaning=_UNMEASURED, zh="一次触达预期带来的增量收益减去成本：该组平均值，向全部组收缩。").rounded_to(decimals=4)

first_chosen_period = Field("first_chosen_period", TEXT, "First period in which the action chose the customer: from then on it is followed.", safe_by=_PERIOD, zh="行动首次选中该客户的周期。")
last_chosen_period = Field("last_chosen_period", TEXT, "Last period in which the action chose the customer.", safe_by=_PERIOD)
hold_out_share = Field("hold_out_share", NUMBER, "Part of customers held out when it was first chosen.", "share 0-1", minimum=0, maximum=1)
contacts_count = Field("contacts_count", INTEGER, "Contacts planned within the time that the customer is followed.", "contacts", minimum=0)
before_1p = Field("before_1p_amount", AMOUNT, "Outcome of the period in which it was first chosen.", _OF_OUTCOME)
before_12p = Field("before_12p_amount", AMOUNT, "Outcome of the window of twelve periods until then.", _OF_OUTCOME)
followed_periods = Field("followed_periods", INTEGER, "Periods followed so far.", "periods", minimum=0)
outcome_amount = Field("outcome_amount", AMOUNT, "Outcome of the periods followed.", _OF_OUTCOME)
is_reached = Field("is_reached", FLAG, "Campaign contacts of the action reached the customer in the periods followed.")
is_lost = Field("is_lost", FLAG, "Merged into another customer, or excluded, before it had been followed to the end.")

chosen_period = Field("chosen_period", TEXT, "Period in which the action first chose the customers who are compared; all: within evidence_periods, together.", safe_by=_PERIOD, zh="被比较客户首次被选中的周期；all 表示证据期内合计。")
measured_outcome = Field("measured_outcome", TEXT, "What is measured: bought less returned, or orders.", values=("net_amount", "orders_count"), zh="衡量的内容：净消费额或订单数。")
follow_periods = Field("follow_periods", INTEGER, "Periods after the choice over which the outcome is summed.", "periods", minimum=1, zh="选中之后累计结果的周期数。")
contact_count = Field("contact_count", INTEGER, "Customers first chosen to be contacted, and followed to the end.", "customers", minimum=0, zh="首次选中触达且跟踪完成的客户数。")
hold_out_count = Field("hold_out_count", INTEGER, "Customers who would have been and were held out, followed to the end.", "customers", minimum=0, zh="本应触达但保留、且跟踪完成的客户数。")
contact_mean = Field("contact_mean_value", NUMBER, "Mean outcome of those chosen to be contacted, whether or not they were.", _OF_OUTCOME, null_meaning=_FEW, zh="计划触达客户的平均结果（无论是否实际触达）。").rounded_to(decimals=4)
hold_out_mean = Field("hold_out_mean_value", NUMBER, "Mean outcome of those held out.", _OF_OUTCOME, null_meaning=_FEW, zh="保留客户的平均结果。").rounded_to(decimals=4)
_EFFECT = "Outcome that the action brought per customer chosen, beyond what would have come anyway: the difference of both, adjusted for what had been bought before"
effect_value = Field("effect_value", NUMBER, f"{_EFFECT}.", _OF_OUTCOME, null_meaning=_FEW, zh="每位被选中客户由行动带来的增量结果：两组之差，按此前购买调整。").rounded_to(decimals=4)
effect_lower = Field("effect_lower_value", NUMBER, "Lower end of its 95% interval.", _OF_OUTCOME, null_meaning=_FEW, zh="95% 区间下限。").rounded_to(decimals=4)
effect_upper = Field("effect_upper_value", NUMBER, "Upper end of its 95% interval.", _OF_OUTCOME, null_meaning=_FEW, zh="95% 区间上限。").rounded_to(decimals=4)
shrunk_effect = Field("shrunk_effect_value", NUMBER, "The effect on the group, shrunk towards that on all groups by how sure it is: what the plan goes by.", _OF_OUTCOME, null_meaning="of a group alone; nothing has been measured yet", zh="该组效果向全部组收缩后的值：计划据此排序。").rounded_to(decimals=4)
gain_chance = Field("gain_probability", NUMBER, "Probability that a contact of the group earns more than it costs, given the effects of all groups.", "probability 0-1", minimum=0, maximum=1, null_meaning="of a group alone; nothing has been measured yet", zh="该组一次触达的收益超过成本的概率。").rounded_to(decimals=4)
cost_each = Field("cost_each_amount", NUMBER, "Cost of planned contacts per customer chosen to be contacted.", "project currency", minimum=0, null_meaning=_FEW, zh="每位计划触达客户的触达成本。").rounded_to(decimals=4)
net_gain = Field("net_gain_amount", NUMBER, "What all customers chosen to be contacted earned: effect times worth, less cost.", "project currency", null_meaning=_FEW, zh="全部计划触达客户的净收益：效果乘以单位价值再减成本。").rounded_to(decimals=2)
net_gain_lower = Field("net_gain_lower_amount", NUMBER, "Lower end of its 95% interval.", "project currency", null_meaning=_FEW, zh="95% 区间下限。").rounded_to(decimals=2)
net_gain_upper = Field("net_gain_upper_amount", NUMBER, "Upper end of its 95% interval.", "project currency", null_meaning=_FEW, zh="95% 区间上限。").rounded_to(decimals=2)
_NO_CONTACTS = "the action is not told apart in campaign contacts (sent_as), or nobody was followed"
reached_share = Field("reached_share", NUMBER, "Part of those chosen to be contacted whom campaign contacts of the action reached.", "share 0-1", minimum=0, maximum=1, null_meaning=_NO_CONTACTS, zh="计划触达客户中实际被触达的比例。").rounded_to(decimals=6)
leaked_share = Field("leaked_share", NUMBER, "Part of those held out whom they reached all the same: the effect shown is then too small.", "share 0-1", minimum=0, maximum=1, null_meaning=_NO_CONTACTS, zh="保留客户中仍被触达的比例：此时显示的效果偏小。").rounded_to(decimals=6)
VERDICTS = ("earned", "lost", "no_evidence", "cannot_tell")
action_verdict = Field("action_verdict", TEXT, "earned: contacts brought more than would have come anyway. lost: they brought less. no_evidence: chance alone may have made the difference. cannot_tell: too few customers were followed in one of both arms. It holds however often one looks: earned or lost is said by mistake of one action in twenty, over its whole life.", values=VERDICTS, null_meaning="of a group: see gain_probability; of the customers first chosen in one period: too few to judge by themselves", zh="earned：触达带来了增量；lost：触达使结果减少；no_evidence：差异可能只是偶然；cannot_tell：某一组跟踪人数过少。无论查看多少次都成立：整个生命周期内误判不超过二十分之一。")

CONSENT_DECISIONS = table(
    "plans",
    "consent_decisions",
    "one account and purpose: its last decision by the end of the period",
    "period account_id purpose",
    (f.period, f.account_id, f.purpose, f.decided_at, f.is_granted),
)

CHOSEN = table(
    "plans",
    "chosen",
    "one customer whom an action has ever chosen, contacted or held out, and what came since",
    "period action customer_id",
    (
        f.period, action, f.customer_id, arm, effect_group, hold_out_share, first_chosen_period, last_chosen_period,
        contacts_count, before_1p, before_12p, followed_periods, outcome_amount, is_reached, is_lost,
    ),
)

ACTION_PLAN = table(
    "plans",
    "action_plan",
    "one customer in the segments of an action: whether it is to be contacted in the next period, and why",
    "period action customer_id",
    (
        f.period, action, f.customer_id, action_label, action_label_zh, planned_offer, planned_offer_zh, planned_channel,
        planned_channel_zh, effect_group, plan_status, plan_reason, rank_basis, plan_rank, expected_gain,
    ),
    "planned_offer planned_offer_zh planned_channel planned_channel_zh plan_reason rank_basis plan_rank expected_gain_amount",
)

ACTION_RESULTS = table(
    "plans",
    "action_results",
    "one action and group of customers, by when they were first chosen: what contacts earned beside the hold-out",
    "period action chosen_period effect_group",
    (
        f.period, action, action_label, action_label_zh, chosen_period, effect_group, measured_outcome, follow_periods,
        contact_count, hold_out_count, contact_mean, hold_out_mean, effect_value, effect_lower, effect_upper,
        shrunk_effect, gain_chance, cost_each, net_gain, net_gain_lower, net_gain_upper, reached_share, leaked_share,
        action_verdict,
    ),
    "contact_mean_value hold_out_mean_value effect_value effect_lower_value effect_upper_value shrunk_effect_value "
    "gain_probability cost_each_amount net_gain_amount net_gain_lower_amount net_gain_upper_amount reached_share "
    "leaked_share action_verdict",
)
