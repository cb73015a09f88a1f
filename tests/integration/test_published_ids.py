"""Law L6: ids outside the restricted zone cannot be undone, and the owner alone goes back."""

import hashlib
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from stat import S_IMODE

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.conftest import SECRET, SECRET_NAME
from tests.integration.conftest import Company
from tests.lakes import lake_rows

RESTRICTED = ("raw", "quarantine", "restricted")
#: Numbers that an attacker would try: the company's own are k0 to k149.
TRIED = [f"k{number}" for number in range(150)]
ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "blake2b")
SEPARATORS = ("\x1f", "", ":", "/", "-", "_", "|", ".")
#: Hexadecimal digits that cannot be equal by chance.
ENOUGH = 16


def ids(folder: Path) -> set[str]:
    """Every text of every id's column below ``folder``, without its prefix."""
    found: set[str] = set()
    for path in folder.rglob("*.parquet"):
        file = pq.ParquetFile(path)
        names = [
            one.name
            for one in file.schema_arrow
            if pa.types.is_string(one.type) and one.name.endswith(("account_id", "customer_id"))
        ]
        for column in file.read(columns=names).columns:
            found.update(one.partition("_")[2][:ENOUGH] for one in column.unique().to_pylist() if one)
    return found


def guesses(number: str, company: Company) -> Iterator[str]:
    """What ids without a secret would be made of: project, account space and the company's number."""
    spaces = ["", *company.project.sources]
    spaces += [one.account_space for one in company.project.sources.values() if one.account_space]
    for space, separator in product(spaces, SEPARATORS):
        for parts in ((number,), (space, number), (company.project.project, space, number)):
            for algorithm in ALGORITHMS:
                yield hashlib.new(algorithm, separator.join(parts).encode()).hexdigest()[:ENOUGH]


def recovered(known: set[str], company: Company) -> list[str]:
    """Numbers of the company that trying them all finds behind ``known`` ids."""
    return [one for one in TRIED if not known.isdisjoint(guesses(one, company))]


def test_trying_all_numbers_recovers_no_customer_from_what_is_published(company: Company) -> None:
    known = ids(company.project.lake_path / "published")
    assert len(known) > 100
    assert recovered(known, company) == []


def test_trying_all_numbers_recovers_no_account_from_any_other_open_zone(company: Company) -> None:
    lake = company.project.lake_path
    open_zones = [one for one in lake.iterdir() if one.is_dir() and one.name not in (*RESTRICTED, "dagster")]
    known = set().union(*(ids(one) for one in open_zones))
    assert len(known) > 100
    assert recovered(known, company) == []


def rows_of(company: Company, table: str, period: str) -> list[dict[str, str]]:
    return lake_rows(company.project.lake_path, table, period)


@pytest.mark.parametrize("period", ["2024-01", "2024-02", "2024-03"])
def test_the_owner_goes_back_by_the_crosswalk(company: Company, period: str) -> None:
    """One row for each account known by then, with its customer, and the number that its source gives it."""
    crosswalk = rows_of(company, "restricted/crosswalk", period)
    links = rows_of(company, "customers/account_links", period)
    assert {(one["account_id"], one["customer_id"]) for one in crosswalk} == {
        (one["account_id"], one["customer_id"]) for one in links
    }
    assert len(crosswalk) == len(links)
    assert {one["source_account_id"] for one in crosswalk} <= set(TRIED)
    assert {one["account_space"] for one in crosswalk} == {"shop"}


def test_no_other_zone_holds_what_a_source_calls_an_account(company: Company) -> None:
    for path in company.project.lake_path.rglob("*.parquet"):
        if path.relative_to(company.project.lake_path).parts[0] in RESTRICTED:
            continue
        file = pq.ParquetFile(path)
        names = [one.name for one in file.schema_arrow if pa.types.is_string(one.type)]
        for name, column in zip(names, file.read(columns=names).columns, strict=True):
            assert not set(column.unique().to_pylist()) & set(TRIED), f"{path} {name}"


def test_the_restricted_zone_is_its_owners_alone(company: Company) -> None:
    folder = company.project.lake_path / "restricted"
    assert S_IMODE(folder.stat().st_mode) == 0o700


def segments(company: Company, *words: str) -> tuple[int, str]:
    """Exit code of a command, and all that it said in one line."""
    result = CliRunner().invoke(app, [*words, "--project", company.folder])
    return result.exit_code, " ".join(result.output.split())


def test_show_customer_finds_by_the_companys_own_number(company: Company) -> None:
    (one,) = [
        row for row in rows_of(company, "restricted/crosswalk", "2024-03") if row["source_account_id"] == "k7"
    ]
    for asked in ("k7", "till:k7", "shop:k7", one["account_id"], one["customer_id"]):
        code, said = segments(company, "show", "customer", asked, "--json")
        assert code == 0
        record = json.loads(said)
        assert record["customer_id"] == one["customer_id"]
        assert [row["account_id"] for row in record["crosswalk"]] == [one["account_id"]]
        # of the newest period, and of each scheme that assigned it a segment there
        newest = max(row["period"] for row in record["segments"])
        here = {row["scheme"]: row["segment_id"] for row in record["segments"] if row["period"] == newest}
        assert {row["scheme"]: row["segment_id"] for row in record["explanations"]} == {
            scheme: segment for scheme, segment in here.items() if segment
        }
        assert all(row["sentence"] and row["sentence_zh"] for row in record["explanations"])
    code, said = segments(company, "show", "customer", one["customer_id"], "--reveal", "--json")
    assert json.loads(said)["crosswalk"] == [
        {
            "account_id": one["account_id"],
            "account_space": "shop",
            "sources": "crm, mailings, till",
            "source_account_id": "k7",
        }
    ]


@pytest.mark.parametrize("command", ["run", "check"])
def test_another_secret_is_one_clear_error_and_nothing_is_written(
    company: Company, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files() -> dict[Path, int]:
        every = company.project.lake_path.rglob("*")
        return {one: one.stat().st_mtime_ns for one in every if one.is_file()}

    before = files()
    monkeypatch.setenv(SECRET_NAME, other := SECRET[::-1])
    code, said = segments(company, command)
    assert code == (2 if command == "run" else 3)
    assert "identity.secret: it is not the secret that the lake's ids were made with" in said
    assert SECRET not in said
    assert other not in said
    assert files() == before


def test_the_secret_stands_in_no_file_and_no_log(company: Company) -> None:
    for path in company.project.folder.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
