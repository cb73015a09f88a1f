"""What is said of a source, in English and Chinese.

Belongs here: sentences. Does not belong here: reaching a state (``judging``).
"""

from collections.abc import Mapping, Sequence

from pipeline.health.profile import Known
from pipeline.health.signal import Signal
from pipeline.tables.health import ILL

#: By signal: what is wrong. ``share`` is said as a percentage.
FOUND: Mapping[str, tuple[str, str]] = {
    "dead": (
        "it gives no rows any more (about {usual:,.0f} in a usual period, the last in {last})",
        "不再提供任何行（通常每周期约 {usual:,.0f} 行，最后一次在 {last}）",
    ),
    "resting": (
        "it has given no rows for {periods} periods, and never rested for more than {longest}",
        "已连续 {periods} 个周期没有行，此前最长间断为 {longest} 个周期",
    ),
    "days": (
        "no rows from {first} to {last}, {days} days that usually have some: about {share} of "
        "the rows are missing",
        "{first} 至 {last} 共 {days} 个通常有数据的日子没有行：约缺 {share} 的行",
    ),
    "swapped": (
        "no rows from {first} to {last}, with {share} of the rows: the {days} days that could be a month of "
        "another date, so day and month may be swapped",
        "{first} 至 {last} 没有行（占 {share}），恰好是 {days} 个可被读作月份的日期：日与月可能颠倒",
    ),
    "volume": (
        "about {share} of the rows are missing, on every day since the period began (compared with {before})",
        "自周期开始起每天约缺 {share} 的行（与 {before} 相比）",
    ),
    "beside": (
        "about {share} of the rows are missing, on every day since the period began, beside those of {other} "
        "(both compared with {before})",
        "与 {other} 相比，自周期开始起每天约缺 {share} 的行（两者均与 {before} 相比）",
    ),
    "more": (
        "{times:.1f} times as many rows a day as in {before}, from the first day on: they may have been "
        "loaded twice",
        "自第一天起行数为 {before} 的 {times:.1f} 倍：可能重复加载",
    ),
    "lines": (
        "orders have {fewer} fewer lines than in {before}, from the first day on: about {share} of the lines "
        "are probably missing",
        "自第一天起每单行数比 {before} 少 {fewer}：很可能缺少约 {share} 的订单行",
    ),
    "numbers": (
        "about {share} of the orders are missing: {now} of the numbers ({column}) are there, usually {usual}",
        "约缺 {share} 的订单：编号（{column}）中有 {now} 存在，通常为 {usual}",
    ),
    "numbers_of_rows": (
        "about {share} of the rows are missing: {now} of the numbers ({column}) are there, usually {usual}",
        "约缺 {share} 的行：编号（{column}）中有 {now} 存在，通常为 {usual}",
    ),
    "accounts": (
        "about {share} of the accounts that usually come are missing all at once ({now:,} of {all:,} of the "
        "period before are there)",
        "通常会出现的账户约有 {share} 同时缺失（上一周期的 {all:,} 个中仅有 {now:,} 个）",
    ),
    "values": (
        "{count} of {all} usual values of {column} are gone, with {rows} of the rows{named}",
        "{column} 的 {all} 个常见取值中有 {count} 个消失，占行数的 {rows}{named}",
    ),
    "renamed": (
        "usual values of {column} are gone, with {rows} of the rows, and new ones stand in their place "
        "({count}{named})",
        "{column} 的 {count} 个常见取值消失，占行数的 {rows}，并被新取值代替{named}",
    ),
    "unreadable": (
        "{rows:,.0f} of {read:,.0f} rows cannot be used, most for {column} ({rule})",
        "{read:,.0f} 行中有 {rows:,.0f} 行无法使用，主要因为 {column}（{rule}）",
    ),
    "nameless": (
        "{now} of the rows name no account, usually {usual}",
        "{now} 的行没有账户，通常为 {usual}",
    ),
    "lacking": (
        "column {column} has no value in {now} of the rows, usually in {usual}",
        "{column} 在 {now} 的行中没有值，通常为 {usual}",
    ),
    "repeated": (
        "{now} of the rows repeat the contents of another one under a new key, usually {usual}: loaded twice",
        "{now} 的行以新的键重复了另一行的内容，通常为 {usual}：重复加载",
    ),
    "duplicates": (
        "{now} of the rows came twice and were dropped; nothing is missing",
        "{now} 的行重复出现并已去除；没有缺失",
    ),
    "prices": (
        "amounts ({column}) of the same goods or accounts are {factor:.3g} times what they were ({items:,} "
        "compared)",
        "相同商品或账户的 {column} 是原来的 {factor:.3g} 倍（比较了 {items:,} 个）",
    ),
    "amounts": (
        "amounts ({column}) are distributed otherwise: their {quantile:.0%} quantile is {factor:.3g} times "
        "what it was",
        "{column} 的分布改变：其 {quantile:.0%} 分位数是原来的 {factor:.3g} 倍",
    ),
    "signs": (
        "amounts ({column}) are negative in {now} of the rows, usually in {usual}",
        "{column} 在 {now} 的行中为负，通常为 {usual}",
    ),
    "hours": (
        "events come {hours:+d} hours from when they usually do: probably a wrong time zone",
        "事件时间与通常相差 {hours:+d} 小时：很可能时区有误",
    ),
    "clocks": (
        "events come {hours:+d} hours from when they usually did, since the clocks were changed: their times "
        "may not be local; nothing is missing",
        "时钟调整后，事件时间与此前相差 {hours:+d} 小时：其时间可能不是当地时间；没有缺失",
    ),
}  # fmt: skip
_UNKNOWN: Mapping[str, tuple[str, str]] = {
    "never": ("it has given no rows yet", "尚未提供任何行"),
    "short": (
        "cannot tell yet: {periods} earlier periods with rows, two are needed",
        "尚无法判断：此前有数据的周期为 {periods} 个，至少需要两个",
    ),
    "rests": ("it rests: no rows in this period, as has happened before", "暂停：本周期没有行，此前也出现过"),
    "few": (
        "cannot tell: {usual:,.0f} rows in a usual period are too few ({least:,} are needed)",
        "无法判断：通常每周期 {usual:,.0f} 行，太少（至少需要 {least:,} 行）",
    ),
    "blind": (
        "cannot tell: as much as {most} could be missing on all days alike unseen",
        "无法判断：每天同样缺失多达 {most} 也可能无法察觉",
    ),
}  # fmt: skip
_TO_DO: Mapping[str, tuple[str, str]] = {
    "healthy": ("Nothing.", "无需处理。"),
    "cannot_tell": ("Nothing.", "无需处理。"),
    "suspect": (
        "Look at the delivery. Deliver it anew and run again; if it is right as it is: segments run --accept "
        "{source}:{period}",
        "检查这次交付。重新交付后再运行；若数据本身无误：segments run --accept {source}:{period}",
    ),
    "broken": (
        "The period is not published. Deliver it anew and run again; if it is right as it is: "
        "segments run --accept {source}:{period}",
        "该周期不发布。重新交付后再运行；若数据本身无误：segments run --accept {source}:{period}",
    ),
    "accepted": ("Nothing: accepted by name.", "无需处理：已按名称接受。"),
}  # fmt: skip
_HEALTHY = ("nothing is missing or wrong as far as can be told", "就可判断的范围而言没有缺失或错误")
_LIMIT = (
    "; as much as {most} could be missing on all days alike unseen",
    "；每天同样缺失多达 {most} 也可能无法察觉",
)
#: Kinds of loss on all days alike, and what joins them.
_KINDS: Mapping[str, tuple[str, str]] = {
    "rows": ("{share} of single rows", "{share} 的零散行"),
    "orders": ("{share} of the orders", "{share} 的订单"),
}
_OR = (" or ", "或 ")
#: Signals named in one sentence, at most.
_MOST = 3


