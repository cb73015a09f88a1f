"""The language of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.texts.language import KNOWN, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The parcel arrived damaged and nobody answers my calls.", "en"),
        ("Great service, thank you very much!", "en"),
        ("Das Paket kam beschädigt an, ich bin enttäuscht.", "de"),
        ("très content de mon achat", "fr"),
        ("物流太慢了，客服态度不好。", "zh"),
        ("這個耳機非常好用", "zh"),
        ("iPhone 15 Pro Max 的屏幕太差", "zh"),
        ("とても良い商品でした。ありがとう", "ja"),
    ],
)
def test_short_texts_of_customers(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "   ", "12345", "!!! :-)", "+49 171 5551234"])
def test_without_letters_there_is_no_language(text: str) -> None:
    assert language_of(text) is None


@given(st.text())
def test_whatever_the_text_the_language_is_a_known_one_or_none(text: str) -> None:
    assert language_of(text) in (*KNOWN, None)
