"""What the values of a column say."""

import pytest

from pipeline.drafting.profiles import Column, profile


def of(*values: str | None, times: int = 1, **more: str) -> Column:
    sample = list(values) * times
    return profile(
        "one", sample, len(sample), sum(v is not None for v in sample), len({*values} - {None}), **more
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("a@b.example", "c.d@e.example"), "email"),
        (("+49 170 1234567", "0170 7936 877"), "phone"),
        (("13811433512", "13639446135"), "phone"),
        (("yes", "no"), "flag"),
        (("0", "1"), "flag"),
        (("是", "否"), "flag"),
        (("2024-01-01", "2024-02-01"), "time"),
        (("12", "13"), "number"),
        (("17850", "13047"), "number"),
        (("red", "blue"), "text"),
        ((None, "nan"), "empty"),
        ((), "empty"),
    ],
)
def test_the_kind_of_a_column_is_that_of_its_values(values: tuple[str | None, ...], kind: str) -> None:
    assert of(*values).kind == kind


def test_a_few_slips_do_not_change_the_kind() -> None:
    assert of(*["yes"] * 60, *["no"] * 60, "partly").kind == "flag"
    assert of(*["no"] * 60, "partly").kind == "flag"
    assert of(*[f"2024-01-{day:02}" for day in range(1, 29)] * 4, "soon").kind == "time"


def test_codes_are_kept_only_where_they_are_few_and_none_looks_personal() -> None:
    assert of("red", "blue", times=5).codes == ("blue", "red")
    assert of("a@b.example", "c@d.example", times=5).codes == ()
    assert of("+49 170 1234567", "red", times=5).codes == ()
    assert of(*(f"name {at}" for at in range(60)), times=5).codes == ()
    assert of("Anna Schmidt", "Bo Li").codes == (), "different in every row: they may be anything"


def test_what_is_described_holds_no_value() -> None:
    said = of("Anna Schmidt", "Bo Li", None).described
    assert said == "text, 2 different, missing in 33%"


def test_unique_is_what_hardly_any_two_rows_share() -> None:
    assert of(*(f"k{at}" for at in range(100))).is_unique
    assert not of(*(f"k{at}" for at in range(50)), times=2).is_unique
    assert of(*(f"k{at}" for at in range(98)), "k1", "k2").is_nearly_unique


def test_codes_of_contracts_are_recognised() -> None:
    assert of("EUR", "GBP", times=3).is_code_of_currency
    assert of("Germany", "France", times=3).is_country
    assert of("F", "M", times=3).is_gender
    assert not of("red", "blue", times=3).is_country


def test_typed_times_need_no_format() -> None:
    found = of("2024-01-01 10:00:00", type_name="timestamp(6)")
    assert (found.kind, found.is_typed_time) == ("time", True)


def test_international_numbers_tell_their_country() -> None:
    assert of("+49 30 123456", "+49 89 123456", "+44 20 7946 0958").countries[0] == ("DE", 2)


def test_fractions_are_no_ids() -> None:
    assert of("17850", "13047").looks_like_id
    assert not of("2.55", "3.39").looks_like_id
    assert not of("-1", "3").looks_like_id
