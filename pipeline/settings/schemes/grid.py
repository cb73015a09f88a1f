"""The document of a grid scheme: named cells over two dimensions of scored axes.

Belongs here: axes, dimensions, cells. Does not belong here: scoring (``pipeline.schemes.kinds.grid``).
"""

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from pipeline.settings.base import Settings, wrong
from pipeline.settings.declared import declared
from pipeline.settings.problems import shown
from pipeline.settings.schemes.base import MOST_CLASSES, ComparableFeature, SchemeDocument, repeated


class Axis(Settings):
    """A feature cut into bands at quantiles of the fit, or at ``borders`` in its own unit; the first band
    holds the least of the quality.

    With ``step`` values count in whole steps, rounded up, and all customers of a step stand alike. A text is
    cut into bands of ``categories``: who is of none of them is in no band.
    """

    feature: ComparableFeature
    direction: Literal["raises", "lowers"] = "raises"
    step: float | None = Field(None, gt=0, description="size of a whole step, in the feature's unit")
    quantiles: list[float] = Field([0.2, 0.4, 0.6, 0.8], min_length=1)
    borders: list[float] | None = Field(
        None, min_length=1, description="values between bands, going up, in place of quantiles"
    )

    categories: list[Annotated[list[str], Field(min_length=1)]] | None = Field(
        None, min_length=2, description="texts of each band, in place of quantiles"
    )

    @model_validator(mode="after")
    def _of_its_kind(self, info: ValidationInfo) -> Self:
        known = declared(info).features.get(self.feature)
        if known is not None and known.is_text != (self.categories is not None):
            words = "a text: say categories" if known.is_text else "no text: say quantiles or borders"
            raise wrong((("feature",), f"{self.feature} is {words}"))
        if known is not None and not (known.is_text or known.is_numeric):
            raise wrong((("feature",), f"{self.feature} is a flag: take kind: rules"))
        every = [one for some in self.categories or () for one in some]
        if twice := repeated(every):
            raise wrong((("categories",), f"{every[twice[0]]} stands in two bands"))
        if every and {"quantiles", "borders", "step"} & self.model_fields_set:
            raise wrong((("categories",), "an axis has categories, or borders, or quantiles and a step"))
        return self

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if (
            sorted(set(self.quantiles)) != self.quantiles
            or not 0 < self.quantiles[0] <= self.quantiles[-1] < 1
        ):
            raise wrong((("quantiles",), f"quantiles go up, between 0 and 1, not {self.quantiles}"))
        if self.borders is not None:
            if sorted(set(self.borders)) != self.borders:
                raise wrong((("borders",), f"borders go up, not {self.borders}"))
            if {"quantiles", "step"} & self.model_fields_set:
                raise wrong((("borders",), "an axis has borders, or quantiles and a step"))
        return self

    @property
    def bands(self) -> int:
        """How many bands the axis has."""
        if self.categories is not None:
            return len(self.categories)
        return len(self.quantiles if self.borders is None else self.borders) + 1


class GridDocument(SchemeDocument):
    """Named segments on a grid of rows and columns.

    A dimension of several axes counts by the mean of their bands, halves rounded up. ``cells`` has a
    list for each row, from the least band up, with a segment for each column, from the least band up.
    """

    kind: Literal["grid"] = "grid"
    axes: dict[str, Axis] = Field(min_length=1)
    rows: list[str] = Field(min_length=1, description="axes that make the rows")
    columns: list[str] = Field(min_length=1, description="axes that make the columns")
    cells: list[list[str]]

    def size(self, dimension: list[str]) -> int:
        """Bands of a dimension."""
        return self.axes[dimension[0]].bands

    def exact_features(self) -> list[str]:
        """Features of the axes: the score is their mean percent."""
        return [one.feature for one in self.axes.values()]

    def told_exactly(self, withheld: Collection[str]) -> list[str]:
        """Withheld features of axes, but for those of which the segment tells the band alone."""
        return sorted(
            one.feature
            for name, one in self.axes.items()
            if one.feature in withheld and not self._tells_a_class(name)
        )

    def classes_of(self, withheld: Collection[str]) -> list[str]:
        """Withheld features of axes by category."""
        axes = self.axes.values()
        return sorted(one.feature for one in axes if one.categories and one.feature in withheld)

    def _tells_a_class(self, name: str) -> bool:
        """Whether an axis by few categories is a dimension of its own, each segment in one band of it."""
        axis = self.axes[name]
        if axis.categories is None or axis.bands > MOST_CLASSES or [name] not in (self.rows, self.columns):
            return False
        of_band = self.cells if [name] == self.rows else list(zip(*self.cells, strict=True))
        return sum(len(set(cells)) for cells in of_band) == len(self.segments)

    @model_validator(mode="after")
    def _grid_is_whole(self) -> Self:
        self._check_dimensions()
        height, width = self.size(self.rows), self.size(self.columns)
        if len(self.cells) != height or any(len(one) != width for one in self.cells):
            lengths = ", ".join(str(len(one)) for one in self.cells)
            words = f"cells needs {height} rows of {width} segments, not rows of {lengths or 'nothing'}"
            raise wrong((("cells",), words))
        self.only_segments(
            {
                ("cells", row, column): one
                for row, cells in enumerate(self.cells)
                for column, one in enumerate(cells)
            }
        )
        return self

    def has_fitted_borders(self) -> bool:
        """Whether an axis is cut at quantiles of the customers of a fit."""
        return any(one.borders is None and one.categories is None for one in self.axes.values())

    def _check_dimensions(self) -> None:
        """Raises ``ValueError`` unless each axis makes rows or columns, of equally many bands."""
        dimensions = {"rows": self.rows, "columns": self.columns}
        used = [(name, at, one) for name, axes in dimensions.items() for at, one in enumerate(axes)]
        if unknown := [one for one in used if one[2] not in self.axes]:
            known = ", ".join(self.axes)
            raise wrong(
                *(((name, at), f"{shown(one)} is not among the axes ({known})") for name, at, one in unknown)
            )
        named = [one for _, _, one in used]
        if lost := [one for one in self.axes if named.count(one) != 1]:
            words = "an axis makes rows or columns, once"
            raise wrong(*((("axes", one), f"{words}: this one {_times(named.count(one))}") for one in lost))
        for name, axes in dimensions.items():
            if len({self.axes[one].bands for one in axes}) > 1:
                words = f"axes of one dimension have equally many quantiles: {', '.join(axes)} do not"
                raise wrong(((name,), words))


def _times(count: int) -> str:
    return f"does {count} times" if count else "does neither"
