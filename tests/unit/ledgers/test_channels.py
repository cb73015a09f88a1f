"""Kinds of channel: companies' own words, in several languages and spellings."""

import ibis
import pytest

from pipeline.ledgers.channels import CHANNEL_WORDS, DEVICE_WORDS, ENTRY_WORDS, kind_of
from pipeline.tables import fields as f

VOCABULARIES = {"channel": CHANNEL_WORDS, "entry_channel": ENTRY_WORDS, "device": DEVICE_WORDS}


@pytest.mark.parametrize(
    ("column", "written", "kind"),
    [
        ("channel", "store", "store"),
        ("channel", " In-Store ", "store"),
        ("channel", "门店", "store"),
        ("channel", "Web_Shop", "web"),
        ("channel", "mini program", "app"),
        ("channel", "小程序", "app"),
        ("channel", "tmall", "partner"),
        ("channel", "E-Mail", "email"),
        ("channel", "SMS", "message"),
        ("channel", "kiosk", "other"),
        ("channel", "", "other"),
        ("channel", None, None),
        ("entry_channel", "newsletter", "email"),
        ("entry_channel", "Google", "search"),
        ("entry_channel", "billboard", "other"),
        ("device", "Phone", "mobile"),
        ("device", "Tablet", "mobile"),
        ("device", "电脑", "desktop"),
        ("device", "watch", "other"),
        ("device", None, None),
    ],
)
def test_a_word_means_a_kind(engine, column, written, kind):
    given = engine.from_arrow(ibis.memtable({"word": [written]}, schema={"word": "string"}).to_pyarrow())
    found = given.select(kind=kind_of(given.word, VOCABULARIES[column]))
    assert engine.to_arrow(found).to_pylist() == [{"kind": kind}]


@pytest.mark.parametrize("column", VOCABULARIES)
def test_a_word_stands_once_and_as_it_is_compared(column):
    words = [word for known in VOCABULARIES[column].values() for word in known]
    assert len(words) == len(set(words))
    assert [one for one in words if one != one.strip().lower() or set(one) & set("-_")] == []
    assert getattr(f, column).name == column
