"""Are reasons true? Explanations of customers of a project that was run, put to the test on its own versions.

    python -m tests.benchmarks explanations [--project data/complete_journey --customers 200]

For customers of the newest period, chosen by the hash of their ids, and every scheme in force: how many have
a stated smallest change, and for how many of these the version, asked again, then says the stated segment;
how many have reasons for their segment, and for how many of these the segment becomes less likely when all of
them are as is usual among those compared with; seconds of CPU an explanation. Nothing is fitted here. Needs a
project that was run.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.cli.explaining import compared, frames_of, scored_by
from pipeline.engine import Lake, open_engine
from pipeline.models.frame import Frame
from pipeline.schemes import serving
from pipeline.segments import explained
from pipeline.settings import Project, load_project

#: Stated reasons must lower the probability of the segment when they are taken away, in so many cases.
LOWERED = 0.95


def main(arguments: list[str] | None = None) -> None:
    """Print a row a scheme; fails where a change does not move, or reasons do not carry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("data/complete_journey"))
    parser.add_argument("--customers", type=int, default=200)
    asked = parser.parse_args(arguments)
    table = pd.DataFrame(_rows(load_project(asked.project), asked.customers))
    print(table.to_string(index=False, float_format="{:.3f}".format))
    total = table[["changes", "moved", "with_reasons", "lowered"]].sum()
    print(f"\nall: {total.moved} of {total.changes} stated changes move the customer as stated;")
    print(f"without what speaks for it {total.lowered} of {total.with_reasons} segments are less likely")
    is_true = total.moved == total.changes and total.lowered >= LOWERED * total.with_reasons
    sys.exit(0 if is_true else 1)


def _rows(project: Project, size: int) -> Iterator[dict[str, Any]]:
    lake, engine = Lake(project.lake_path), open_engine(project)
    try:
        known = compared(project, lake, engine, None)
    finally:
        engine.close()
    assert known is not None
    for scheme, parameters in known.versions.items():
        reads, limits = scored_by(project, scheme, parameters)
        _, _, others = frames_of(known, scheme, reads)
        found = {"scheme": scheme, "explained": 0, "changes": 0, "moved": 0, "with_reasons": 0, "lowered": 0}
        began = time.process_time()
        told = []
        for at in range(min(size, len(others))):
            one = others.taken(np.arange(len(others)) == at)
            if said := explained(scheme, parameters, one, None, others, reads, **limits):
                told.append((one, said))
        found["explained"] = len(told)
        seconds = (time.process_time() - began) / max(len(told), 1)
        for one, said in told:
            if said.change:
                found["changes"] += 1
                now = _said(scheme, parameters, one, {said.change.feature: said.change.value})
                found["moved"] += now.segment_ids[now.segment[0]] == said.change.segment != said.segment
            for_it = {it.feature: it.other for it in said.factors if it.effect > 0}
            if for_it and not any(np.isnan(value) for value in for_it.values()):
                found["with_reasons"] += 1
                before, now = (_said(scheme, parameters, one, some) for some in ({}, for_it))
                place = before.segment[0]
                found["lowered"] += bool(now.memberships[place][0] < before.memberships[place][0])
        yield found | {"cpu_seconds_each": seconds}


def _said(scheme: str, parameters: dict[str, Any], one: Frame, numbers: dict[str, float]) -> Any:
    changed = one.numbers | {name: np.array([value]) for name, value in numbers.items()}
    previous = {name: pa.array(ids.to_pylist(), ids.type) for name, ids in one.previous_segments.items()}
    other = replace(one, numbers=changed, previous_segments=previous, _told={})
    with np.errstate(invalid="ignore"):
        return serving.score(scheme, parameters, other)


if __name__ == "__main__":
    main()
