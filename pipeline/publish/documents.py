"""The documents of a publication: report, data dictionary, and how to read it.

Belongs here: which documents there are and writing them into a staged folder. Does not
belong here: what the report or the dictionary say (``report``, ``dictionary``).
"""

import os
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.engine import Engine
from pipeline.publish.contracts import SEGMENT_REGISTER
from pipeline.publish.dictionary import dictionary_text, whole_dictionary
from pipeline.publish.folders import link
from pipeline.publish.formats import markdown_text
from pipeline.publish.manifest import Manifest, file_digest, table_file
from pipeline.settings import Project

README, DICTIONARY, DICTIONARY_TABLE, REPORT = (
    "README.md",
    "data_dictionary.md",
    "data_dictionary.parquet",
    "report.html",
)


def write_documents(
    engine: Engine, folder: Path, manifest: Manifest, project: Project, earlier: Path | None = None
) -> dict[str, str]:
    """Write all documents into ``folder``, whose tables are complete; returns their SHA-256 by name.

    ``earlier``: a report of an earlier publication, which stands there until the next draws one.
    """
    texts = {
        README: _readme(manifest, earlier is not None),
        DICTIONARY: dictionary_text(
            project.every_scheme, project.catalogue, bool(project.with_texts), bool(project.action_plan)
        ),
    }
    if earlier:
        link(earlier, folder / REPORT)
    else:
        # Altair takes a second to load: only who draws pays for it.
        from pipeline.publish.report import report

        texts[REPORT] = report(engine, folder, manifest, project, project.report.language)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    segments = _segments(folder, manifest)
    whole = whole_dictionary(
        project.every_scheme,
        project.catalogue,
        segments,
        bool(project.with_texts),
        bool(project.action_plan),
    )
    pq.write_table(whole, folder / DICTIONARY_TABLE, compression="zstd")
    digests = {}
    for name in sorted({*texts, REPORT, DICTIONARY_TABLE}):
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
        digests[name] = file_digest(folder / name)
    return digests


def _segments(folder: Path, manifest: Manifest) -> list[dict[str, str]]:
    """Every segment that ever lived, as the newest period's register calls it."""
    register = table_file(folder, SEGMENT_REGISTER.name, max(manifest.periods))
    told = pq.read_table(register, columns=["segment_id", "label", "label_zh"])
    rows: list[dict[str, str]] = told.to_pylist()
    return rows


def _readme(manifest: Manifest, is_earlier: bool) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("pipeline.publish"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["text"] = markdown_text
    return templates.get_template("README.md.j2").render(manifest=manifest, is_earlier=is_earlier)
