"""The words of advice: what a warning says, and what of a source it is drawn from.

Belongs here: ``Advice``, ``Sample``, the measures of certainty that all share. Does not belong here:
any single doubt (the modules beside this one), or reading a source (``sampling``).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import yaml

from pipeline.settings import SourceSettings
from pipeline.tables.entities import ENTITIES, Entity

#: Values of a sample that are looked at one by one: a share is then known to 0.2 points (one standard
#: error at most sqrt(1/4 / 50,000)), and a source of any size costs one reading and a second.
SAMPLE_ROWS = 50_000
#: Fewer values say nothing of a column: with 20, what holds for none of them holds for less than 14% of all
#: (95%, the rule of three).
LEAST_VALUES = 20
#: One-sided 97.5%: by chance alone fewer than one source in forty would be called worse than it is.
_Z = 1.96


@dataclass(frozen=True)
class Advice:
    """One thing that is probably not meant, and stops nothing.

    ``code`` is stable, for programs; ``sources`` are those concerned; ``seen`` says what was found, with
    its numbers; ``why`` what goes wrong; ``remedy`` what to do; ``yaml`` the lines to write, where lines can
    mend it. No value of a direct identifier stands in any of them (law L6).
    """

    code: str
    sources: tuple[str, ...]
    seen: str
    why: str
    remedy: str
    yaml: str = ""

    @property
    def text(self) -> str:
        """All of it in one paragraph."""
        where = f"source{'s' if len(self.sources) > 1 else ''} {', '.join(self.sources)}"
        return f"{where}: {self.seen}. {self.why}. {self.remedy}."


@dataclass(frozen=True)
class Sketch:
    """Distinct ids of a source: all of them, or those of the smallest hashes, the same in every source.

    ``by_hash`` is id by hash (32 hexadecimal digits); ``below`` is the hash from which ids are left
    out, none when all are there. ``count`` is how many there are in all, estimated where some are left out.
    """

    by_hash: Mapping[str, frozenset[str]]
    below: str | None
    count: int


@dataclass(frozen=True)
class Sample:
    """What is known of a source: rows counted, and a part of them (all, where there are few).

    ``texts``: mapped columns as they came, normalised, null where there is no value, with ``_file``.
    ``times``: those of times as instants (UTC, without zone), null where they cannot be read.
    ``good``: the clean rows that came of the part. ``aside``: those that would be quarantined (``rule``,
    ``column``, ``found``). ``own``: what its rows become, with the project's own columns.
    """

    name: str
    source: SourceSettings
    rows: int
    texts: pd.DataFrame
    times: pd.DataFrame
    good: pd.DataFrame = field(default_factory=pd.DataFrame)
    aside: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["rule", "column", "found"]))
    own: Entity | None = None

    @property
    def entity(self) -> Entity:
        """What its rows become."""
        return self.own or ENTITIES[self.source.entity]

    @property
    def sampled(self) -> str:
        """A clause that says so where not all rows were looked at."""
        return f" (of a sample of {len(self.texts):,} of its {self.rows:,} rows)" if self.is_part else ""

    @property
    def is_part(self) -> bool:
        """Whether not all rows were looked at."""
        return len(self.texts) < self.rows

    def column(self, name: str) -> str:
        """The source's own column behind ``name``, for messages."""
        mapping = self.source.columns[name]
        return " + ".join(mapping.value_columns) or "a constant"

    def changed(self, name: str, **settings: Any) -> str:
        """YAML of the column ``name`` as it is mapped, with other ``settings``."""
        mapping = self.source.columns[name].model_dump(exclude_defaults=True)
        return f"{name}: {flow({key: value for key, value in (mapping | settings).items() if value is not None})}"


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    written = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return written.removesuffix("\n").removesuffix("\n...").strip()


def surely_above(count: int, total: int, level: float) -> bool:
    """Whether a share is above ``level`` beyond the luck of few rows: Wilson's lower bound is."""
    if total == 0:
        return False
    share, z2 = count / total, _Z * _Z
    centre = share + z2 / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return (centre - spread) / (1 + z2 / total) > level


def percent(share: float) -> str:
    """A share for messages: ``34%``, ``0.4%``, never 100% or 0% of something that is not."""
    if 0 < share < 0.01:
        return f"{max(share, 0.001):.1%}"
    if 0.99 < share < 1:
        return f"{min(share, 0.999):.1%}"
    return f"{share:.0%}"


def lines(source: str, *settings: str) -> str:
    """YAML of settings of a source; each may have inner lines of its own."""
    body = [f"    {line}" for one in settings for line in one.splitlines()]
    return "\n".join(["sources:", f"  {source}:", *body])


def column_lines(source: str, *columns: str) -> str:
    """YAML of columns of a source."""
    return lines(source, "columns:", *(f"  {line}" for one in columns for line in one.splitlines()))
