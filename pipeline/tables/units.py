"""Units of columns and features, each with its Chinese name.

Belongs here: every unit that a feature may have. Does not belong here: which feature has it.
"""

#: Unit as it stands in contracts -> as it is said in Chinese; "project currency" is replaced by the project's own.
UNITS_ZH: dict[str, str] = {
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
    "carts": "次",
    "persons": "人",
    "periods": "期",
    "orders per 30 days": "单/30 天",
    "project currency": "project currency",
    "project currency per 30 days": "project currency/30 天",
    "share 0-1": "占比 0-1",
    "probability 0-1": "概率 0-1",
    "index 0-1": "指数 0-1",
    "index -1 to 1": "指数 -1 至 1",
    "ratio": "比",
}
