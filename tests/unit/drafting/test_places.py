"""Which files belong together, and what they are called."""

from pathlib import Path

import pytest

from pipeline.drafting.places import Files, found_in, joined, source_name, split


def made(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    return folder


def paths(folder: Path) -> list[tuple[str, ...]]:
    return sorted(one.paths for one in found_in(folder).groups)


def test_daily_drops_are_one_source_with_a_wildcard(tmp_path: Path) -> None:
    made(tmp_path, *(f"sales_2024-01-{day:02}.csv" for day in range(1, 31)), "customers.csv")
    assert paths(tmp_path) == [("customers.csv",), ("sales_*.csv",)]


def test_drops_in_folders_of_days_are_one_source(tmp_path: Path) -> None:
    made(tmp_path, "2024/01/sales.csv", "2024/02/sales.csv", "2025/01/sales.csv")
    assert paths(tmp_path) == [("*/*/sales.csv",)]


def test_a_wildcard_finds_no_file_that_is_something_else(tmp_path: Path) -> None:
    made(tmp_path, "sales_1.csv", "sales_2.csv", "sales_old.csv")
    assert paths(tmp_path) == [("sales_[0-9]*.csv",), ("sales_old.csv",)]


def test_hidden_files_prose_and_lakes_are_left_out(tmp_path: Path) -> None:
    made(
        tmp_path,
        ".x.csv",
        "_x.csv",
        "~x.csv",
        "README.txt",
        "lake/raw/a.csv",
        "lake/restricted/b.csv",
        "x.csv",
        "x.pdf",
    )
    found = found_in(tmp_path)
    assert [one.paths for one in found.groups] == [("x.csv",)]
    assert found.others == ("README.txt", "x.pdf")


def test_files_of_one_pattern_with_other_columns_are_parted(tmp_path: Path) -> None:
    made(tmp_path, "t1.csv", "t2.csv", "t3.csv")
    (group,) = found_in(tmp_path).groups
    parts = split(tmp_path, group, [frozenset("abc"), frozenset("xyz"), frozenset("abcd")])
    assert [one.paths for one in parts] == [("t1.csv", "t3.csv"), ("t2.csv",)]


def test_files_of_shops_with_the_same_columns_are_one(tmp_path: Path) -> None:
    made(tmp_path, "till_paris.csv", "till_rome.csv", "other_rome.csv")
    groups = [(one, frozenset("abc")) for one in found_in(tmp_path).groups]
    found = joined(tmp_path, groups)
    assert sorted(one.paths for one in found) == [("other_rome.csv",), ("till*.csv",)]


@pytest.mark.parametrize(
    ("words", "taken", "name"),
    [
        ("sales", [], "sales"),
        ("sales", ["sales"], "sales_2"),
        ("OnlineRetail II", [], "online_retail_ii"),
        ("会员", [], "hui_yuan"),
        ("Civilité", [], "civilite"),
        ("2024", [], "source_2024"),
        ("***", [], "source"),
    ],
)
def test_sources_have_names_that_settings_take(words: str, taken: list[str], name: str) -> None:
    assert source_name(words, taken) == name


def test_a_group_is_called_without_its_numbers(tmp_path: Path) -> None:
    files = tuple(made(tmp_path, "orders_2024-01.csv", "orders_2024-02.csv").iterdir())
    assert Files("csv", ("orders_*.csv",), files).words == "orders"
