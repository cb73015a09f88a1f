import pytest

from pipeline.identity.linkage.forms import address_form, latin, simplified


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("張偉", "zhangwei"),
        ("张伟", "zhangwei"),
        ("Zhāng Wěi", "zhangwei"),
        ("Müller-Lüdenscheidt", "mullerludenscheidt"),
        ("O'Brien", "obrien"),
        ("Groß", "gross"),
        ("Иван", "иван"),
        ("--", ""),
    ],
)
def test_latin_letters_meet_across_scripts_and_marks(written: str, expected: str) -> None:
    assert latin(written) == expected


def test_traditional_and_simplified_characters_are_one_form() -> None:
    assert simplified("張偉") == simplified("张伟") == "张伟"


def test_words_of_an_address_are_compared_whatever_their_order() -> None:
    assert address_form("12, High Street") == address_form("High street 12")
