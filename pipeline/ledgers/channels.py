"""Kinds of channel, device and price tier: what companies' own words for them mean.

Belongs here: the words of sales, contact and entry channels, of devices and price tiers. Does not belong here: which
ledger counts them. A word that is not here is ``other``; a project says by ``values`` of its column
what it means.
"""

from collections.abc import Mapping, Sequence

import ibis
from ibis.expr import types as ir

OTHER = "other"
#: Words, in small letters with blanks for hyphens and underscores, by kind.
CHANNEL_WORDS: Mapping[str, Sequence[str]] = {
    "store": ("store", "in store", "branch", "outlet", "pos", "till", "counter", "retail", "filiale", "门店", "实体店", "线下", "柜台", "网点"),
    "web": ("web", "website", "web site", "web shop", "webshop", "online", "online shop", "internet", "e commerce", "网站", "官网", "网店", "线上", "网上"),
    "app": ("app", "mobile app", "mini program", "miniprogram", "小程序", "应用", "手机应用"),
    "phone": ("phone", "telephone", "call", "call centre", "call center", "hotline", "telefon", "电话", "热线"),
    "partner": ("partner", "marketplace", "market place", "dealer", "reseller", "distributor", "agent", "franchise", "amazon", "ebay", "tmall", "taobao", "jd", "pinduoduo", "天猫", "淘宝", "京东", "拼多多", "经销商", "代理", "合作伙伴"),
    "email": ("email", "e mail", "newsletter", "邮件", "电子邮件", "电邮"),
    "message": ("message", "sms", "text message", "mms", "push", "whatsapp", "wechat", "messenger", "短信", "微信", "推送"),
    "post": ("post", "letter", "direct mail", "flyer", "leaflet", "brief", "信件", "直邮", "邮寄", "传单"),
    "social": ("social", "social media", "facebook", "instagram", "weibo", "tiktok", "douyin", "xiaohongshu", "社交", "社交媒体", "微博", "抖音", "小红书"),
}  # fmt: skip
#: How a visitor came to a site or an app.
ENTRY_WORDS: Mapping[str, Sequence[str]] = {
    "search": ("search", "organic", "organic search", "seo", "google", "bing", "baidu", "搜索", "百度"),
    "ads": ("ads", "ad", "advertising", "paid", "paid search", "sem", "cpc", "ppc", "display", "banner", "广告"),
    "email": CHANNEL_WORDS["email"],
    "social": CHANNEL_WORDS["social"],
    "direct": ("direct", "typed", "bookmark", "直接", "直接访问", "收藏"),
    "referral": ("referral", "referrer", "link", "affiliate", "partner", "推荐", "外链", "联盟"),
}  # fmt: skip
DEVICE_WORDS: Mapping[str, Sequence[str]] = {
    "mobile": ("mobile", "phone", "smartphone", "mobile phone", "tablet", "iphone", "ipad", "ios", "android", "app", "手机", "平板", "移动", "移动端"),
    "desktop": ("desktop", "pc", "laptop", "computer", "notebook", "mac", "windows", "电脑", "桌面", "台式机", "笔记本"),
}  # fmt: skip
TIER_WORDS: Mapping[str, Sequence[str]] = {
    "premium": ("premium", "luxury", "high", "high end", "upper", "高端", "高档", "奢侈"),
    "mainstream": ("mainstream", "medium", "middle", "mid", "standard", "regular", "中端", "中档", "标准"),
    "budget": ("budget", "economy", "value", "low", "low end", "basic", "cheap", "低端", "低档", "经济"),
}  # fmt: skip


def kind_of(written: ir.StringValue, words: Mapping[str, Sequence[str]]) -> ir.StringValue:
    """Kind by ``words`` of what is ``written``: ``other`` for an unknown word, null for null."""
    plain = written.strip().lower().re_replace(r"[\s_-]+", " ")
    branches = [(plain.isin(list(known)), ibis.literal(kind)) for kind, known in words.items()]
    return ibis.cases((written.isnull(), ibis.null("string")), *branches, else_=ibis.literal(OTHER))


def with_kind(
    rows: ir.Table, name: str, column: str, words: Mapping[str, Sequence[str]], told: ir.Table | None = None
) -> ir.Table:
    """``rows`` with the kind of ``column`` as ``name``.

    Each distinct word is read once: of ``told``, a table with all of them, where ``rows`` are dear to make.
    """
    some = rows if told is None else told
    written = some.select(column).distinct()
    kinds = written.select(_written=written[column], **{name: kind_of(written[column], words)})
    return rows.left_join(kinds, rows[column] == kinds["_written"]).drop("_written")
