"""Names of discovered clusters, in English and Chinese, from what sets their centres apart.

Belongs here: words. Does not belong here: labels of named segments (``tables.schemes``).
"""

from collections.abc import Sequence

import numpy as np

from pipeline.segments.frame import Floats

#: Feature -> high in English, low in English, high in Chinese, low in Chinese.
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "recency_days": ("long silent", "recently active", "久未购买", "近期活跃"),
    "orders_count_12p": ("many orders", "few orders", "订单多", "订单少"),
    "orders_per_30_days_12p": ("frequent", "infrequent", "高频", "低频"),
    "net_amount_12p": ("high spend", "low spend", "高消费", "低消费"),
    "net_amount_per_30_days_12p": ("high spend", "low spend", "高消费", "低消费"),
    "average_order_amount_12p": ("large orders", "small orders", "大额订单", "小额订单"),
    "average_line_amount_12p": ("dear items", "cheap items", "高单价", "低单价"),
    "order_amount_variation_12p": ("varying orders", "even orders", "订单额波动大", "订单额稳定"),
    "lines_per_order_12p": ("full baskets", "small baskets", "大篮子", "小篮子"),
    "mean_gap_days_12p": ("long gaps", "short gaps", "间隔长", "间隔短"),
    "gap_variation_12p": ("irregular", "regular", "不规律", "规律"),
    "categories_count_12p": ("broad range", "narrow range", "品类广", "品类窄"),
    "products_count_12p": ("many products", "few products", "商品多样", "商品单一"),
    "top_category_share_12p": ("one category", "mixed categories", "品类集中", "品类分散"),
    "category_concentration_12p": ("one category", "mixed categories", "品类集中", "品类分散"),
    "stores_count_12p": ("several stores", "few stores", "多门店", "少门店"),
    "top_store_share_12p": ("one store", "mixed stores", "门店集中", "门店分散"),
    "weekend_orders_share_12p": ("weekend", "weekday", "周末", "工作日"),
    "evening_orders_share_12p": ("evening", "daytime", "晚间", "日间"),
    "returned_share_12p": ("many returns", "few returns", "退货多", "退货少"),
    "discount_share_12p": ("discount seeking", "full price", "偏好折扣", "原价购买"),
    "discounted_lines_share_12p": ("discount seeking", "full price", "偏好折扣", "原价购买"),
    "coupon_lines_share_12p": ("coupon users", "no coupons", "用券", "少用券"),
    "campaign_response_share_12p": ("responsive", "unresponsive", "响应活动", "少响应活动"),
    "campaign_open_share_12p": ("reading mailings", "ignoring mailings", "常看邮件", "少看邮件"),
    "active_periods_share_12p": ("steady", "sporadic", "持续购买", "偶尔购买"),
    "net_amount_trend_index_6p": ("growing", "declining", "增长", "下降"),
    "orders_trend_index_6p": ("growing", "declining", "增长", "下降"),
    "income_amount": ("high income", "low income", "高收入", "低收入"),
}


def _words(feature: str, is_high: bool) -> tuple[str, str]:
    if feature in _WORDS:
        high, low, high_zh, low_zh = _WORDS[feature]
    else:
        plain = feature.removesuffix("_12p").removesuffix("_6p").removesuffix("_3p").replace("_", " ")
        high, low, high_zh, low_zh = f"high {plain}", f"low {plain}", f"{plain} 高", f"{plain} 低"
    return (high, high_zh) if is_high else (low, low_zh)


def cluster_labels(
    features: Sequence[str], centres: Floats, segment_ids: Sequence[str]
) -> dict[str, list[str]]:
    """English and Chinese label of each segment: the two features farthest from the middle.

    Segments that would share a label take a third feature, and at last their id.
    """
    for count in (2, 3):
        labels = [_label(features, centre, count) for centre in centres]
        if len({english for english, _ in labels}) == len(labels):
            return dict(zip(segment_ids, map(list, labels), strict=True))
    names = [one.partition(":")[2] for one in segment_ids]
    return {
        one: [f"{english} ({name})", f"{chinese}（{name}）"]
        for one, name, (english, chinese) in zip(segment_ids, names, labels, strict=True)
    }


def _label(features: Sequence[str], centre: Floats, count: int) -> tuple[str, str]:
    order = np.argsort(-np.abs(np.round(centre, 6)), kind="stable")
    words = list(dict.fromkeys(_words(features[int(i)], bool(centre[int(i)] >= 0)) for i in order))[:count]
    english = ", ".join(english for english, _ in words)
    return english[:1].upper() + english[1:], "、".join(chinese for _, chinese in words)
