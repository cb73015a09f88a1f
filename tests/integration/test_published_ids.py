"""Law L6: ids outside the restricted zone cannot be undone, and the owner alone goes back."""

import hashlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.integration.conftest import Company

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
