import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.identity.linkage.forms import (
    address_form,
    address_text,
    latin,
    latin_text,
    simplified,
    simplified_text,
)


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


@settings(deadline=None)  # the converters of Chinese are loaded at the first text
@given(st.lists(st.text(st.characters(codec="ascii")) | st.text() | st.none(), min_size=1, max_size=20))
def test_columns_take_the_same_forms_in_the_engine(engine: Engine, texts: list[str | None]) -> None:
    column = engine.from_arrow(pa.table({"place": range(len(texts)), "text": pa.array(texts, pa.string())}))
    made = {"simplified": simplified_text, "latin": latin_text, "address": address_text}
    table = column.select("place", **{name: form(column.text) for name, form in made.items()})
    found = table.order_by("place").drop("place").to_pyarrow().to_pylist()
    forms = {"simplified": simplified, "latin": latin, "address": address_form}
    assert found == [
        {name: None if text is None else form(text) for name, form in forms.items()} for text in texts
    ]
