"""Whether a source may have changed, cheaply.

Belongs here: digests of what a source consists of. Does not belong here: which rows are new
(``collecting``).
"""

import hashlib
import json

from pipeline.collect import database, files
from pipeline.settings import Connector, FileConnector, Project


def fingerprint(project: Project, name: str) -> str:
    """Digest that changes when the source, or one of its lookups, changes.

    Files: names, sizes, times of change; their content is not read. SQL has no cheap way: the
    query runs and its rows are digested, whatever their order, so that equal content gives an
    equal digest. Settings are not part of it. Raises ``InputError`` like reading does.
    """
    source = project.sources[name]
    parts = [
        _parts(project, one, name)
        for one in (source.connector, *(lookup.connector for lookup in source.lookups))
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _parts(project: Project, connector: Connector, name: str) -> list[list[str | int]]:
    if not isinstance(connector, FileConnector):
        return [[database.content_aggregate(connector, f"source {name}")]]
    found = [(file.name, file.path.stat()) for file in files.find(project, connector)]
    return [[file, stat.st_size, stat.st_mtime_ns] for file, stat in found]
