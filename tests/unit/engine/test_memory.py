"""Free memory is given back where the process has grown, and nothing is done where it has not."""

import pytest

from pipeline.engine import memory


def test_memory_is_given_back_only_where_the_process_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed: list[int] = []

    class Library:
        def malloc_trim(self, pad: int) -> int:
            trimmed.append(pad)
            return 1

    monkeypatch.setattr(memory, "_library", Library)
    monkeypatch.setattr(memory, "_page_size", lambda: 1)
    monkeypatch.setattr(memory._Kept, "pages", 0)
    sizes = iter([500, 400, 700, 1000, 600])
    monkeypatch.setattr(memory, "_pages", lambda: next(sizes))

    memory.give_back(least_growth=500)  # has grown by 500, is 400 afterwards
    memory.give_back(least_growth=500)  # has grown by 300
    memory.give_back(least_growth=500)  # has grown by 600

    assert trimmed == [0, 0]


def test_memory_is_given_back_on_whichever_system() -> None:
    memory.give_back(least_growth=0)
