"""Versions of the libraries that compute values.

Belongs here: from the names that code imports to installed distributions. Does not belong here:
which names a stage imports (``reach``).
"""

import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from pipeline.lineage.reach import PYTHON

#: Distributions that go by another name than what is imported of them.
NAMED = {"ibis": "ibis-framework", "sklearn": "scikit-learn"}
#: Computed with through another library, and never imported by its own name.
BESIDE = {
    "ibis": ("duckdb", "sqlglot"),
    "sklearn": ("scipy", "numpy"),
    "splink": ("duckdb",),
    "zoneinfo": ("tzdata",),
}
#: Imported where values are computed, but computing none.
SHELL = frozenset({"dagster", "pydantic", "rich", "tenacity", "typer", "upath", "fsspec", "yaml"})


@cache
def installed(distribution: str) -> str:
    """Version of a distribution; ``absent`` when it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "absent"


def library_versions(imported: Iterable[str], installed: Callable[[str], str] = installed) -> dict[str, str]:
    """Version of every distribution behind ``imported`` top names, and of Python itself."""
    names = set(imported) - SHELL
    beside = {one for name in names for one in BESIDE.get(name, ())}
    found = {_distribution(one) for one in names - sys.stdlib_module_names} | beside
    return {"python": PYTHON, **{one: installed(one) for one in sorted(found)}}


@cache
def _distribution(name: str) -> str:
    """Name of the distribution that brings the package ``name``."""
    likely = NAMED.get(name, name.replace("_", "-"))
    if installed(likely) != "absent":
        return likely
    return next(iter(packages_distributions().get(name, ())), likely)  # reads all that is installed
