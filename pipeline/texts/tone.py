"""The tone of a text: a frozen linear model, kept as plain arrays.

Belongs here: a model, its file, scoring one text. Does not belong here: fitting (``fitting``), or which
texts there are (``scoring``).
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.models.frame import Floats
from pipeline.texts.words import terms

_SCHEMA = pa.schema([("term", pa.string()), ("scale", pa.float32()), ("weight", pa.float32())])
_FOLDER = Path(__file__).parent
#: Models that come along, by language.
_FILES = {"en": "tone_en.parquet", "zh": "tone_zh.parquet"}
#: Beyond it a text is negative or positive, not neutral: one is then twice as probable as the other.
SURE = 1 / 3


@dataclass(frozen=True)
class Tone:
    """``score``: from -1, surely negative, to 1, surely positive. ``evidence``: known terms of the text."""

    score: float
    evidence: int

    @property
    def word(self) -> str:
        """``negative``, ``neutral`` or ``positive``."""
        return "neutral" if abs(self.score) < SURE else "positive" if self.score > 0 else "negative"


@dataclass(frozen=True, eq=False)
class ToneModel:
    """Known terms, the scale and the weight of each, and the intercept, in calibrated log odds.

    The log odds that a text is positive are intercept + Σ weight · value / √Σ value², over its known terms,
    with value = (1 + log occurrences) · scale.
    """

    language: str
    terms: tuple[str, ...]
    scales: Floats
    weights: Floats
    intercept: float

    @cached_property
    def _known(self) -> Mapping[str, tuple[float, float]]:
        both = zip(self.scales.tolist(), self.weights.tolist(), strict=True)
        return dict(zip(self.terms, both, strict=True))

    def tone(self, text: str) -> Tone | None:
        """Tone of ``text``: 2 · probability of positive - 1; none where no term of it is known."""
        known = self._known
        counted = Counter(one for one in terms(text, self.language) if one in known)
        if not counted:
            return None
        total = squares = 0.0
        for one in sorted(counted):  # a sum of floats is only the same in the same order
            scale, weight = known[one]
            value = (1 + math.log(counted[one])) * scale
            total += value * weight
            squares += value * value
        odds = self.intercept + (total / math.sqrt(squares) if squares else 0.0)
        return Tone(math.tanh(odds / 2), len(counted))

    def write(self, path: Path) -> None:
        """Write the model as Parquet, which runs no code when it is read."""
        columns = [pa.array(self.terms), self.scales.astype(np.float32), self.weights.astype(np.float32)]
        said = {"language": self.language, "intercept": json.dumps(self.intercept)}
        table = pa.table(columns, schema=_SCHEMA.with_metadata(said))
        pq.write_table(table, path, compression="zstd", compression_level=19)


def read_model(path: Path) -> ToneModel:
    """The model that ``ToneModel.write`` wrote."""
    table = pq.read_table(path)
    said = {name.decode(): value.decode() for name, value in table.schema.metadata.items()}
    return ToneModel(
        said["language"],
        tuple(table["term"].to_pylist()),
        table["scale"].to_numpy(),
        table["weight"].to_numpy(),
        float(json.loads(said["intercept"])),
    )


def model_file(language: str) -> Path:
    """Where the model of a language that comes along stands."""
    return _FOLDER / _FILES[language]


@cache
def tone_model(language: str) -> ToneModel:
    """The model that comes along for a language of ``words.LANGUAGES``."""
    return read_model(model_file(language))
