"""How much two accounts agree: the levels of each comparison.

Belongs here: levels, as Splink's comparisons. Does not belong here: the forms that are
compared (``comparables``), the probabilities of the levels (``model``).
"""

from collections.abc import Callable
from typing import Any

#: Jaro-Winkler similarity from which two words are one with a slip of the pen, and from which they are alike.
_SLIP, _ALIKE = 0.92, 0.80


def comparisons(columns: list[str]) -> list[Any]:
    """Splink's comparison of each of the compared ``columns`` that a project has."""
    makers: dict[str, Callable[[], Any]] = {
        "given": _given,
        "family": _family,
        "birth": _birth,
        "email": _email,
        "phone": lambda: _code("phone"),
        "national_id": lambda: _code("national_id"),
        "address": _address,
        "postcode": _postcode,
        "city": _city,
        "region": lambda: _equal("region"),
        "gender": lambda: _equal("gender"),
    }
    return [make() for column, make in makers.items() if column in columns]


def _custom(column: str, *levels: Any) -> Any:
    from splink import comparison_level_library as cll
    from splink import comparison_library as cl

    return cl.CustomComparison([*levels, cll.ElseLevel()], output_column_name=column)


def _exact(column: str, with_terms: bool = False) -> Any:
    from splink import comparison_level_library as cll

    level = cll.ExactMatchLevel(column, term_frequency_adjustments=with_terms)
    return level.configure(label_for_charts="equal")


def _sql(sql: str, label: str) -> Any:
    from splink import comparison_level_library as cll

    return cll.CustomLevel(sql, label_for_charts=label, base_dialect_str="duckdb")


def _null(condition: str) -> Any:
    from splink import comparison_level_library as cll

    return cll.CustomLevel(condition, label_for_charts="unknown", base_dialect_str="duckdb").configure(
        is_null_level=True
    )


_SWAPPED = (
    "given_latin_l = family_latin_r and family_latin_l = given_latin_r and given_latin_l != family_latin_l"
)


def _similar(column: str) -> str:
    """Jaro-Winkler similarity, the same whichever account comes first."""
    left, right = f"{column}_l", f"{column}_r"
    return f"jaro_winkler_similarity(least({left}, {right}), greatest({left}, {right}))"


def _one_off(column: str) -> str:
    """One character differs, is missing, or is swapped with the next (Damerau and Levenshtein).

    Cheaper measures that such a slip always reaches, from four characters on, go first: they spare
    nearly all pairs the dear one.
    """
    sides = f"{column}_l, {column}_r"
    return (
        f"jaro_similarity({sides}) >= 0.8 and levenshtein({sides}) <= 2 and damerau_levenshtein({sides}) <= 1"
    )


def _either_begins(column: str) -> str:
    return f"starts_with({column}_l, {column}_r) or starts_with({column}_r, {column}_l)"


def _given() -> Any:
    return _custom(
        "given",
        _null("given_latin_l is null or given_latin_r is null"),
        _exact("given", with_terms=True),
        _sql("given_latin_l = given_latin_r", "equal in Latin letters"),
        _sql(_SWAPPED, "swapped with the family name"),
        _sql(
            f"{_similar('given_latin')} >= {_SLIP}",
            "slip",
        ),
        _sql(
            f"{_similar('given_latin')} >= {_ALIKE} or {_either_begins('given_latin')}",
            "alike, or one begins with the other",
        ),
    )


def _family() -> Any:
    return _custom(
        "family",
        # swapped names are counted once, with the given name
        _null(f"family_latin_l is null or family_latin_r is null or ({_SWAPPED})"),
        _exact("family", with_terms=True),
        _sql("family_latin_l = family_latin_r", "equal in Latin letters"),
        _sql(
            f"{_similar('family_latin')} >= {_SLIP}",
            "slip",
        ),
        _sql(
            f"{_similar('family_latin')} >= {_ALIKE}",
            "alike",
        ),
    )


def _birth() -> Any:
    swapped = (
        "substr(birth_l, 1, 4) = substr(birth_r, 1, 4) and substr(birth_l, 5, 2) = substr(birth_r, 7, 2)"
        " and substr(birth_l, 7, 2) = substr(birth_r, 5, 2)"
    )
    return _custom(
        "birth",
        _null("birth_l is null or birth_r is null"),
        _exact("birth", with_terms=True),
        _sql(
            f"({_one_off('birth')}) or ({swapped})",
            "one digit off, or day and month swapped",
        ),
        _sql(
            "substr(birth_l, 5, 4) = substr(birth_r, 5, 4) or levenshtein(birth_l, birth_r) <= 2",
            "two digits off, or another year",
        ),
        _sql("substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", "same year"),
    )


def _email() -> Any:
    # Addresses are made of names: people of one name have like ones, and a slip makes them like as well.
    # So a like address says nothing, neither for one person nor against.
    alike = f"email_l != email_r and (email_local_l = email_local_r or {_one_off('email')})"
    return _custom("email", _null(f"email_l is null or email_r is null or ({alike})"), _exact("email"))


def _code(column: str) -> Any:
    return _custom(
        column,
        _null(f"{column}_l is null or {column}_r is null"),
        _exact(column),
        _sql(_one_off(column), "one character off"),
        _sql(
            f"jaro_similarity({column}_l, {column}_r) >= 0.6 and levenshtein({column}_l, {column}_r) <= 2",
            "two characters off",
        ),
    )


def _shared_words(least: float) -> str:
    """At least this share of the words of the longer address are in the other, too."""
    words = "address_words_l, address_words_r"
    longer = "greatest(len(address_words_l), len(address_words_r))"
    return f"list_has_any({words}) and len(list_intersect({words})) >= {least} * {longer}"


def _address() -> Any:
    return _custom(
        "address",
        _null("address_l is null or address_r is null"),
        _exact("address"),
        _sql(
            f"{_similar('address')} >= 0.95 or jaccard(address_l, address_r) >= 0.95",
            "slip",
        ),
        _sql(_shared_words(0.6), "most words"),
        _sql(_shared_words(0.3), "some words"),
    )


def _postcode() -> Any:
    return _custom(
        "postcode",
        _null("postcode_l is null or postcode_r is null"),
        _exact("postcode", with_terms=True),
        _sql(_one_off("postcode"), "one character off"),
        _sql("postcode_area_l = postcode_area_r", "same area"),
    )


def _city() -> Any:
    return _custom(
        "city",
        _null("city_l is null or city_r is null"),
        _exact("city", with_terms=True),
        _sql(f"{_similar('city')} >= {_SLIP}", "slip"),
        _sql("contains(city_l, city_r) or contains(city_r, city_l)", "one holds the other"),
    )


def _equal(column: str) -> Any:
    return _custom(column, _null(f"{column}_l is null or {column}_r is null"), _exact(column))
