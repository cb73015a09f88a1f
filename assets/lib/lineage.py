"""A project's lineage: what its files say of their origin, compared with what they would say today.

Belongs here: records of files, footers to write, the plan, refusing what is stale. Does not belong
here: which stages there are (``stages``), or what "due" means (``pipeline.lineage.plan``).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from assets.lib.stages import Stages
from pipeline.engine import Lake, content_digest
from pipeline.engine.writing import CONTENT
from pipeline.errors import InputError
from pipeline.lineage import Due, Plan, Record, Stage, Version, changes, load_version, plan, save_version
from pipeline.lineage.plan import Cause, Records, contents, periods_of
from pipeline.publish.manifest import EARLIER, Manifest, read_manifest
from pipeline.publish.next_manifest import entry_for
from pipeline.settings import Project

#: Footer entries of a file, and of a published period's provenance in the manifest.
VERSION, INPUTS = "version", "inputs"
#: Zone of the publication: its records are in the manifest.
PUBLISHED = "published/"
#: Digits of a content digest in a footer.
_DIGITS = 16


@dataclass
class Lineage:
    """Stages of a project over its lake.

    ``blocking`` names the blocking checks of each table; ``documents`` is the version of what a
    publication says beside its tables.
    """

    project: Project
    lake: Lake
    stages: Stages
    blocking: Mapping[str, Sequence[str]]
    documents: Version
    _saved: set[str] = field(default_factory=set)

    @property
    def versions_folder(self) -> Path:
        """Where it is kept what versions consist of."""
        return self.lake.root / "lineage" / "versions"

    # ------------------------------------------------------------------------- writing

    def footer(self, stage_name: str, period: str) -> dict[str, str]:
        """What a file that the stage writes now for ``period`` says of its origin."""
        stage = next(one for one in self.stages.order if one.name == stage_name)
        version = self.stages.versions[stage_name]
        self._keep(version)
        now = contents(stage, period, self._until(period), self.records())
        return {
            VERSION: version.id,
            INPUTS: json.dumps({name: " ".join(some) for name, some in now.items()}),
            "code": version.part("code"),
            "settings": version.part("settings"),
        }

    def provenance(self, period: str) -> dict[str, str]:
        """Origin of the published ``period``, for the manifest: of its own step, and of all code and settings
        behind it, so that a later revision can say which of them changed."""
        self._keep(self.documents)
        everything = [self.stages.versions[one.name] for one in self.stages.order]
        return self.footer(self._publication.name, period) | {
            "code": _combined(
                one.part("code") + one.part("libraries") + one.part("declared") for one in everything
            ),
            "settings": _combined(one.part("settings") for one in everything),
            "documents": self.documents.id,
        }

    def _keep(self, version: Version) -> None:
        if version.id not in self._saved:
            save_version(self.versions_folder, version)
            self._saved.add(version.id)

    # -------------------------------------------------------------------------- checks

    def passed(self, table: str, checks: Mapping[str, bool], periods: Iterable[str]) -> None:
        """Remember which blocking ``checks`` what ``table`` holds now has passed, and which it has not."""
        if not checks:
            return
        known = self._checked(table)
        for period in periods:
            content = (self.lake.content(table, period) or "")[:_DIGITS]
            for name, is_good in checks.items():
                some = known.setdefault(name, {})
                some.pop(period, None)
                if is_good:
                    some[period] = content
        path = self._checks_file(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(json.dumps(known, sort_keys=True), encoding="utf-8")
        partial.replace(path)

    def _checks_file(self, table: str) -> Path:
        return self.lake.root / "lineage" / "checks" / f"{table.replace('/', '.')}.json"

    def _checked(self, table: str) -> dict[str, dict[str, str]]:
        try:
            known: dict[str, dict[str, str]] = json.loads(
                self._checks_file(table).read_text(encoding="utf-8")
            )
        except (OSError, ValueError):
            return {}
        return known

    # ------------------------------------------------------------------------- records

    def records(self) -> Records:
        """What files say now; asked for the same table again it reads nothing twice but footers."""
        checked: dict[str, dict[str, dict[str, str]]] = {}
        manifest: list[Manifest | None] = []

        def record(table: str, period: str) -> Record | None:
            if table.startswith(PUBLISHED):
                if not manifest:
                    manifest.append(read_manifest(self.lake, any_form=True))
                return _published(manifest[0], table, period)
            if not self.lake.holds(table, period):
                return None
            footer = self.lake.footer(table, period)
            content = (footer.get(CONTENT) or content_digest(self.lake.file(table, period)))[:_DIGITS]
            if table not in checked and table in self.blocking:
                checked[table] = self._checked(table)
            passed = all(
                checked[table].get(name, {}).get(period) == content for name in self.blocking.get(table, ())
            )
            return Record(footer.get(VERSION, ""), _inputs(footer), content, passed)

        return record

    # ---------------------------------------------------------------------------- plan

    def plan(
        self, periods: Sequence[str], of: Sequence[str] | None = None, groups: Sequence[str] | None = None
    ) -> Plan:
        """What is due in ``periods``, which are consecutive from the project's first.

        ``of`` are the periods and ``groups`` the groups of assets looked at (none: all).
        """
        stages = [
            one for one in self.stages.order if groups is None or self.stages.groups[one.name] in groups
        ]
        found = plan(stages, periods, self.records(), of)
        is_last = of is None or periods[-1] in of
        if found.due or not is_last or self._publication not in stages:
            return found
        manifest = read_manifest(self.lake, any_form=True)
        if manifest is None or manifest.documents_version == self.documents.id:
            return found
        cause = Cause("documents", self._publication.tables[0], manifest.documents_version)
        return Plan((Due(self._publication.name, periods[-1], (cause,)),))

    @cached_property
    def _publication(self) -> Stage:
        return next(one for one in self.stages.order if one.tables[0].startswith(PUBLISHED))

    def is_publication(self, due: Due) -> bool:
        """Whether what is due is the publication itself."""
        return due.stage == self._publication.name

    def refuse_stale(self, period: str) -> None:
        """Raise ``InputError`` unless all that is published of ``period`` comes from today's versions."""
        periods, records = self._until(period), self.records()
        inner = [one for one in self.stages.order if one is not self._publication]
        found = plan(inner, periods, records, [period]).due
        if found:
            raise self._refused(found[0].causes[0], period, found[0].stage)
        for stage in inner:
            for one in stage.inputs:
                maker = self.stages.of_table(one.table)
                for key in periods_of(one, period, periods) if maker else ():
                    record = records(one.table, key)
                    if maker and record and record.version != maker.version:
                        raise self._refused(Cause("version", one.table, record.version), key, maker.name)

    def _refused(self, cause: Cause, period: str, stage: str) -> InputError:
        version = self.stages.versions[stage]
        made = f"version {cause.before}" if cause.before else "another version"
        why = "; ".join(self.said(cause, version)[:2])
        return InputError(
            f"{cause.table}, {period}",
            f"what it holds was made by {made} or from other inputs ({why})",
            f"what version {version.id} makes of today's inputs",
            "Run segments run (or the job bring_up_to_date), which makes what is due and then publishes;"
            " segments status --why names it. The last publication stays.",
        )

    # ----------------------------------------------------------------------------- why

    def why(self, due: Due) -> list[str]:
        """Why something is due, one phrase a reason."""
        version = self.stages.versions[due.stage]
        return list(dict.fromkeys(phrase for cause in due.causes for phrase in self.said(cause, version)))

    def said(self, cause: Cause, version: Version) -> list[str]:
        """One cause in words."""
        if cause.kind == "version":
            return changes(load_version(self.versions_folder, cause.before), version)
        if cause.kind == "documents" and cause.before == EARLIER:
            return ["the report is of an earlier publication"]
        if cause.kind == "documents":
            return changes(load_version(self.versions_folder, cause.before), self.documents)
        if cause.kind == "input":
            what = "has new rows" if cause.table.startswith("raw/") else "changed"
            return [f"{cause.table} {what} ({_span(cause.periods)})"]
        words = {
            "missing": "was never made",
            "check": "has not passed its checks",
            "reads": "is read over other periods than before",
        }
        return [f"{cause.table} {words[cause.kind]}"]

    def _until(self, period: str) -> list[str]:
        return self.project.calendar.between(self.project.first_period, period)


def _published(manifest: Manifest | None, table: str, period: str) -> Record | None:
    if manifest is None or period not in manifest.periods:
        return None
    said = manifest.periods[period].provenance
    file = entry_for(manifest, table.removeprefix(PUBLISHED), period)
    if file is None:
        return None
    content = file.content_digest[:_DIGITS]
    return Record(said.get(VERSION, ""), _inputs(said), content)


def _inputs(said: Mapping[str, str]) -> dict[str, list[str]]:
    try:
        return {name: some.split() for name, some in json.loads(said.get(INPUTS, "{}")).items()}
    except ValueError:
        return {}


def _combined(parts: Iterable[str]) -> str:
    return sha256("".join(parts).encode()).hexdigest()[:_DIGITS]


def _span(periods: Sequence[str]) -> str:
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
