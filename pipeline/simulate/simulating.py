"""The order of work: the world, its rows period by period, files, truth.

Belongs here: one function that writes a company. Does not belong here: how anything is made.
"""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np

from pipeline.errors import InputError
from pipeline.simulate.accounts import SYSTEMS
from pipeline.simulate.catalogue import RATES, products, rates
from pipeline.simulate.frames import Frame, joined, size, text_of
from pipeline.simulate.mappings import MAPPINGS
from pipeline.simulate.plan import TIME_ZONE, Plan
from pipeline.simulate.planting import held, plant
from pipeline.simulate.profiles import planted_profiles
from pipeline.simulate.project_yaml import CRM_FILE, write_project
from pipeline.simulate.sources import EVENT_SOURCES, SNAPSHOTS, EventSource
from pipeline.simulate.truth import Key, counted, counted_snapshots, write_truth
from pipeline.simulate.world import World, world
from pipeline.simulate.writers import Crm, write


def simulate(
    folder: Path,
    plan: Plan,
    truth: Path | None = None,
    as_of: str | None = None,
    crm_url: str | None = None,
) -> None:
    """Write a company into ``folder``: its project.yaml and its sources as they stood at the end
    of period ``as_of`` (none: the last), and into ``truth`` what is known of it, for all periods.

    A later call with a later ``as_of`` writes what has come since: new files, late rows, and
    rows corrected or deleted in files of before. Equal plans write equal bytes. ``crm_url``: the CRM's
    tables go to that database instead of a SQLite file. Memory: one period's rows and the persons.

    Raises ``InputError`` for a period the company lacks, or a folder that holds something else.
    """
    last = plan.number(as_of)
    _prepare(folder)
    made = world(plan)
    counts: Counter[Key] = Counter()
    with Crm(crm_url or f"sqlite:///{(folder / CRM_FILE).as_posix()}") as crm:
        _write_snapshots(folder, made, last, crm)
        for name, source in EVENT_SOURCES.items():
            _write_events(folder, made, name, source, last, crm, counts)
    counted_snapshots(made, counts, size(products(made.catalogue)), _new_rates)
    write_project(folder, plan, made.accounts, last, has_server=crm_url is not None)
    if truth is not None:
        keyed = {name for name, one in MAPPINGS.items() if one.get("row_key")}
        write_truth(truth, made, counts, keyed)


def _prepare(folder: Path) -> None:
    """A folder that is empty or holds a simulated company, of which sources are removed."""
    mark = folder / "project.yaml"
    own = mark.is_file() and "Written by `segments simulate`" in mark.read_text(encoding="utf-8")
    if folder.exists() and any(folder.iterdir()) and not own:
        raise InputError(
            str(folder),
            "it holds something that was not simulated",
            "a new or empty folder, or one with a simulated company",
            "Name another folder.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    forms = [one.form for one in EVENT_SOURCES.values()] + [form for _, form in SNAPSHOTS.values()]
    for top in {form.path.split("/")[0] for form in forms if "/" in form.path}:
        shutil.rmtree(folder / top, ignore_errors=True)
    (folder / CRM_FILE).unlink(missing_ok=True)


def _new_rates(period: int) -> int:
    """Rows of the table of rates that come with a period; the first brings those of before."""
    return len(RATES) * (2 if period == 0 else 1)


def _write_snapshots(folder: Path, made: World, last: int, crm: Crm) -> None:
    for system in SYSTEMS:
        frame, planted = planted_profiles(made.plan, made.people, made.accounts, system, last)
        rows = {
            name: values for name, values in joined([frame, *planted.values()]).items() if name != "_account"
        }
        form = SNAPSHOTS[system][1]
        if form.format == "sql":
            crm.append(form.path, rows)
        else:
            write(folder, form, "", [rows])
    write(folder, SNAPSHOTS["catalogue"][1], "", [products(made.catalogue)])
    write(folder, SNAPSHOTS["rates"][1], "", [rates(made.plan, last)])


def _write_events(
    folder: Path, made: World, name: str, source: EventSource, last: int, crm: Crm, counts: Counter[Key]
) -> None:
    """All periods of one source; rows that come late are carried to the next period's file."""
    carried: Frame | None = None
    for period, key in enumerate(made.plan.keys):
        stamp = _change_text(made, name, period)
        rows = plant(made.plan, name, period, source.make(made, period), source.trouble, stamp)
        counted(name, rows, counts)
        here = rows["_file"] == period
        mine = [{one: values[here] for one, values in rows.items()}]
        if carried is not None and size(carried):
            mine.append(carried)
        carried = {one: values[~here] for one, values in rows.items()}
        if period > last:
            continue
        found = [held(one, last) for one in mine]
        if source.form.format == "sql":
            crm.append(source.form.path, joined(found))
        else:
            write(folder, source.form, key, found)


def _change_text(made: World, name: str, period: int) -> str | None:
    """When rows of a period are corrected: the first morning of the next one, in the source's form."""
    if period + 1 >= made.plan.periods:
        return None
    at = np.array([made.plan.bounds(period + 1)[0] + 8 * 3_600])
    pattern = "%d.%m.%Y %H:%M:%S" if name == "shop_orders" else "%Y-%m-%d %H:%M:%S"
    return str(text_of(at, TIME_ZONE, pattern)[0])
