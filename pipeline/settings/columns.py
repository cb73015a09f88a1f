"""Settings of columns: what a column of an entity is made from, and how its values are written.

Belongs here: column maps. Does not belong here: connectors and sources (``sources``), or reading a
value (``engine.values``, ``clean``).
"""

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.expressions import Expression
from pipeline.settings.base import Settings
from pipeline.tables.entities import Entity
from pipeline.tables.model import AMOUNT, INTEGER, RATE

#: strptime directives of ``format``; with a minus, numbers without leading zeros (all are read so, too).
_LISTED = (
    "%Y %y %m %d %H %I %M %S %f %p %z %Z %b %B %h %a %A %j %G %V %u %w %U %W %c %x %X %T %g"
    " %-y %-m %-d %-H %-I %-M %-S %-j %%"
)
DIRECTIVES = frozenset(_LISTED.split())
#: Words that stand for a whole format.
FORMATS = ("iso", "excel", "epoch", "epoch_ms")
_DIRECTIVE = re.compile(r"%-?.?", re.DOTALL)

#: What the name of a computed column begins with, where its settings give it none.
COMPUTED = "="

_NUMBERS = (AMOUNT, RATE, INTEGER)


def named(column: object, name: str) -> object:
    """A column map as it is written for ``name``: a column's name alone is short for one, and what an
    expression computes is a column, too."""
    if isinstance(column, str):
        return {"column": column}
    if isinstance(column, dict) and column.get("expression") is not None and column.get("column") is None:
        return column | {"column": f"{COMPUTED}{name}"}
    return column


def number_columns(entity: Entity) -> set[str]:
    """Columns of ``entity`` that may be mapped and hold amounts, rates or whole numbers."""
    return {one.name for one in entity.mapped if one.type in _NUMBERS}


class NumberForm(Settings):
    """How numbers are written in text: ``1.234,50`` has the decimal ``,`` and the thousands ``.``.

    Neither given: plainly, with a point and no separators. Thousands may be separated or not; a
    number that is written otherwise is not read.
    """

    decimal: Literal[".", ","] | None = Field(
        None, description="what stands before the decimal places of numbers; default: a point"
    )
    thousands: Literal[".", ",", "'", " "] | None = Field(
        None, description="what separates groups of three digits; default: nothing may"
    )

    @property
    def has_number_form(self) -> bool:
        """Whether it is said how numbers are written."""
        return self.decimal is not None or self.thousands is not None

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        if self.thousands is not None and self.thousands == (self.decimal or "."):
            raise ValueError(
                f"thousands and decimal are both {self.thousands!r}"
                + ("" if self.decimal else " (a decimal point unless decimal says otherwise)")
                + "; they must differ"
            )
        return self


class ColumnMap(NumberForm):
    """How one column of an entity is made from columns of the source.

    Exactly one of ``column``, ``sum_of``, ``constant`` or ``expression``; then ``values`` recodes (an
    unlisted value is kept unless ``strict``), ``scale`` multiplies, ``format`` parses dates: strptime,
    ``iso``, ``excel`` (serial days), ``epoch`` (seconds) or ``epoch_ms``; several are tried in order.
    ``decimal`` and ``thousands`` say how the source writes numbers; constants and what ``values``
    gives are plain.
    """

    column: str | None = None
    sum_of: list[str] | None = None
    constant: str | None = None
    values: dict[str, str | int | float | None] | None = None
    strict: bool = False
    scale: float | None = Field(None, allow_inf_nan=False, description="multiplies amounts; not 0")
    format: str | list[str] | None = None
    time_zone_column: str | None = Field(
        None, description="column of the source that names the IANA zone of this row's wall time"
    )
    expression: Expression | None = Field(
        None, description="in place of column: computed from columns of the source"
    )

    @field_validator("scale")
    @classmethod
    def _leaves_a_number(cls, scale: float | None) -> float | None:
        if scale == 0:
            raise ValueError("a scale of 0 would make every amount 0; give what one unit is worth, as 0.01")
        return scale

    @field_validator("format")
    @classmethod
    def _known_directives(cls, given: str | list[str] | None) -> str | list[str] | None:
        for one in [given] if isinstance(given, str) else given or []:
            _check_format(one)
        return given

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        is_computed = self.expression is not None
        if sum(one is not None for one in (self.column, self.sum_of, self.constant)) != 1 or (
            is_computed != (self.column or "").startswith(COMPUTED)
        ):
            raise ValueError("give exactly one of column, sum_of, constant, expression")
        if self.format == []:
            raise ValueError("format is empty")
        if self.constant is not None and self.has_number_form:
            raise ValueError("a constant is written plainly (1234.5): take decimal and thousands off")
        return self

    @property
    def source_columns(self) -> list[str]:
        """Columns of the source that are read."""
        zone = [self.time_zone_column] if self.time_zone_column else []
        return [*self.value_columns, *zone]

    @property
    def value_columns(self) -> list[str]:
        """Columns of the source that the value itself is made of."""
        return [self.column] if self.column else list(self.sum_of or [])

    @property
    def formats(self) -> list[str]:
        """Formats in the order in which they are tried; none means ISO 8601."""
        return [self.format] if isinstance(self.format, str) else list(self.format or [])


def _check_format(given: str) -> None:
    """``ValueError`` for a format that no date could be read by."""
    if given in FORMATS:
        return
    found = _DIRECTIVE.findall(given)
    wrong = next((one for one in found if one not in DIRECTIVES), None)
    if found and wrong is None:
        return
    if wrong is not None:
        what = f"has the directive {wrong}, which is not known" if wrong.strip("%-") else "has a % at its end"
    else:
        what = "has no directive" if given else "is empty"
    raise ValueError(f"format {given!r} {what}; write {', '.join(FORMATS)}, or directives: {_LISTED}")
