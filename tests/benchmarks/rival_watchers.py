"""Evidently and NannyML over two periods of customers, with their own defaults: a script for ``rivals``.

    .venv-rivals/bin/python tests/benchmarks/rival_watchers.py evidently|nannyml FOLDER...

Each folder has ``before.parquet`` and ``now.parquet``, one row a customer. Prints one JSON document: the
version, CPU seconds without imports, and for every folder the columns told, by what tells them.

Runs where this project is not installed (``make rivals``), so it imports nothing of it.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: Columns told, by what tells them.
Told = dict[str, list[str]]


def evidently() -> Callable[[Path], Told]:
    """``DataDriftPreset``: of each column the test that Evidently chooses, at its own threshold."""
    import pandas as pd
    from evidently import Report
    from evidently.presets import DataDriftPreset

    def watch(folder: Path) -> Told:
        before, now = (_columns(pd, folder / f"{name}.parquet") for name in ("before", "now"))
        found = Report([DataDriftPreset()]).run(now, before).dict()["metrics"]
        drifted = []
        for one in found:
            settings = one["config"]
            if "column" in settings:
                # a distance is told from its threshold on, a p-value below it
                is_p_value = "p_value" in settings["method"]
                least, value = settings["threshold"], float(one["value"])
                if value < least if is_p_value else value >= least:
                    drifted.append(settings["column"])
            else:
                count = one["value"]["count"]
        if len(drifted) != count:
            raise SystemExit(f"{len(drifted)} columns are counted as drifted here, {count:g} by Evidently")
        return {"drift": sorted(drifted)}

    return watch


def nannyml() -> Callable[[Path], Told]:
    """Drift by column (Jensen-Shannon), missing values, categories never seen: told from one chunk on.

    ``most``: those that drift in at least five of the ten chunks of the later period.
    """
    import nannyml as nml
    import pandas as pd

    def watch(folder: Path) -> Told:
        before, now = (_columns(pd, folder / f"{name}.parquet") for name in ("before", "now"))
        names = list(before.columns)
        texts = [name for name in names if not pd.api.types.is_float_dtype(before[name])]
        for table in (before, now):
            table[texts] = table[texts].astype("category")
        told = {}
        for kind, calculator, of in (
            ("drift", nml.UnivariateDriftCalculator(column_names=names, treat_as_categorical=texts), names),
            ("missing", nml.MissingValuesCalculator(column_names=names), names),
            ("unseen", nml.UnseenValuesCalculator(column_names=texts), texts),
        ):
            calculator.fit(before)
            alerts = _alerts(calculator.calculate(now).filter(period="analysis").to_df(), of)
            told[kind] = sorted(name for name, chunks in alerts.items() if chunks)
            if kind == "drift":
                told["most"] = sorted(name for name, chunks in alerts.items() if chunks >= 5)
        return told

    return watch


def _columns(pd: Any, path: Path) -> Any:
    return pd.read_parquet(path).drop(columns="customer_id")


def _alerts(frame: Any, names: list[str]) -> dict[str, int]:
    """Chunks with an alert, by column of the data."""
    return {
        name: int(sum(frame[column].sum() for column in frame if column[0] == name and column[-1] == "alert"))
        for name in names
    }


TOOLS = {"evidently": evidently, "nannyml": nannyml}

if __name__ == "__main__":
    tool, *folders = sys.argv[1:]
    watch = TOOLS[tool]()
    started = time.process_time()
    told = [watch(Path(folder)) for folder in folders]
    seconds = time.process_time() - started
    print(json.dumps({"version": version(tool), "cpu_seconds": seconds, "told": told}))
