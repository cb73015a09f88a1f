"""Words of the report: every text in both languages, labels in place of names, values with their unit."""

import re

import pytest

from pipeline.features import FEATURES
from pipeline.publish.texts import TEXTS, Words
from pipeline.settings import BUILT_IN


def test_both_languages_have_every_text_with_the_same_places():
    english, chinese = TEXTS["en"], TEXTS["zh"]
    assert english.keys() == chinese.keys()
    places = re.compile(r"{(\w+)}")
    differing = [
        key for key in english if set(places.findall(english[key])) != set(places.findall(chinese[key]))
    ]
    assert differing == []


def test_every_feature_and_scheme_has_a_label_in_both_languages():
    labels = [one.label for one in FEATURES.values()]
    labels += [(one.label.en, one.label.zh) for one in BUILT_IN.values()]
    assert [one for one in labels if not one[0] or not re.search(r"[\u4e00-\u9fff]", one[1])] == []


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("discount_share_12p", 0.1234, "12.3%"),
        ("recency_days", 31.26, "31.3 days"),
        ("net_amount_12p", 1234.5, "1,234 EUR"),
        ("net_amount_trend_index_6p", -0.25, "−0.25"),
        ("recency_days", None, "–"),
        ("orders_slope_12p", -0.001, "0.00"),
    ],
)
def test_means_are_shown_with_their_unit(name, value, shown):
    assert Words("en", "EUR").quantity(name, value) == shown


def test_labels_are_words():
    words = Words("en", "EUR", {"rfm:champions": "Champions"})
    assert words.state("rfm:champions") == "Champions"
    assert words.state("insufficient_data") == "Insufficient data"
    assert words.feature("orders_count_3p") == "Orders, last 3 periods"
    assert words.feature("order_days_count_12p") == "Order days"
    assert Words("zh", "CNY").feature("recency_days") == "距最近订单天数"
