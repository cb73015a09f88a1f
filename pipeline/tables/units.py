"""Units of columns and features, each with its Chinese name.

Belongs here: every unit that a feature of the program may have, the limits that the unit in a name implies.
Does not belong here: which feature has it, or units of a project's own (its declarations say them in both
languages).
"""

#: Unit as it stands in contracts -> as it is said in Chinese; "project currency" is replaced by the project's own.
UNITS_ZH: dict[str, str] = {
    "rank": "级",
    "": "",
    "days": "天",
    "orders": "单",
    "lines": "行",
    "units": "件",
    "categories": "类",
    "products": "种商品",
    "stores": "家门店",
    "contacts": "次",
    "redemptions": "次",
    "visits": "次",
    "pages": "页",
    "acts": "次",
    "times": "次",
    "seconds": "秒",
    "channels": "种渠道",
    "services": "项服务",
    "minutes per 30 days": "分钟/30 天",
    "gigabytes per 30 days": "GB/30 天",
    "messages per 30 days": "条/30 天",
    "logins per 30 days": "次/30 天",
    "add ons per 30 days": "项/30 天",
    "times per 30 days": "次/30 天",
    "persons": "人",
    "persons per square kilometre": "人/平方公里",
    "periods": "期",
    "answers": "个回答",
    "observations": "条观察",
    "claims": "次",
    "leads": "条线索",
    "quotations": "份报价",
    "holdings": "项",
    "referrals": "次推荐",
    "interviews": "次访谈",
    "themes": "个主题",
    "texts": "条文本",
    "points": "分",
    "orders per 30 days": "单/30 天",
    "contacts per 30 days": "次/30 天",
    "complaints per 30 days": "次投诉/30 天",
    "project currency": "project currency",
    "project currency per 30 days": "project currency/30 天",
    "share 0-1": "占比 0-1",
    "probability 0-1": "概率 0-1",
    "index 0-1": "指数 0-1",
    "index -1 to 1": "指数 -1 至 1",
    "ratio": "比",
}

#: Limits that the unit in a column's name implies.
IMPLIED_LIMITS: dict[str, tuple[float | None, float | None]] = {
    "_share": (0, 1),
    "_probability": (0, 1),
    "_score": (0, 100),
    "_count": (0, None),
}


def implied_limits(name: str) -> tuple[float | None, float | None]:
    """Least and greatest value that a column of that ``name`` may have; none where the name says nothing."""
    return next((limits for unit, limits in IMPLIED_LIMITS.items() if name.endswith(unit)), (None, None))
