"""Sources tried out for ``segments check``: read, and a part of their rows cleaned as a run would do it.

Belongs here: reading and cleaning for a look; nothing is written. Does not belong here: what is made of it
(``advice``, ``checking``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import ibis
from ibis.expr import types as ir

from pipeline.advice import Sample, Source, part_of, texts_of, times_of
from pipeline.clean import clean
from pipeline.collect import Shared, SourceRows, accounts_of, place, read_rows
from pipeline.engine import Engine
from pipeline.engine.keyed import Key
from pipeline.engine.values import held, moment
from pipeline.settings import Project
from pipeline.tables.entities import EXCHANGE_RATES
from pipeline.tables.model import AMOUNT

#: Account ids of a trial are seen by nobody.
_KEY = Key("segments check")
_SEEN = ("product_id", "usage_unit")


@dataclass
class Trial:
    """The sources of a project, read one after the other; ``tried`` are those that could be, ``rows`` all
    that was read of them, ``accounts`` the accounts of it. What several sources read is read once."""

    engine: Engine
    project: Project
    now: datetime
    tried: dict[str, Source] = field(default_factory=dict)
    rows: dict[str, SourceRows] = field(default_factory=dict)
    accounts: dict[str, ir.Table] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)

    @property
    def order(self) -> list[str]:
        """Names of sources, exchange rates first, since amounts of others need them."""
        sources = self.project.sources
        return sorted(sources, key=lambda one: sources[one].entity != EXCHANGE_RATES.name)

    def source(self, name: str) -> Source:
        """Read a source and try to clean a part of its rows. Raises ``InputError``."""
        read = self.rows[name] = read_rows(self.engine, self.project, name, shared=self.shared)
        raw, settings = self._states(name, read.wanted), self.project.sources[name]
        rows = int(raw.count().execute())
        part = part_of(raw, rows)
        entity = self.project.entity(settings.entity)
        texts, times = texts_of(settings, part), times_of(self.project, settings, part)
        sample = Sample(name, settings, rows, texts, times, own=entity)
        self.tried[name] = Source(raw, self._cleaned(sample, part) if rows else sample)
        if (accounts := accounts_of(self.project, name, read.wanted)) is not None:
            self.accounts[name] = accounts
        return self.tried[name]

    def _states(self, name: str, raw: ir.Table) -> ir.Table:
        """Of events that tell a state, the states at the end of the last period."""
        if self.project.sources[name].latest_by is None:
            return raw
        return held(place(self.project, name, raw, [self.last], self.now).select(*raw.columns))

    @property
    def last(self) -> str:
        """The last complete period, or the first one."""
        periods = self.project.periods(self.now)
        return periods[-1] if periods else self.project.first_period

    def _cleaned(self, sample: Sample, part: ir.Table) -> Sample:
        rates = self.rates if "currency" in sample.source.columns else None
        result = clean(sample.entity, {sample.name: self._placed(part)}, self.project, _KEY, rates)
        amounts = [
            one.name
            for one in sample.entity.clean.fields
            if one.type == AMOUNT and one.name in sample.source.columns
        ]
        bad = result.set_aside.filter(result.set_aside["disposition"] == "quarantined")
        aside = bad.select("rule", "column", "found").to_pandas()
        if not amounts:
            return replace(sample, aside=aside)
        names = [one for one in _SEEN if one in sample.entity.clean.columns]
        return replace(sample, aside=aside, good=result.kept.select(*names, *amounts).to_pandas())

    def _placed(self, rows: ir.Table) -> ir.Table:
        """Rows as if all were of the last period: that of the rates that convert them, too."""
        return rows.mutate(period=ibis.literal(self.last), _collected_at=moment(self.now))

    @cached_property
    def rates(self) -> ir.Table | None:
        """Exchange rates, cleaned once; none where the project has none that can be read."""
        found: Mapping[str, ir.Table] = {
            name: self._placed(one.raw)
            for name, one in self.tried.items()
            if one.sample.entity.name == EXCHANGE_RATES.name and one.sample.rows
        }
        return held(clean(EXCHANGE_RATES, found, self.project, _KEY).kept) if found else None
