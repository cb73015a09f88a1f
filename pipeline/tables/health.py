"""Tables of source health: what was measured of each source, and whether it is whole.

Belongs here: columns and contracts. Does not belong here: measuring or judging (``pipeline.health``).
"""

from pipeline.tables import fields as f
from pipeline.tables.model import FLAG, NUMBER, TEXT, Field, table

_WORDS = "words of the program with counts, names of columns, days and stores; no value of a single customer"

profile_measure = Field("measure", TEXT, "What was measured of the source.", values=(
    "rows", "orders", "accounts", "rows_by_day", "orders_by_day", "rows_by_hour", "rows_by_value", "days_by_account",
    "rows_quarantined", "nulls", "amount", "amount_by_item", "repeated_contents", "orders_by_lines", "numbers",
))
profile_column = Field("column", TEXT, "Column that was measured; empty where it is the whole row.")
profile_item = Field("item", TEXT, "Day, hour, value, account, product or statistic that is measured; empty where there is none.")
profile_value = Field("value", NUMBER, "What was measured: rows, or the statistic of an amount.").rounded_to(digits=9)

SOURCE_PROFILES = table(
    "health",
    "source_profiles",
    "one measurement of one source in the period; items are those that tell most of it, not all",
    "period source measure column item",
    (f.period, f.source, profile_measure, profile_column, profile_item, profile_value),
)

#: States of a source that is not whole.
ILL = ("suspect", "broken")
source_state = Field("source_state", TEXT,
    "Whether the source is whole in the period: healthy, suspect (published and marked), broken (publication waits until "
    "it is mended or accepted by name), or cannot_tell.",
    values=("healthy", "suspect", "broken", "cannot_tell"),
    zh="该周期内数据源是否完整：healthy（完整）、suspect（可疑，照常发布并标注）、broken（损坏，修复或按名称接受前不发布）或 cannot_tell（尚无法判断）。",
)
ill_since = Field("since_period", TEXT, "First period of the unbroken run of periods in which the source has not been whole.",
    null_meaning="it is whole, or nothing can be told", safe_by="a period", zh="数据源不完整状态连续开始的周期。")
affected_share = Field("affected_share", NUMBER, "Share of the source's rows that is missing or wrong, as estimated.", "share 0-1", minimum=0, maximum=1,
    null_meaning="nothing is wrong, or nothing can be told", zh="估计缺失或错误的行所占比例。").rounded_to(decimals=4)
signals = Field("signals", TEXT, "What was seen: names of signals, separated by blanks.", null_meaning="none",
    safe_by="names from the program", zh="观察到的信号名称，以空格分隔。")
explanation = Field("explanation", TEXT, "What is wrong, in a sentence; or why nothing can be told.", safe_by=_WORDS, zh="问题说明（英文）。")
explanation_zh = Field("explanation_zh", TEXT, "The same in Chinese.", safe_by=_WORDS, zh="问题说明（中文）。")
remedy = Field("to_do", TEXT, "What to do.", safe_by="words of the program", zh="应采取的措施（英文）。")
remedy_zh = Field("to_do_zh", TEXT, "The same in Chinese.", safe_by="words of the program", zh="应采取的措施（中文）。")
is_accepted = Field("is_accepted", FLAG, "The period of the source was accepted by name: it is published as it is.", zh="该数据源的该周期已按名称接受：按原样发布。")

SOURCE_HEALTH = table(
    "health",
    "source_health",
    "one source in one period: whether it is whole, and what is wrong",
    "period source",
    (
        f.period, f.source, f.entity, source_state, ill_since, affected_share, signals, is_accepted, f.rows_kept_count,
        explanation, explanation_zh, remedy, remedy_zh,
    ),
    "since_period affected_share signals",
)
