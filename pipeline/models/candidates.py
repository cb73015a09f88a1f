"""Candidates: what is tried to be a forecast, by name; models that compete, and plain baselines.

Belongs here: how a method is put together of models. Does not belong here: fitting any, or choosing.
"""

from dataclasses import dataclass

from pipeline.models.design import Column


@dataclass(frozen=True)
class Model:
    """One model: its kind, the columns that it reads, and the days, and periods, ahead where it must know
    them."""

    kind: str
    columns: tuple[Column, ...]
    days: float = 0.0
    periods: int = 0


@dataclass(frozen=True)
class Method:
    """A method by name: the mean of its ``models``. A plain one is a baseline for others."""

    name: str
    models: tuple[Model, ...]
    is_plain: bool