def told(
    known: Known, found: Sequence[Signal], state: str, unknown: str, losses: Mapping[str, float]
) -> dict[str, str]:
    """``explanation``, ``to_do`` and the same in Chinese; ``losses``: share that may be missing unseen, by
    kind."""
    is_accepted = known.settings.is_accepted(known.source, known.now.period)
    to_do = _TO_DO["accepted" if is_accepted and state in ILL else state]
    place = {"source": known.source, "period": known.now.period}
    facts = {
        "periods": len(known.lively), "usual": known.usual_rows, "least": known.settings.min_rows,
    }  # fmt: skip
    texts = []
    for language in (0, 1):
        said = [_sentence(one, language) for one in found[:_MOST]]
        if unknown:
            said.append(_UNKNOWN[unknown][language].format(**facts, most=_most(losses, language)))
        elif not said:
            said.append(_HEALTHY[language] + _limit(losses, language))
        joined = ("; ", "；")[language].join(said)
        texts.append(joined[0].upper() + joined[1:] + ".。"[language])
    return {
        "explanation": texts[0],
        "explanation_zh": texts[1],
        "to_do": to_do[0].format(**place),
        "to_do_zh": to_do[1].format(**place),
    }


def _limit(losses: Mapping[str, float], language: int) -> str:
    """What may be missing all the same."""
    return _LIMIT[language].format(most=_most(losses, language)) if losses else ""


def _most(losses: Mapping[str, float], language: int) -> str:
    """Share that may be missing, by kind."""
    said = [_KINDS[kind][language].format(share=f"{100 * one:.0f}%") for kind, one in losses.items()]
    return _OR[language].join(said)


def _sentence(one: Signal, language: int) -> str:
    facts = dict(one.facts)
    name = "swapped" if facts.get("is_swapped") else one.name
    for key in ("now", "usual", "rows", "fewer"):
        if isinstance(value := facts.get(key), float) and value <= 1:
            facts[key] = f"{100 * value:.0f}%"
    named = facts.get("named")
    if isinstance(named, list) and named:
        facts["named"] = (" ({})", "（{}）")[language].format(", ".join(named))
    elif "named" in facts:
        facts["named"] = ""
    return FOUND[name][language].format(**facts, share=f"{100 * one.share:.0f}%")
