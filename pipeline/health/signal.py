"""A signal: one thing that is wrong with a source in a period, or worth a note.

Belongs here: ``Signal``. Does not belong here: finding one (modules beside this), or its words (``words``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["healthy", "suspect", "broken"]


@dataclass(frozen=True)
class Signal:
    """``share`` is the share of rows that is missing or wrong; ``state`` what the source is by this signal
    alone, *healthy* for a note: nothing is wrong with what is kept. ``facts`` are what its sentence names.
    """

    name: str
    share: float
    state: State
    facts: Mapping[str, object] = field(default_factory=dict)
