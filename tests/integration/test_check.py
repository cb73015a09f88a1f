"""``segments check`` with sources that cannot be read: each is told in words, the others are tried."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from tests.company import write_company
from tests.unit.collect.http_shop import Asked, Reply, Shop, shop

SECRET = "correct-horse"
EMAIL = "anna.keller@example.com"


@pytest.fixture
def web() -> Iterator[Shop]:
    """A server that has people, and nothing else that may be seen."""

    def answer(shop: Shop, asked: Asked) -> Reply:
        if asked.path != "/people":
            return Reply(status=403)
        person = {
            "customer": "k1",
            "mail": EMAIL,
            "city": EMAIL,
            "job": "pilot [bold]",
            "sex": "f",
            "pet": "cat",
        }
        return Reply([person | {"customer": f"k{at}"} for at in range(30)])

    with shop(answer) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path, web: Shop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of which three sources cannot be read."""
    write_company(tmp_path, customers=5, months=1)
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    path = tmp_path / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    sources = settings["sources"]
    sources["till"]["connector"] = {
        "kind": "sql",
        "url": "postgresql+psycopg://shop:${SHOP_SECRET}@127.0.0.1:1/shop",
        "query": "SELECT * FROM till",
    }
    asking = {"kind": "http", "headers": {"X-Key": "${SHOP_SECRET}"}, "params": {"key": "${SHOP_SECRET}"}}
    sources["mailings"]["connector"] = asking | {"url": f"{web.url}/mailings"}
    (tmp_path / "products.parquet").unlink()
    sources["crm"]["connector"] = asking | {"url": f"{web.url}/people"}
    sources["crm"]["columns"] = {
        "source_account_id": "customer",
        "email": "mail",
        "city": "city",
        "occupation": "job",
        "gender": {"column": "sex", "values": {"f": "female", "m": "male"}},
    }
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return tmp_path


def check(folder: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", "--project", str(folder), *options])
    return result.exit_code, result.output


def test_every_source_is_tried_and_told_in_words(folder: Path) -> None:
    code, output = check(folder, "--json")
    found: dict[str, Any] = json.loads(output)
    assert code == 3
    assert [one["source"] for one in found["sources"]] == ["crm"]
    assert len(found["problems"]) == 3
    for source, said in (
        ("till", "nothing listens"),
        ("catalogue", "products.parquet"),
        ("mailings", "does not allow this (status 403)"),
    ):
        [problem] = [one for one in found["problems"] if one.startswith(f"source {source}")]
        assert said in problem


def test_ten_rows_are_shown_and_nobody_is_recognised(folder: Path) -> None:
    _, output = check(folder, "--json")
    [crm] = json.loads(output)["sources"]
    assert crm["rows"] == 30
    assert len(crm["sample"]) == 10
    assert crm["sample"][0] == {
        "source_account_id": "***",
        "email": "***",
        "city": "***",
        "occupation": "pilot [bold]",
        "gender": "f",
    }


def test_warnings_alone_do_not_fail(folder: Path, web: Shop) -> None:
    path = folder / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["sources"] = {"crm": settings["sources"]["crm"]}
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    code, output = check(folder, "--json")
    found = json.loads(output)
    assert (code, found["problems"]) == (0, [])
    assert found["notes"] == [
        "source crm: nothing reads its column pet; map them under columns if they are wanted",
        "source crm: values of gender lists m, which no row has",
    ]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_secret_and_no_identifier_is_printed(options: tuple[str, ...], folder: Path) -> None:
    code, output = check(folder, *options)
    assert code == 3
    for hidden in (SECRET, EMAIL, "anna", "127.0.0.1", "Traceback"):
        assert hidden not in output
    for said in ("pilot [bold]", "pet", "which no row has", "nothing listens", "403"):
        assert said in " ".join(output.split()), "also where words are wrapped"


def _reads_dates_by(folder: Path, pattern: str) -> None:
    path = folder / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns = settings["sources"]["till"]["columns"]
    columns["ordered_at"] = {"column": "at", "format": pattern}
    del settings["sources"]["till"]["account_space"]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")


def test_what_looks_wrong_is_told_with_what_to_write(tmp_path: Path) -> None:
    write_company(tmp_path, customers=40, months=2)
    _reads_dates_by(tmp_path, "%Y-%m-%d %H:%M:%S")

    code, output = check(tmp_path, "--json")
    found = json.loads(output)

    assert (code, found["problems"]) == (0, []), "warnings alone do not fail"
    [warning] = found["warnings"]
    assert warning["code"] == "account_space_alone"
    assert warning["sources"] == ["till"]
    assert yaml.safe_load(warning["yaml"]) == {"sources": {"till": {"account_space": "shop"}}}
    assert warning["text"] == "source till: {seen}. {why}. {remedy}.".format(**warning)
    [till] = [one for one in found["sources"] if one["source"] == "till"]
    assert till["rows_looked_at"] == till["rows"]
    assert till["quarantined_share"] == pytest.approx(6 / till["rows"], rel=1e-9)
    assert till["quarantined_why"].count("%") == 3


def test_a_wrong_format_of_dates_is_told_as_what_it_is(tmp_path: Path) -> None:
    write_company(tmp_path, customers=40, months=2)
    _reads_dates_by(tmp_path, "%d/%m/%Y")

    code, output = check(tmp_path)
    said = " ".join(output.split())

    assert code == 3
    assert "the format %d/%m/%Y reads 0 of" in said
    assert "falls into the project's periods" not in said
    [problem] = json.loads(check(tmp_path, "--json")[1])["problems"]
    assert "(like 9999-99-99 99:99:99)" in problem
    assert problem.endswith("ordered_at: {column: at, format: iso}")
    assert "account_space_alone" in said, "warnings are shown beside the problem"
    assert "account_space: shop" in said


def test_years_outside_the_periods_are_named(tmp_path: Path) -> None:
    write_company(tmp_path, customers=40, months=2, first_period="2019-01", last_period="2019-03")

    _, output = check(tmp_path, "--json")

    [problem] = [one for one in json.loads(output)["problems"] if "till" in one]
    assert "they lie in 2024-01 to 2024-02, the periods are 2019-01 to 2019-03" in problem


def test_a_where_that_leaves_nothing_is_told(tmp_path: Path) -> None:
    write_company(tmp_path, customers=40, months=2)
    path = tmp_path / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["sources"]["till"]["where"] = "quantity < 0"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")

    found = json.loads(check(tmp_path, "--json")[1])
    [said] = [one for one in found["warnings"] if one["code"] == "where_leaves_nothing"]
    [till] = [one for one in found["sources"] if one["source"] == "till"]
    assert said["sources"] == ["till"]
    assert f"none of its {till['rows']:,} rows" in said["text"]
    assert till["rows_left_out"] == till["rows"]


def test_who_counts_is_left_open_while_a_source_cannot_be_read(tmp_path: Path) -> None:
    write_company(tmp_path, customers=20, months=1)
    path = tmp_path / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["sources"]["till"]["account_space"] = "till"  # the only source that knows the number
    settings["exclude"] = [{"name": "tests", "accounts": {"till": ["k3"]}}]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def warned() -> set[str]:
        return {one["code"] for one in json.loads(check(tmp_path, "--json")[1])["warnings"]}

    assert "exclusion_unknown" not in warned()
    path.write_text(path.read_text(encoding="utf-8").replace("k3", "k999"), encoding="utf-8")
    assert "exclusion_unknown" in warned()
    (tmp_path / settings["sources"]["till"]["connector"]["path"]).unlink()
    assert "exclusion_unknown" not in warned(), "the number may stand in the source that cannot be read"
