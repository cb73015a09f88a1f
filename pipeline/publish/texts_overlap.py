"""Words of the report's parts on who is where at once.

Belongs here: what those parts say, in both languages. Does not belong here: any other words (``texts``).
"""

# A text reads best on one line.
# ruff: noqa: E501

EN: dict[str, str] = {
    "at_once": "Which schemes say the same",
    "chart_together": "How closely the segments of two schemes go together",
    "chart_together_note": "0: as if drawn apart. 1: the segment in the one scheme follows from that in the other. Of customers with a segment in both, corrected for chance (Cramér's V). Schemes that go closely together say much the same.",
    "together_value": "Go together",
    "overlap": "Where its customers are in other schemes",
    "overlap_note": "For each segment the segments of other schemes that set it apart most: what part of its customers is there, and how many times the part of all customers that is.",
    "overlap_scheme": "Other scheme",
    "overlap_other": "Segment of another scheme",
    "overlap_customers": "Customers in both",
    "overlap_of_it": "Share of the segment",
    "overlap_lift": "Times the share of all",
    "overlap_place": "{scheme}: {segment}",
    "times": "{times}×",
}

ZH: dict[str, str] = {
    "at_once": "哪些方案说法相近",
    "chart_together": "两个方案的分群有多一致",
    "chart_together_note": "0：互不相关；1：由一个方案的分群可知另一方案的分群。按在两个方案中均有分群的客户计算，已扣除巧合（Cramér's V）。非常一致的方案说的几乎是同一件事。",
    "together_value": "一致程度",
    "overlap": "其客户在其他方案中的位置",
    "overlap_note": "对每个分群列出其他方案中最能区分它的分群：其客户有多少在那里，以及该占比是全部客户中占比的多少倍。",
    "overlap_scheme": "另一方案",
    "overlap_other": "其他方案的分群",
    "overlap_customers": "同时处于两者的客户数",
    "overlap_of_it": "占该分群",
    "overlap_lift": "为全部客户占比的倍数",
    "overlap_place": "{scheme}：{segment}",
    "times": "{times} 倍",
}
