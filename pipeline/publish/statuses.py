"""What readers call it when a customer has no segment.

Belongs here: those few words, which tables hold as well. Does not belong here: other words (``texts``).
"""

#: In English and Chinese, by status.
STATUSES = {
    "insufficient_data": ("Insufficient data", "数据不足"),
    "not_applicable": ("Not applicable", "不适用"),
}
