"""Tone by the models that come along."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.texts import LANGUAGES, tone_model
from pipeline.texts.tone import ToneModel, model_file, read_model

ASAP = Path(__file__).parents[4] / "shared" / "data" / "asap_sample.csv"
GOOD = {
    "en": [
        "Great service, thank you very much!",
        "best coffee grinder I ever had",
        "not bad at all, works well",
    ],
    "zh": ["服务很好，物流很快，谢谢！", "非常满意，还会再来。", "质量不错，推荐"],
}
BAD = {
    "en": [
        "The quality is much worse than before.",
        "Third late delivery in a row, I am really disappointed.",
        "the screen does not work and support is useless",
    ],
    "zh": ["包装破损，质量很差，非常失望。", "物流太慢了，客服态度不好。", "再也不会来了，太糟糕"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_good_is_above_zero_and_bad_below(language: str) -> None:
    tones = {text: tone_model(language).tone(text) for text in GOOD[language] + BAD[language]}
    scores = {text: tone.score for text, tone in tones.items() if tone}
    assert {text for text, score in scores.items() if score > 0} == set(GOOD[language])
    assert {text for text, score in scores.items() if score < 0} == set(BAD[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_known_term_has_no_tone(language: str) -> None:
    assert tone_model(language).tone("") is None
    assert tone_model(language).tone("ᚠᚢᚦ") is None


@given(st.text(), st.sampled_from(LANGUAGES))
def test_a_score_lies_between_minus_one_and_one(text: str, language: str) -> None:
    tone = tone_model(language).tone(text)
    assert tone is None or (-1 <= tone.score <= 1 and tone.evidence > 0)


@given(st.text(alphabet="好坏不差，。服务goodbad nt'", max_size=40), st.sampled_from(LANGUAGES))
def test_width_and_case_change_no_score(text: str, language: str) -> None:
    model = tone_model(language)
    assert model.tone(text) == model.tone(text.upper())


def test_a_model_that_is_written_and_read_scores_the_same(tmp_path: Path) -> None:
    model = ToneModel("en", ("wbad", "wgood"), np.array([1.0, 1.25]), np.array([-2.5, 3.0]), 0.125)
    model.write(tmp_path / "model.parquet")
    read = read_model(tmp_path / "model.parquet")
    assert read.tone("good") == model.tone("good")
    assert (read.language, read.terms, read.intercept) == ("en", model.terms, 0.125)
    assert read.tone("good").score == pytest.approx(np.tanh((0.125 + 3.0) / 2))  # type: ignore[union-attr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_are_small(language: str) -> None:
    assert model_file(language).stat().st_size < 1_000_000


@pytest.mark.real_data
@pytest.mark.skipif(not ASAP.exists(), reason="the reviews of restaurants are not on this machine")
def test_reviews_of_restaurants_that_no_model_was_fitted_on() -> None:
    from sklearn.metrics import f1_score

    with ASAP.open(encoding="utf-8") as opened:
        rows = [(one["reviewbody"], float(one["star"])) for one in csv.DictReader(opened)]
    clear = [(text, stars) for text, stars in rows if stars >= 4 or stars <= 2]
    tones = [tone_model("zh").tone(text) for text, _ in clear]
    is_good = [tone is not None and tone.score > 0 for tone in tones]
    assert len(clear) == 256
    assert f1_score([stars >= 4 for _, stars in clear], is_good, average="macro") >= 0.85
