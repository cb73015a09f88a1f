"""What goes wrong with the text of a line, told by the line.

Belongs here: the one way in which an error over a text leaves this package. Does not belong here: scoring.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pipeline.errors import InputError

T = TypeVar("T")


def by_line(row: Mapping[str, Any], not_done: str, work: Callable[[], T]) -> T:
    """What ``work`` on the text of ``row`` gives.

    Raises ``InputError`` that names the line, what is ``not_done`` and nothing of the text (law L6): whatever
    went wrong, its message may hold the text.
    """
    try:
        return work()
    except Exception as error:
        problem = type(error).__name__
    # raised here, not above: an error raised in an except clause carries the first one along
    raise InputError(
        f"{row['source']}, line {row['line_key']}",
        f"its text could not be {not_done} ({problem})",
        "a text of any language",
        "Leave the line out (where:), and tell the maintainers what kind of text it is.",
    )
