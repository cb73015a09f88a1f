"""A process that tells what is due under changed copies of the program, for ``test_what_is_redone``.

It imports the libraries once and forks for every question, so that each copy of the program is
imported as it is. A question is one line of JSON: ``program`` (folder of the packages), ``project``
(folder), ``periods``, ``libraries`` (versions to pretend), ``write`` (make files that are up to date).
The answer is one line: for every period what is due, with the reasons, and what may follow.
"""

import json
import os
import sys
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    sys.path.insert(0, asked["program"])
    from assets.definitions import build_defs
    from assets.lib.platform import Platform
    from pipeline.lineage import libraries
    from pipeline.settings import load_project

    real = libraries.installed
    libraries.library_versions.__defaults__ = (  # type: ignore[attr-defined]
        lambda name: asked.get("libraries", {}).get(name) or real(name),
    )
    project = load_project(Path(asked["project"]))
    platform = Platform(project)
    build_defs(project, platform)
    assert platform.lineage is not None
    assert sys.modules["pipeline"].__file__ == f"{asked['program']}/pipeline/__init__.py"
    if asked.get("write"):
        write(platform.lineage, asked["periods"])
    found: dict[str, Any] = {one: {"due": {}, "may_follow": []} for one in asked["periods"]}
    for one in platform.lineage.plan(asked["periods"]).due:
        if one.is_certain:
            found[one.period]["due"][one.stage] = platform.lineage.why(one)
        else:
            found[one.period]["may_follow"].append(one.stage)
    return found


def write(lineage: Any, periods: list[str]) -> None:
    """Files and a manifest that say they come from this version of the program; their rows do not matter."""
    from pipeline.publish.contracts import files_of
    from pipeline.publish.manifest import Manifest, PublishedPeriod, PublishedTable, TablePeriod

    tables: dict[str, dict[str, TablePeriod]] = {}
    entries = {}
    for period in periods:
        for name in lineage.project.sources:
            put(lineage.lake.file(f"raw/{name}", period), {})
        for stage in lineage.stages.order:
            origin = lineage.footer(stage.name, period)
            for table in stage.tables:
                if not table.startswith("published/"):
                    put(lineage.lake.file(table, period), origin)
                    lineage.passed(table, dict.fromkeys(lineage.blocking.get(table, ()), True), [period])
                    continue
                entry, name = TablePeriod(revision=1, rows=0, sha256="", content_digest=""), table[10:]
                for file in files_of(name, period, is_newest=period == periods[-1]):
                    tables.setdefault(name, {})[file] = entry
        entries[period] = PublishedPeriod(
            revision=1, as_of=datetime(2024, 6, 1, tzinfo=UTC), provenance=lineage.provenance(period)
        )
    folder = lineage.lake.root / "published"
    folder.mkdir(parents=True)
    manifest = Manifest(
        project="company",
        title="",
        currency="EUR",
        time_zone="UTC",
        code_version="0",
        publication=1,
        published_at=datetime(2024, 6, 1, tzinfo=UTC),
        periods=entries,
        documents_version=lineage.documents.id,
        tables={
            name: PublishedTable(row="", key=[], schema_version="", periods=one)
            for name, one in tables.items()
        },
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json(), encoding="utf-8")


def put(path: Path, origin: dict[str, str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([("rows", pa.string())], metadata={"content": str(path.parents[1].name), **origin})
    pq.write_table(schema.empty_table(), path)


def main() -> None:
    for name in (
        "altair",
        "dagster",
        "ibis",
        "jinja2",
        "pandas",
        "pyarrow.parquet",
        "sklearn.cluster",
        "splink",
    ):
        import_module(name)

    print("ready", flush=True)
    for line in sys.stdin:
        out, into = os.pipe()
        child = os.fork()
        if not child:
            try:
                text = json.dumps(answer(json.loads(line)))
            except BaseException:
                text = json.dumps({"error": traceback.format_exc()})
            with os.fdopen(into, "w") as file:
                file.write(text)
            os._exit(0)
        os.close(into)
        with os.fdopen(out) as file:
            print(file.read(), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
