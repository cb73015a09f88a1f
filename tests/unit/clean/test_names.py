"""Names, Latin and Chinese: honorifics off, one script, given and family name where they are sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.names import named, part


@pytest.mark.parametrize(
    ("written", "full", "first", "last"),
    [
        ("Ann Smith", "Ann Smith", "Ann", "Smith"),
        ("Smith, Ann", "Ann Smith", "Ann", "Smith"),
        ("ANN SMITH", "Ann Smith", "Ann", "Smith"),
        ("SMITH, ANN M.", "Ann M. Smith", "Ann M.", "Smith"),
        ("Dr. Juan Q. Xavier de la Vega III", "Juan Q. Xavier de la Vega", "Juan Q. Xavier", "de la Vega"),
        ("Frau Dr. Anna Schmidt-Meier", "Anna Schmidt-Meier", "Anna", "Schmidt-Meier"),
        ("Mr. John Smith Jr.", "John Smith", "John", "Smith"),
        ("Herr Müller", "Müller", "", "Müller"),
        ("Dean Martin", "Dean Martin", "Dean", "Martin"),
        ("Mary", "Mary", "", ""),
        ("Müller GmbH", "Müller GmbH", "", ""),
        ("北京茶叶有限公司", "北京茶叶有限公司", "", ""),
        ("王小明", "王小明", "小明", "王"),
        ("欧阳锋", "欧阳锋", "锋", "欧阳"),
        ("諸葛亮先生", "诸葛亮", "亮", "诸葛"),
        ("陳國龍", "陈国龙", "国龙", "陈"),
        ("李 小龙", "李小龙", "小龙", "李"),
        ("王女士", "王", "", "王"),
        ("李总", "李", "", "李"),
        ("尊敬的张伟老师", "张伟", "伟", "张"),
        ("Mr. 张伟", "张伟", "伟", "张"),
        ("亓明", "亓明", "明", "亓"),
        ("司马", "司马", "", "司马"),
        ("阿里·穆罕默德", "阿里·穆罕默德", "阿里", "穆罕默德"),
        ("山田太郎", "山田太郎", "", ""),
        ("김민준", "김민준", "민준", "김"),
    ],
)
def test_full_names_are_split(written: str, full: str, first: str, last: str) -> None:
    assert named(written, "", "") == (full, first, last)


@pytest.mark.parametrize(
    ("first", "last", "full"),
    [
        ("Ann", "Smith", "Ann Smith"),
        ("Mrs. Ann", "Smith PhD", "Ann Smith"),
        ("國龍", "陳", "陈国龙"),
        ("明先生", "欧阳", "欧阳明"),
        ("", "Smith", "Smith"),
        ("Ms", "Smith", "Ms Smith"),
        ("", "", ""),
    ],
)
def test_the_full_name_is_made_of_its_parts(first: str, last: str, full: str) -> None:
    assert named("", first, last)[0] == full


def test_a_mapped_part_wins_over_what_the_full_name_says() -> None:
    assert named("Wang Xiaoming", "Xiaoming", "Wang") == ("Wang Xiaoming", "Xiaoming", "Wang")
    assert named("John Smith", "", "Smyth") == ("John Smith", "John", "Smyth")


def test_names_that_are_honorifics_too_stay() -> None:
    assert [part(one) for one in ("Earl", "King", "Dean", "Dr", "王", "先生")] == [
        "Earl",
        "King",
        "Dean",
        "Dr",
        "王",
        "先生",
    ]


@given(st.text(alphabet="Aab é,.·王欧阳陈陳先生SmithDr ", max_size=20))
def test_any_text_has_a_name_and_a_clean_name_stays_as_it_is(text: str) -> None:
    written = " ".join(text.split())
    full, first, last = named(written, "", "")

    assert bool(full) == bool(written)
    assert named("", first, last)[1:] == (part(first), part(last))
