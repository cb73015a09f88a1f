"""Great Expectations, imported without what it offers beyond frames.

Belongs here: the one import of the library. Does not belong here: rules, suites.

Half the time of its import goes to libraries that no expectation on a frame needs: PySpark, where that is
installed, and SciPy's statistics and Altair, which one expectation about divergence of distributions uses.
PySpark counts as not installed meanwhile, which Great Expectations provides for; in place of the other two
stand modules that import them when something is asked of them. A quarter of what is left goes to models of
data sources that are no frames (Spark, databases, files in clouds): of these, only names are there.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

#: Modules of which Great Expectations asks something only when it makes use of them.
_LATER = ("altair", "scipy.stats")
#: A library that is optional to it.
_WITHOUT = "pyspark"
#: Its package of data sources, a module each, and the one for frames.
_SOURCES, _FRAMES = "great_expectations.datasource.fluent", ("pandas_datasource", "invalid_datasource")


class _Later(ModuleType):
    """Stands for a module, and imports it when something is asked of it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


class _Unused(ModuleType):
    """Stands for a module of data sources that nobody here has: any name in it is that of an empty class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__doc__": "No data source of frames: not imported."})


def _unused() -> list[str]:
    """Modules of data sources that are no frames."""
    found = find_spec("great_expectations")  # does not import it
    folder = Path(*(found.submodule_search_locations or () if found else ()), "datasource", "fluent")
    names = sorted(one.stem for one in folder.glob("*_datasource.py"))
    return [f"{_SOURCES}.{one}" for one in names if one not in _FRAMES]


@cache
def great_expectations() -> Any:
    """The library, its expectations included; imported at the first call, which takes a second.

    They are exported in a way that type checkers do not see, hence no closer type.
    """
    with _stood_in():
        import great_expectations.expectations
    return great_expectations


@contextmanager
def _stood_in() -> Iterator[None]:
    """What is needed later or not at all is not imported within; afterwards all can be imported as ever."""
    stood_in: dict[str, ModuleType | None] = {one: _Later(one) for one in _LATER} | {_WITHOUT: None}
    stood_in |= {one: _Unused(one) for one in _unused()}
    stood_in = {name: one for name, one in stood_in.items() if name not in sys.modules}
    modules: dict[str, Any] = sys.modules  # None makes an import fail
    modules.update(stood_in)
    try:
        yield
    finally:
        for name, one in stood_in.items():
            if sys.modules.get(name) is one:
                del sys.modules[name]
