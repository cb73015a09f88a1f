"""Kinds of channel: companies' own words, in several languages and spellings."""

import ibis
import pytest

from pipeline.ledgers.channels import CHANNEL_WORDS, DEVICE_WORDS, ENTRY_WORDS, kind_of
from pipeline.tables import fields as f

VOCABULARIES = {"channel": CHANNEL_WORDS, "entry_channel": ENTRY_WORDS, "device": DEVICE_WORDS}


MEANT: dict[str, dict[str | None, str | None]] = {
    "channel": {
        "store": "store", " In-Store ": "store", "门店": "store",
        "Web_Shop": "web",
        "mini program": "app", "小程序": "app",
        "tmall": "partner",
        "E-Mail": "email",
        "SMS": "message",
        "kiosk": "other", "": "other",
        None: None,
    },
    "entry_channel": {"newsletter": "email", "Google": "search", "billboard": "other"},
    "device": {"Phone": "mobile", "Tablet": "mobile", "电脑": "desktop", "watch": "other", None: None},
}  # fmt: skip


@pytest.mark.parametrize("column", VOCABULARIES)
def test_a_word_means_a_kind(engine, column):
    words = ibis.memtable({"word": list(MEANT[column])}, schema={"word": "string"}).to_pyarrow()
    given = engine.from_arrow(words)
    found = engine.to_arrow(given.select("word", kind=kind_of(given.word, VOCABULARIES[column])))
    assert {row["word"]: row["kind"] for row in found.to_pylist()} == MEANT[column]


@pytest.mark.parametrize("column", VOCABULARIES)
def test_a_word_stands_once_and_as_it_is_compared(column):
    words = [word for known in VOCABULARIES[column].values() for word in known]
    assert len(words) == len(set(words))
    assert [one for one in words if one != one.strip().lower() or set(one) & set("-_")] == []
    assert getattr(f, column).name == column
