"""Columns of playbooks: how to treat the customers of a segment, each part in English and Chinese.

Belongs here: what each part of a playbook is about. Does not belong here: what it says (documents of schemes).
"""

from collections.abc import Iterator, Mapping

from pipeline.tables.model import TEXT, Field

#: Parts of a playbook in the order in which they are read, and what each is about.
PARTS: Mapping[str, tuple[str, str]] = {
    "who": ("Who the customers are.", "客户是谁。"),
    "needs": ("What they need, and what troubles them.", "他们的需求与困扰。"),
    "proposition": (
        "Value proposition: what is of worth to them, and what sets it apart.",
        "价值主张：对他们有何价值、与众不同之处。",
    ),
    "handling": ("What to do, and what to leave.", "该做什么、不该做什么。"),
    "service_level": ("Service level.", "服务等级。"),
    "advised_offer": ("What to offer.", "提供什么优惠或商品。"),
    "advised_channel": ("How to reach them.", "用什么渠道触达。"),
}


def _columns() -> Iterator[Field]:
    for part, (meaning, zh) in PARTS.items():
        for name, en_in, zh_in in ((part, "English", "英文"), (f"{part}_zh", "Chinese", "中文")):
            yield Field(
                name,
                TEXT,
                f"{meaning} In {en_in}.",
                null_meaning="nobody has written it",
                safe_by="words of the program or the settings",
                zh=f"{zh}{zh_in}。",
            )


ADVICE: tuple[Field, ...] = tuple(_columns())
