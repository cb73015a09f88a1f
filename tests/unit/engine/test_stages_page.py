"""The table of stages by engine in docs/engines.md says what the code does."""

import re
from pathlib import Path

import pytest

import pipeline

ROOT = Path(pipeline.__file__).parents[1]
PAGE = ROOT / "docs" / "engines.md"
#: Packages that transform tables of a run; others serve them, or people.
STAGES = ["collect", "clean", "quality", "identity", "texts", "ledgers"]
STAGES += ["features", "forecasts", "schemes", "segments", "plans", "drift", "publish"]
#: What a module says that hands functions to the workers, or works in the driver's process.
ON_WORKERS = re.compile(r"\.map_batches\(|^@(dialect\.)?on_arrays", re.MULTILINE)
IN_DRIVER = re.compile(
    r"\.in_process\b|stage_csv|stage_batches|\bread_parquet\(engine|\bin_batches\(|\.batches\("
)


def cells() -> list[list[str]]:
    table = PAGE.read_text("utf-8").partition("\n## Stages by engine\n")[2].partition("\n\nA test")[0]
    return [[one.strip() for one in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


def modules(saying: re.Pattern[str]) -> set[str]:
    """Modules of stages and of the assets that say something, as the page calls them."""
    stages = [path for one in STAGES for path in (ROOT / "pipeline" / one).rglob("*.py")]
    serving = [ROOT / "pipeline" / "engine" / "values.py", *(ROOT / "assets" / "defs").rglob("*.py")]
    found = [one for one in stages + serving if saying.search(one.read_text("utf-8"))]
    return {one.relative_to(ROOT).as_posix().removeprefix("pipeline/") for one in found}


def test_every_stage_has_its_row() -> None:
    assert [re.findall("`(.*)`", row[0]) for row in cells()] == [[one] for one in STAGES]
    assert all(one for row in cells() for one in row)


@pytest.mark.parametrize(("column", "saying"), [(2, ON_WORKERS), (3, IN_DRIVER)])
def test_modules_of_a_column_are_those_of_the_code(column: int, saying: re.Pattern[str]) -> None:
    named = {one for row in cells() for one in re.findall(r"`([\w/]+\.py)`", row[column])}
    assert named == modules(saying)
