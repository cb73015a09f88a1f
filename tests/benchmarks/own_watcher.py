"""This project's profiles and findings over two periods of customers: a process of its own for ``rivals``.

    python -m tests.benchmarks.own_watcher FOLDER...

Each folder has ``before.parquet`` and ``now.parquet``, one row a customer, and ``before_segments.parquet``
and ``now_segments.parquet``, the assignments of these customers; columns that are schemes there are no
features. Prints one JSON document: the version, CPU seconds without imports, and for every folder the columns
told.

Defaults throughout, and no history: nothing is known but the two periods. The bins are fitted on the earlier
one. Columns are attributes of a company's own; changes of means are explained by three kinds of groups, as
in any project.
"""

import atexit
import gc
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import PropertyMock, patch

# as the command line begins and ends
gc.set_threshold(50_000, *gc.get_threshold()[1:])
atexit.register(gc.freeze)

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import yaml  # noqa: E402

from pipeline.drift import findings, profiles  # noqa: E402
from pipeline.engine.opening import open_engine  # noqa: E402
from pipeline.settings import Project, load_project  # noqa: E402

BEFORE, NOW = "2024-01", "2024-02"
#: The scheme and the categories by whose groups changes are explained: as many kinds as by default.
CARRIERS = ["rfm", "channel", "plan"]
AMOUNTS = ("spend", "basket")
SCHEMES = ("rfm", "mix_many")


def _attribute(field: pa.Field) -> dict[str, Any]:
    kind = (
        "amount"
        if field.name in AMOUNTS
        else {"bool": "flag", "string": "text"}.get(str(field.type), "number")
    )
    return {
        "attribute": field.name,
        "label": {"en": field.name.replace("_", " "), "zh": field.name},
        "type": kind,
        "meaning": "made",
        "privacy": "none",
        **({"unit": "days"} if kind == "number" else {}),
    }


def _project(folder: Path, columns: list[pa.Field]) -> Project:
    names = [one.name for one in columns]
    document = {
        "project": "rivals",
        "title": "Benchmark",
        "currency": "EUR",
        "time_zone": "UTC",
        "first_period": BEFORE,
        "last_period": NOW,
        "segments": {"warm_up_periods": 1},
        "drift": {"carriers": [one for one in CARRIERS if one in (*names, *SCHEMES)]},
        "attributes": [_attribute(one) for one in columns],
        "sources": {
            "crm": {
                "entity": "profiles",
                "account_space": "shop",
                "connector": {"kind": "file", "format": "parquet", "path": "profiles.parquet"},
                "columns": {"source_account_id": "customer", **{name: name for name in names}},
            }
        },
        "engine": {"threads": 2, "memory_limit": "2GB"},
    }
    (folder / "project.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return load_project(folder)


def told(folder: Path) -> list[str]:
    """Columns with a finding."""
    columns = [
        one for one in pq.read_schema(folder / "before.parquet") if one.name not in ("customer_id", *SCHEMES)
    ]
    names = [one.name for one in columns]
    with TemporaryDirectory(prefix="segments-rivals-") as home:
        project = _project(Path(home), columns)
        catalogue = {name: project.catalogue[name] for name in names}
        # the features that come with every project are none of the benchmark's
        with patch.object(Project, "catalogue", PropertyMock(return_value=catalogue)):
            engine = open_engine(project)
            try:
                found: dict[str, pa.Table] = {}
                for name, period in (("before", BEFORE), ("now", NOW)):
                    rows = engine.read_plain([folder / f"{name}.parquet"])
                    segments = engine.read_plain([folder / f"{name}_segments.parquet"])
                    previous = engine.from_arrow(found[BEFORE]) if found else None
                    found[period] = profiles(rows, segments, previous, period, project)
                judged = findings(found[NOW], found[BEFORE], None, None, NOW, project)
            finally:
                engine.close()
    return sorted({row["subject"] for row in judged.to_pylist() if row["severity"] != "none"})


if __name__ == "__main__":
    started = time.process_time()
    every = [{"drift": told(Path(one))} for one in sys.argv[1:]]
    seconds = time.process_time() - started
    print(json.dumps({"version": version("customer-segments"), "cpu_seconds": seconds, "told": every}))
