"""A folder with sales and customers."""

from pathlib import Path

import pytest

from tests.unit.drafting.files import people, sales, write


@pytest.fixture
def company(tmp_path: Path) -> Path:
    write(tmp_path, "verkauf_2024.csv", sales(), ";", "cp1252")
    write(tmp_path, "kunden.csv", people(), ";", "cp1252")
    return tmp_path
