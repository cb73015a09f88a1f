"""Starting is light: what takes long to import is imported by whoever computes with it."""

import subprocess
import sys

import pytest

#: What only some steps need.
HEAVY = {
    "altair",
    "apprise",
    "charset_normalizer",
    "dagster_webserver",
    "email_validator",
    "great_expectations",
    "httpx",
    "jinja2",
    "nameparser",
    "opencc",
    "openpyxl",
    "pandas",
    "phonenumbers",
    "py3langid",
    "pycountry",
    "pypinyin",
    "pyspark",
    "python_calamine",
    "rjieba",
    "scipy",
    "sklearn",
    "splink",
    "vl_convert",
}
#: What a start may import beside the standard library and small things, by what is started.
STARTS = {
    "pipeline": HEAVY | {"dagster", "duckdb", "ibis", "numpy", "pyarrow", "sqlalchemy"},
    "pipeline.cli": HEAVY | {"dagster", "sqlalchemy"},
    "assets.running": HEAVY,
    "assets.location": HEAVY,
}


@pytest.mark.parametrize("module", sorted(STARTS))
def test_heavy_packages_are_imported_where_they_are_used(module: str) -> None:
    asked = f"import sys, {module}; print(*{{one.partition('.')[0] for one in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not STARTS[module] & set(done.stdout.split())
