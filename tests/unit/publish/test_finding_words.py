"""Findings in plain words, in both languages: figures with units, labels, nothing of what may not be told."""

import pytest

from pipeline.publish import finding_words
from pipeline.publish.texts import Language, Words
from pipeline.settings import BUILT_IN
from pipeline.tables.fields import comparison, measure
from tests.unit.notify.lake import finding

EN = Words("en", "EUR", {"rfm:champions": "Champions"}, BUILT_IN)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_measure_and_comparison_has_words(language: Language) -> None:
    words = Words(language, "EUR", {}, BUILT_IN)
    for one in measure.values:
        for other in comparison.values:
            row = finding("2024-03", measure=one, comparison=other, value=0.3, compared_value=0.2)
            said = finding_words.changed(row, words)
            assert "{" not in said
            assert "net_amount" not in said


def test_figures_have_their_unit_and_the_change() -> None:
    assert "240.0 EUR on average, 120.0 EUR in the period before (+100%)" in finding_words.changed(
        finding("2024-03"), EN
    )
    less = finding_words.changed(finding("2024-03", value=60.0), EN)
    assert less.endswith("(−50%)")
    below = finding_words.changed(finding("2024-03", value=-0.73, compared_value=-3.02), EN)
    assert below.endswith("−3.02 EUR in the period before"), "−76% would read as less"
    share = finding("2024-03", measure="missing_share_change", value=0.02, compared_value=0.0)
    assert finding_words.changed(share, EN).startswith("2.0% of customers have no value of ")


def test_figures_that_may_not_be_published_are_not_said() -> None:
    said = finding_words.changed(finding("2024-03", value=None, compared_value=None), EN)
    assert said.endswith("its figures may not be published")


def test_since_when_with_its_interval() -> None:
    assert finding_words.since(finding("2024-03"), EN) == "2024-03"
    between = {
        "began_period": "2024-02",
        "began_earliest_period": "2024-01",
        "began_latest_period": "2024-03",
    }
    assert finding_words.since(finding("2024-03", **between), EN) == "2024-02 (between 2024-01 and 2024-03)"


def test_what_carries_it_by_its_label() -> None:
    assert finding_words.carried(finding("2024-03"), EN) == ""
    segment = finding("2024-03", carried_by="rfm:champions", carried_share=0.8)
    assert finding_words.carried(segment, EN).startswith("Champions (")
    assert finding_words.carried(segment, EN).endswith("80% of the change")
    channel = finding("2024-03", carried_by="top_channel_12p: web", carried_share=0.6)
    assert finding_words.carried(channel, EN).startswith("web (")
    assert "top_channel" not in finding_words.carried(channel, EN)
