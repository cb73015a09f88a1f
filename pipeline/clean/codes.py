"""Codes: country, currency, language and gender from the ways in which people write them.

Belongs here: how one written word becomes a code, or none. Does not belong here: which columns hold
codes (``canonical``), or codes that a contract lists itself.

Countries, currencies and languages come from pycountry with its Chinese translations. What may mean
two things ("$", "¥", a gender "1") has no code: a project says by ``values`` what it means.
"""

import gettext
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

_LOCALES = ("zh_CN", "zh_TW", "zh_HK")
_COUNTRIES = {
    "AE": ("UAE",),
    "CD": ("DR Congo",),
    "CI": ("Ivory Coast",),
    "CN": ("Mainland China", "PRC", "中国大陆", "大陆", "中华人民共和国"),
    "CZ": ("Czech Republic", "捷克共和国"),
    "GB": ("UK", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland", "大不列颠"),
    "HK": ("Hong Kong SAR", "香港", "中国香港"),
    "IE": ("Eire", "Republic of Ireland"),
    "KP": ("North Korea", "北朝鲜"),
    "KR": ("South Korea", "Korea", "南韩", "韩国"),
    "MO": ("Macau", "澳门", "中国澳门"),
    "NL": ("Holland", "荷兰"),
    "RU": ("Russia", "俄国"),
    "TR": ("Turkey",),
    "TW": ("Taiwan", "台湾", "臺灣", "中国台湾"),
    "US": ("USA", "America", "United States of America", "美利坚合众国"),
}
_CURRENCIES = {
    "CNY": ("RMB", "人民币", "Renminbi", "Chinese Yuan"),
    "EUR": ("€",),
    "GBP": ("£", "英镑"),
    "HKD": ("HK$", "港币", "港元"),
    "JPY": ("日元", "日圆"),
    "TWD": ("NT$", "新台币", "台币"),
    "USD": ("US$", "美元", "美金"),
}
_LANGUAGES = {
    "zh": (
        "Mandarin",
        "Cantonese",
        "cmn",
        "普通话",
        "国语",
        "汉语",
        "中文",
        "华语",
        "简体中文",
        "繁体中文",
        "粤语",
    ),
}
_GENDERS = {
    "f": ("f", "female", "woman", "w", "weiblich", "女", "女性", "女士"),
    "m": ("m", "male", "man", "männlich", "男", "男性", "先生"),
    "x": ("x", "diverse", "divers", "non binary", "nonbinary"),
}
_GENDER_UNKNOWN = ("unknown", "未知", "不详", "保密")


def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 code of a country written as code or name, English or Chinese."""
    return _countries().get(_folded(text))


def currency_code(text: str) -> str | None:
    """ISO 4217 code of a currency written as code, name or unambiguous sign."""
    return _currencies().get(_folded(text)) or _currencies().get(text.strip())


def language_code(text: str) -> str | None:
    """ISO 639-1 code of a language (639-3 where there is none), from a code, a tag or a name."""
    languages = _languages()
    head = re.split("[-_]", text.strip())[0]
    said = (text, text.removesuffix("文") + "语", head if head.isascii() and len(head) <= 3 else text)
    return next((code for one in said if (code := languages.get(_folded(one)))), None)


def gender_code(text: str) -> str | None:
    """``f``, ``m`` or ``x`` from English, German or Chinese words; anything else, numbers among it,
    as it is written; none where it says that the gender is not known."""
    word = _folded(text)
    return None if word in _unknown_genders() else _genders().get(word, text)


def themes(text: str) -> str | None:
    """Themes in small letters, sorted, each once, with semicolons between."""
    found = {one.strip().lower() for one in re.split("[;,、；，|]", text)} - {""}
    return ";".join(sorted(found)) or None


def _folded(text: str) -> str:
    """Small letters and digits alone, without accents and a leading article."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = re.sub(r"[\W_]+", " ", "".join(one for one in plain if not unicodedata.combining(one))).split()
    return "".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


@cache
def _countries() -> dict[str, str]:
    import pycountry

    found: dict[str, str] = {}
    for one in pycountry.countries:
        names = [getattr(one, kind, None) for kind in ("name", "official_name", "common_name")]
        written = [name for name in names if name]
        turned = [" ".join(reversed(name.split(", "))) for name in written if ", " in name]
        local = _translated("iso3166-1", written)
        _add(found, one.alpha_2, (one.alpha_2, one.alpha_3, *written, *turned, *local))
    for code, aliases in _COUNTRIES.items():
        found |= {_folded(one): code for one in aliases}
    return found


@cache
def _currencies() -> dict[str, str]:
    import pycountry

    found: dict[str, str] = {}
    for one in pycountry.currencies:
        _add(found, one.alpha_3, (one.alpha_3, one.name, *_translated("iso4217", [one.name])))
    for code, aliases in _CURRENCIES.items():
        found |= {(_folded(one) if one.isalpha() else one): code for one in aliases}
    return found


@cache
def _languages() -> dict[str, str]:
    import pycountry

    found: dict[str, str] = {}
    some = sorted(pycountry.languages, key=lambda one: (getattr(one, "alpha_2", "zz"), one.alpha_3))
    for one in some:
        code = getattr(one, "alpha_2", None)
        if code is None:
            _add(found, one.alpha_3, (one.alpha_3,))
            continue
        names = [one.name, *one.name.split("; "), *_translated("iso639-3", [one.name])]
        parts = [part for name in names for part in name.split("; ")]
        _add(found, code, (code, one.alpha_3, getattr(one, "bibliographic", ""), *names, *parts))
    for code, aliases in _LANGUAGES.items():
        found |= {_folded(one): code for one in aliases}
    return found


@cache
def _genders() -> dict[str, str]:
    return {_folded(word): code for code, words in _GENDERS.items() for word in words}


@cache
def _unknown_genders() -> frozenset[str]:
    return frozenset(_folded(one) for one in _GENDER_UNKNOWN)


def _add(found: dict[str, str], code: str, names: Iterable[str]) -> None:
    for one in names:
        if one:
            found.setdefault(_folded(one), code)


def _translated(domain: str, names: Iterable[str]) -> list[str]:
    return [
        there
        for catalogue in _catalogues(domain)
        for one in names
        if (there := catalogue.gettext(one)) != one
    ]


@cache
def _catalogues(domain: str) -> tuple[Any, ...]:
    import pycountry

    return tuple(
        gettext.translation(domain, pycountry.LOCALES_DIR, languages=[one], fallback=True) for one in _LOCALES
    )
