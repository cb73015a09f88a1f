"""What is due: periods whose published values do not come from today's inputs, settings and code.

Belongs here: fingerprints and their comparison with the manifest. Does not belong here:
running anything.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pipeline
from pipeline.engine import Lake, content_digest
from pipeline.publish.manifest import Manifest, read_manifest
from pipeline.settings import Project

#: What can change a published file: modules, and the templates of documents.
_CODE_SUFFIXES = {".py", ".j2", ".css", ".js"}


def code_digest() -> str:
    """Digest of the package's own files, so that changed code is never mistaken for finished work."""
    root = Path(pipeline.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in _CODE_SUFFIXES and path.is_file():
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def raw_digest(lake: Lake, project: Project, period: str) -> str:
    """Digest of the raw rows of all sources in ``period``; a source not collected yet counts as absent."""
    parts = []
    for source in sorted(project.sources):
        path = lake.file(f"raw/{source}", period)
        parts.append(f"{source} {content_digest(path) if path.is_file() else 'absent'}")
    return _digest(*parts)


def period_fingerprint(
    project: Project, lake: Lake, period: str, previous_fingerprint: str, code_version: str
) -> str:
    """All that decides the published values of ``period``.

    Settings, code, its raw rows, and the fingerprint of the period before: a late row in one
    period makes every later one stale.
    """
    return _digest(
        project.digest(), code_version, period, raw_digest(lake, project, period), previous_fingerprint
    )


def provenance(project: Project, lake: Lake, period: str) -> dict[str, str]:
    """Origin of ``period`` for the manifest: its fingerprint, settings and code.

    The fingerprint of the period before is the published one, so that one more period costs the
    same however long the history is (law L10).
    """
    manifest, before = read_manifest(lake), project.calendar.previous(period)
    known = manifest.periods.get(before) if manifest and period != project.first_period else None
    previous, code = known.provenance["fingerprint"] if known else "", code_digest()
    return {
        "fingerprint": period_fingerprint(project, lake, period, previous, code),
        "settings": project.digest(),
        "code": code,
    }


def fingerprints(project: Project, lake: Lake, periods: Sequence[str], code_version: str) -> dict[str, str]:
    """Fingerprint of each of ``periods``, which are consecutive from the project's first."""
    chain: dict[str, str] = {}
    previous = ""
    for period in periods:
        previous = chain[period] = period_fingerprint(project, lake, period, previous, code_version)
    return chain


def stale_periods(
    project: Project,
    lake: Lake,
    manifest: Manifest | None,
    periods: Sequence[str],
    code_version: str | None = None,
) -> list[str]:
    """Those of ``periods`` (consecutive from the project's first) that are not published as they are now.

    From the first stale one on, all are: each builds on the one before. ``code_version`` is
    ``code_digest()`` unless given.
    """
    now = fingerprints(project, lake, periods, code_digest() if code_version is None else code_version)
    published = {} if manifest is None else manifest.periods
    for index, period in enumerate(periods):
        if period not in published or published[period].provenance.get("fingerprint") != now[period]:
            return list(periods[index:])
    return []


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
