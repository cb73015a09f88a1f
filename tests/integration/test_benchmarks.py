"""Benchmarks run by hand, so nobody sees when what they import has moved: each can at least be loaded."""

from importlib import import_module
from pathlib import Path

import pytest

import tests.benchmarks

NAMES = sorted(one.stem for one in Path(tests.benchmarks.__path__[0]).glob("*.py") if one.stem[0] != "_")


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_can_be_loaded(name: str) -> None:
    import_module(f"tests.benchmarks.{name}")
