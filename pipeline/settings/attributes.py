"""Attributes of a company's own: columns of profiles that its sources map, and features like any other.

Belongs here: how an attribute is written in YAML, the words that attributes and features share. Does not
belong here: features by formula (``features``), or all declarations of a project together (``own``).
"""

from typing import Any, Literal, Self

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from pipeline.engine.values import NO_VALUE
from pipeline.features import Feature
from pipeline.features.declaration import Words
from pipeline.features.own import attribute
from pipeline.settings.base import NAME, Label, Settings, wrong
from pipeline.settings.problems import shown
from pipeline.tables import model
from pipeline.tables.units import UNITS_ZH, implied_limits

_TYPES: dict[str, pa.DataType] = {
    "text": model.TEXT,
    "number": model.AMOUNT,  # exact, of four decimals, like every quantity
    "integer": model.INTEGER,
    "amount": model.AMOUNT,
    "flag": model.FLAG,
    "date": model.DAY,
}
_NUMBERS = ("number", "integer", "amount")
_MONEY = "project currency"
#: Longest name of a declaration.
LONGEST = 40
#: Keys that only numbers have.
_OF_NUMBERS = ("unit", "minimum", "maximum", "words")


def check_limits(least: float | None, most: float | None) -> None:
    """Raises ``ValueError`` unless the one is below the other."""
    if least is not None and most is not None and least >= most:
        raise wrong((("minimum",), f"minimum {least:g} must be below maximum {most:g}"))


def limits_of(name: str, least: float | None, most: float | None) -> tuple[float | None, float | None]:
    """Limits that are said, else those that the name implies (``_share``, ``_count`` …)."""
    implied = implied_limits(name)
    return (implied[0] if least is None else least, implied[1] if most is None else most)


class WordsDocument(Settings):
    """How customers are described that are high, or low, in a feature: names of clusters are made of it."""

    high: Label
    low: Label

    @property
    def words(self) -> Words:
        """As a feature has them."""
        return self.high.en, self.low.en, self.high.zh, self.low.zh


class Named(Settings):
    """What attributes and features both say: words for people."""

    __texts__ = ("label", "meaning", "unit", "words", "null_meaning")

    unit: str | Label = Field("", description="of a number: one of the program's, or {en: …, zh: …}")
    words: WordsDocument | None = None

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str | Label) -> str | Label:
        if isinstance(unit, str) and unit not in UNITS_ZH:
            known = ", ".join(one for one in UNITS_ZH if one)
            raise ValueError(
                f"there is no unit {shown(unit)}; there are {known}; write another one as {{en: …, zh: …}}"
            )
        return unit

    @property
    def unit_in_both(self) -> tuple[str, str]:
        """English and Chinese; the latter empty for a unit of the program's."""
        return (self.unit, "") if isinstance(self.unit, str) else (self.unit.en, self.unit.zh)


class AttributeDocument(Named):
    """An attribute of the company's own: a column of profiles that sources map like any other."""

    attribute: str = Field(pattern=NAME, max_length=LONGEST, description="name of the column and feature")
    label: Label
    type: Literal["text", "number", "integer", "amount", "flag", "date"]
    meaning: str = Field(min_length=1)
    privacy: Literal["none", "quasi"] = Field(
        "quasi", description="quasi: of no single customer published unless publish.attributes names it"
    )
    values: tuple[str, ...] | None = Field(
        None, min_length=1, description="of a text: the codes that it may have; other rows are quarantined"
    )
    minimum: float | None = Field(None, description="of a number: rows with less are quarantined")
    maximum: float | None = Field(None, description="of a number: rows with more are quarantined")

    @field_validator("privacy", mode="before")
    @classmethod
    def _never_direct(cls, given: Any) -> Any:
        if given == "direct":
            raise ValueError(
                "what identifies a person by itself is no attribute of segments: map it to full_name, email, "
                "phone, address, birth_date or national_id, which stay restricted, or leave it out"
            )
        return given

    @field_validator("values")
    @classmethod
    def _codes(cls, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for one in values or ():
            if one != one.lower() or set(one) & set(" -") or not one:
                raise ValueError(
                    f"codes are written in small letters with underscores, not {shown(one)}: so are those of "
                    "the source, however it writes them"
                )
            if one in NO_VALUE:
                raise ValueError(
                    f"{shown(one)} means no value in every source, so nobody would have it; call it "
                    "otherwise, such as 'without'"
                )
        return values

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.type not in _NUMBERS and (
            said := [n for n in _OF_NUMBERS if getattr(self, n) not in ("", None)]
        ):
            raise wrong(*(((one,), f"only numbers have it, and the type is {self.type}") for one in said))
        if self.values is not None and self.type != "text":
            raise wrong((("values",), f"only a text has codes, and the type is {self.type}"))
        if self.type == "amount" and self.unit not in ("", _MONEY):
            raise wrong((("unit",), "an amount is in the project's currency: leave unit out, or take number"))
        if self.type in ("number", "integer") and not self.unit_in_both[0]:
            known = ", ".join(one for one in UNITS_ZH if one)
            raise wrong((("type",), f"a number needs a unit: one of {known}, or {{en: …, zh: …}}"))
        check_limits(self.minimum, self.maximum)
        return self

    @property
    def name(self) -> str:
        """Name of the column and of the feature."""
        return self.attribute

    @property
    def column(self) -> model.Field:
        """The attribute as a column of profiles and customers."""
        unit = _MONEY if self.type == "amount" else self.unit_in_both[0]
        limits = limits_of(self.name, self.minimum, self.maximum) if self.type in _NUMBERS else (None, None)
        return model.Field(
            self.name,
            _TYPES[self.type],
            self.meaning,
            unit,
            self.values or (),
            *limits,
            self.privacy,
            "not known",
        )

    @property
    def feature(self) -> Feature:
        """The attribute as a feature."""
        words = self.words.words if self.words else None
        return attribute(self.column, (self.label.en, self.label.zh), self.unit_in_both[1], words)
