"""Countries, currencies, languages, genders, themes; e-mail, phone, postcodes, national numbers."""

from collections.abc import Callable

import pytest

from pipeline.clean.codes import country_code, currency_code, gender_code, language_code, themes
from pipeline.clean.reach import email_address, national_number, phone_number, postcode

CODES: list[tuple[Callable[[str], str | None], dict[str, str | None]]] = [
    (
        country_code,
        {
            "de": "DE",
            "DEU": "DE",
            "Germany": "DE",
            "德国": "DE",
            "德國": "DE",
            "U.S.A.": "US",
            "the Netherlands": "NL",
            "Korea, Republic of": "KR",
            "South Korea": "KR",
            "cote d'ivoire": "CI",
            "EIRE": "IE",
            "England": "GB",
            "中国": "CN",
            "台湾": "TW",
            "香港": "HK",
            "Unspecified": None,
            "?": None,
        },
    ),
    (
        currency_code,
        {
            "eur": "EUR",
            "€": "EUR",
            "US Dollar": "USD",
            "US$": "USD",
            "人民币": "CNY",
            "美元": "USD",
            "$": None,
            "¥": None,
            "XXQ": None,
        },
    ),
    (
        language_code,
        {
            "en-GB": "en",
            "zh_Hant_TW": "zh",
            "eng": "en",
            "German": "de",
            "德语": "de",
            "德文": "de",
            "简体中文": "zh",
            "Spanish": "es",
            "yue": "yue",
            "Klingonese": None,
        },
    ),
    (
        gender_code,
        {
            "F": "f",
            "Female": "f",
            "女": "f",
            "Man": "m",
            "男": "m",
            "non-binary": "x",
            "1": "1",
            "Frau": "Frau",
        }
        | {"unknown": None, "未知": None},
    ),
    (themes, {"price; Service": "price;service", "价格、服务，价格": "价格;服务", " ; ": None}),
    (
        email_address,
        {
            "Ann.Smith+x@Example.ORG": "ann.smith+x@example.org",
            "Ann <ann@example.org>": "ann@example.org",
            "mailto:ann@example.org": "ann@example.org",
            "ann@例子.中国": "ann@例子.中国",
            "ann@example": None,
            "ann@x..org": None,
            "ann at example.org": None,
            "ann@shop.invalid": None,
        },
    ),
    (postcode, {"sw1a 1aa": "SW1A1AA", "10115.0": "10115", "100-0001": "100-0001"}),
    (national_number, {"123-45-6789": "123456789", "11010519491231002x": "11010519491231002X", "-": None}),
]


@pytest.mark.parametrize(
    ("read", "written", "code"),
    [(read, written, code) for read, pairs in CODES for written, code in pairs.items()],
)
def test_one_form_for_each_way_of_writing(
    read: Callable[[str], str | None], written: str, code: str | None
) -> None:
    assert read(written) == code


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("138 1234 5678", "CN", "+8613812345678"),
        ("13812345678.0", "CN", "+8613812345678"),
        ("+86 138-1234-5678", "", "+8613812345678"),
        ("0086 13812345678", "DE", "+8613812345678"),
        ("030/901820", "DE", "+4930901820"),
        ("+44 (0)20 7946 0958", "DE", "+442079460958"),
        ("(650) 253-0000 ext. 5", "US", "+16502530000"),
        ("(650) 253-0000", "", None),
        ("555-0123", "US", None),
        ("no phone", "US", None),
    ],
)
def test_phone_numbers_become_international(written: str, country: str, number: str | None) -> None:
    assert phone_number(written, country) == number
