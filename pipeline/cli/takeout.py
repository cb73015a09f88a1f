"""One export from beginning to end: read, recorded as begun, delivered, recorded as done.

Belongs here: which tables of the publication and the lake an export reads, and the order of its steps.
Does not belong here: arguments and printing (``exporting``), rows and destinations (``pipeline.export``).

Who is exported stands in the publication; the restricted zone only gives the numbers, and with consent the
identifiers. So nobody is exported who is in no publication.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from pipeline.cli.summary import manifest_of, period_of
from pipeline.engine import Engine, Lake, open_engine
from pipeline.errors import InputError
from pipeline.export import (
    Asked,
    Known,
    Record,
    customers_who_consent,
    destination_of,
    exported,
    purposes_of,
    reach,
    reached,
)
from pipeline.export.rows import ORDER
from pipeline.export.wanted import Facts, Options, wanted
from pipeline.ids.accounts import account_space
from pipeline.publish.contracts import SEGMENT_ASSIGNMENTS, SEGMENT_MOVES, SEGMENT_REGISTER
from pipeline.publish.manifest import table_file
from pipeline.publish.texts import Words
from pipeline.settings import Project
from pipeline.tables.entities import CONSENTS, ENTITIES
from pipeline.tables.fields import UNASSIGNED
from pipeline.tables.model import Table
from pipeline.tables.zones import CROSSWALK, CUSTOMER_IDENTITIES, set_aside


def take_out(
    project: Project,
    options: Options,
    period: str | None,
    to: str,
    table: str | None = None,
    replace: bool = False,
) -> dict[str, Any]:
    """Export what ``options`` ask for of a published ``period`` (``None``: the newest) to ``to``.

    Returns the record of the export with ``asked_customers_count`` and who of them was left out why
    (``without_number_count``, ``no_longer_known_count``, ``without_consent_count``), and
    ``consents_through``, the newest period with decisions known where consent was asked for, with
    ``consents_unreadable_count``, decisions in quarantine. Raises ``InputError``; then nothing was exported.
    """
    manifest = manifest_of(project)
    chosen = period_of(manifest, period)
    lake = Lake(project.lake_path)
    folder = lake.root / "publications" / str(manifest.publication)
    engine = open_engine(project)
    try:
        reading = _Reading(project, lake, engine, folder, chosen)
        asked = wanted(options, reading.facts())
        destination = destination_of(to, table, replace, lake.root, engine.scratch)
        destination.check(asked.schema)
        published, known = reading.published(asked), reading.known(asked)
        rows = engine.hold(exported(asked, published, known))
        unreadable = reading.unreadable_consents() if asked.consent else 0
        rows_count = reading.count(rows)
        found = reached(engine, reach(asked, published, known))
        revision = manifest.periods[chosen].revision
        record = Record(asked, manifest.publication, revision, found, rows_count, destination.name)
        begun = record.begin(lake, datetime.now(UTC))
        try:
            destination.deliver(engine.batches(rows.order_by(ORDER)), asked.schema)
        except InputError:
            begun.failed(datetime.now(UTC))
            raise
        # whatever else ends this process leaves the record at "begun": the rows may have arrived
        return {
            **begun.done(datetime.now(UTC)),
            "asked_customers_count": found.customers,
            **{f"{name}_count": value for name, value in asdict(found).items() if name != "customers"},
            "consents_through": reading.consent_periods[-1] if asked.consent else None,
            "consents_unreadable_count": unreadable,
        }
    except Exception as error:
        if not isinstance(error, InputError) and not folder.is_dir():
            raise InputError(
                str(folder),
                "a run published anew while this publication was read, and removed it",
                "a publication that stays while it is read",
                "Nothing was exported. Export again.",
            ) from error
        raise
    finally:
        engine.close()


class _Reading:
    """What an export reads of one publication and its lake."""

    def __init__(self, project: Project, lake: Lake, engine: Engine, folder: Path, period: str) -> None:
        self._project, self._lake, self._engine = project, lake, engine
        self._folder, self._period = folder, period

    @property
    def consent_periods(self) -> list[str]:
        """Periods with decisions in the lake, oldest first."""
        return self._lake.periods(CONSENTS.clean.path)

    def facts(self) -> Facts:
        """What there is to ask for."""
        file = table_file(self._folder, SEGMENT_ASSIGNMENTS.name, self._period)
        known = pq.read_table(file, columns=["scheme"], partitioning=None)["scheme"].unique().to_pylist()
        segments: dict[str, list[str]] = {one: [] for one in self._project.every_scheme if one in known}
        segments |= {one: [] for one in known if one not in segments}
        for row in self._register():
            segments.setdefault(row["scheme"], []).append(row["segment_id"])
        spaces: dict[str, list[str]] = {}
        for name, source in self._project.sources.items():
            if ENTITIES[source.entity].has_account:
                spaces.setdefault(account_space(name, source), []).append(name)
        has_consents = CONSENTS.name in self._project.entities or bool(self.consent_periods)
        purposes = purposes_of(self._consents()) if has_consents else None
        return Facts(self._period, segments, spaces, purposes)

    def published(self, asked: Asked) -> ir.Table:
        """The published table that the rows of the export come from."""
        contract = SEGMENT_ASSIGNMENTS if asked.exported == "assignments" else SEGMENT_MOVES
        return self._engine.read([table_file(self._folder, contract.name, self._period)], contract)

    def known(self, asked: Asked) -> Known:
        """The crosswalk of the period and of today, labels, consents and identifiers as far as asked for."""
        own = self._newest(CROSSWALK)
        then = self._engine.read(self._files(CROSSWALK, [self._period]), CROSSWALK)
        consenting = None
        if asked.consent:
            now = datetime.now(UTC)
            consenting = customers_who_consent(self._consents(), own, asked.consent, now)
        identities = self._newest(CUSTOMER_IDENTITIES) if asked.identifiers else None
        return Known(then, own, self._labels(asked.language), consenting, identities)

    def _newest(self, contract: Table) -> ir.Table:
        return self._engine.read(self._files(contract, self._lake.periods(contract.path)[-1:]), contract)

    def _files(self, contract: Table, periods: Sequence[str]) -> list[Path]:
        """Files of a restricted table. Raises ``InputError`` where there are none: nobody would be found."""
        files = self._lake.files(contract.path, list(periods))
        if not files:
            raise InputError(
                str(self._lake.root / contract.path),
                f"{contract.name} has no file of {self._period}",
                "the restricted zone that belongs to the publication",
                "Run segments run, or export where the whole lake is.",
            )
        return files

    def _consents(self) -> ir.Table:
        files = self._lake.files(CONSENTS.clean.path, self.consent_periods)
        return self._engine.read(files, CONSENTS.clean)

    def unreadable_consents(self) -> int:
        """Decisions that are in quarantine, so that they count for nothing."""
        contract = set_aside(CONSENTS.name)
        periods = self._lake.periods(contract.path)
        rows = self._engine.read(self._lake.files(contract.path, periods), contract)
        unreadable = rows.filter(rows.disposition == "quarantined")
        return self.count(unreadable)

    def count(self, rows: ir.Table) -> int:
        """Number of ``rows``."""
        return int(self._engine.to_arrow(rows.aggregate(count=rows.count()))["count"][0].as_py())

    def _register(self) -> list[Mapping[str, Any]]:
        file = table_file(self._folder, SEGMENT_REGISTER.name, self._period)
        found: list[Mapping[str, Any]] = pq.read_table(file, partitioning=None).to_pylist()
        return found

    def _labels(self, language: str) -> ir.Table:
        words = Words("zh" if language == "zh" else "en", self._project.currency)
        column = "label_zh" if language == "zh" else "label"
        named = {row["segment_id"]: row[column] for row in self._register()}
        named |= {one: words.state(one) for one in UNASSIGNED}
        return self._engine.from_arrow(
            pa.table({"state": pa.array(named, pa.string()), "label": pa.array(named.values(), pa.string())})
        )
