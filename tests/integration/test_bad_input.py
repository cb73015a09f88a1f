"""A source that cannot be read: one error that says what to do; the last publication is kept.

Text in a number, a date of 9999, a negative price are quarantined: see ``test_accounted``. Unknown
settings and mapped columns are refused before any work: see ``tests/unit/test_settings.py``.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from assets.running import bring_up_to_date
from pipeline.engine import Lake
from pipeline.errors import InputError
from pipeline.publish.manifest import verify
from pipeline.settings import Project
from tests.company import write_company
from tests.finished import Finished
from tests.lakes import published_values


def missing(folder: Path) -> None:
    (folder / "orders.csv").unlink()


def empty(folder: Path) -> None:
    (folder / "orders.csv").write_bytes(b"")


def wrong_encoding(folder: Path) -> None:
    text = (folder / "orders.csv").read_text(encoding="utf-8")
    (folder / "orders.csv").write_bytes(
        (text + "k1,o-1,2024-01-05 10:00:00,café,1,2.00,0\n").encode("latin-1")
    )


def renamed_column(folder: Path) -> None:
    lines = (folder / "orders.csv").read_text(encoding="utf-8").split("\n", 1)
    (folder / "orders.csv").write_text(lines[0].replace("price", "prize") + "\n" + lines[1], encoding="utf-8")


def duplicate_header(folder: Path) -> None:
    lines = (folder / "orders.csv").read_text(encoding="utf-8").split("\n", 1)
    header = lines[0].replace("discount", "price")
    (folder / "orders.csv").write_text(header + "\n" + lines[1], encoding="utf-8")


def truncated_parquet(folder: Path) -> None:
    whole = (folder / "products.parquet").read_bytes()
    (folder / "products.parquet").write_bytes(whole[: len(whole) // 2])


CASES: list[tuple[Callable[[Path], None], str, tuple[str, ...]]] = [
    (missing, "till", ("orders.csv",)),
    (empty, "till", ("orders.csv", "0 bytes")),
    (wrong_encoding, "till", ("orders.csv", "utf-8")),
    (renamed_column, "till", ("price", "prize")),
    (duplicate_header, "till", ("orders.csv", "price")),
    (truncated_parquet, "catalogue", ("products.parquet", "Parquet")),
]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, finished: Finished) -> Project:
    """A company of which one month is published."""
    return finished(tmp_path_factory.mktemp("bad"), customers=20, months=1)


@pytest.mark.parametrize(("spoil", "source", "words"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_a_bad_source_is_one_clear_error(
    published: Project, spoil: Callable[[Path], None], source: str, words: tuple[str, ...]
) -> None:
    values = published_values(published)
    raw = published.lake_path / "raw" / source
    before = {path: path.read_bytes() for path in raw.rglob("*.parquet")}
    write_company(published.folder, customers=20, months=1)
    spoil(published.folder)
    with pytest.raises(InputError) as caught:
        bring_up_to_date(published)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.expected
    assert caught.value.remedy
    assert str(published.folder) not in caught.value.found
    assert {path: path.read_bytes() for path in raw.rglob("*.parquet")} == before
    assert published_values(published) == values
    assert verify(Lake(published.lake_path)) == []


def test_the_next_good_run_goes_on(published: Project) -> None:
    write_company(published.folder, customers=20, months=1)
    bring_up_to_date(published)
    assert verify(Lake(published.lake_path)) == []
