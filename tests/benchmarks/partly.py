"""A project run through its own stages as far as some tables, and no further.

A benchmark that reads features needs no report of every month: the stages are those of ``segments run``, in
its order and with its checks; what comes after the tables asked for is not made.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd
import yaml

from assets.definitions import build_defs
from assets.defs.automation import JOBS
from assets.lib.instance import key_prefix, open_instance
from assets.lib.platform import Platform
from assets.lib.run_lock import alone
from assets.running import _collect, _due, _lineage, _Runner
from pipeline.ids.secret import id_key
from pipeline.lineage import Stage
from pipeline.settings import Project
from tests.lakes import lake_rows

FEATURES, CROSSWALK = "features/customer_features", "restricted/crosswalk"


def run_as_far_as(project: Project, wanted: Mapping[str, Sequence[str] | None]) -> None:
    """Make the ``wanted`` tables (``zone/name``) of some periods (none: of all), what they are made of, and
    the crosswalk.

    A stage that reads what it made of the period before is made of every period.
    """
    periods = _due(project, None, pd.Timestamp.now("UTC").to_pydatetime())
    platform = Platform(project, prefix=key_prefix(project))
    id_key(project, platform.lake)
    with alone(project, platform.now()), closing(platform), open_instance(project) as instance:
        runner = _Runner(build_defs(project, platform), instance, platform)
        _collect(platform, runner, periods)
        order = _lineage(platform).stages.order
        of = {one: some for one, some in wanted.items() if some is not None}
        needed = _behind(order, [*wanted, CROSSWALK])
        for job in ("prepare", "segment"):
            groups = JOBS[job][0]
            stages = [one for one in needed if _group(runner, one) in groups]
            spans = [periods] if job == "prepare" else [[period] for period in periods]
            for span in spans:
                every = [table for one in stages for table in one.tables]
                tables = [one for one in every if set(span) & set(of.get(one, span))]
                runner.run(job, span, tables)


def _behind(order: Sequence[Stage], wanted: Sequence[str]) -> list[Stage]:
    """The stages that make ``wanted`` and whatever these read, in the order of work."""
    read, needed = set(wanted), []
    for one in reversed(order):
        if read & set(one.tables):
            needed.append(one)
            read |= {source.table for source in one.inputs}
    return needed[::-1]


def _group(runner: _Runner, stage: Stage) -> str:
    key = runner.platform.asset_key(stage.tables[0])
    return str(runner.definitions.resolve_asset_graph().get(key).group_name)


def person_of_customer(project: Project, accounts: pd.DataFrame, period: str) -> pd.Series:
    """Person behind each customer of a period by the truth's ``accounts``; no customer of several."""
    lake = project.lake_path
    known = pd.DataFrame(lake_rows(lake, CROSSWALK, period))
    known = known.merge(accounts, left_on=["account_space", "source_account_id"],
                        right_on=["source", "source_account_id"])  # fmt: skip
    links = pd.DataFrame(lake_rows(lake, "customers/account_links", period))[["account_id", "customer_id"]]
    both = links.merge(known[["account_id", "person_id"]], on="account_id")
    persons = both.groupby("customer_id")["person_id"].agg(["nunique", "first"])
    return persons.loc[persons["nunique"] == 1, "first"]


def keep_sources(folder: Path, names: Collection[str]) -> None:
    """Let a simulated project read some of its sources alone; without profiles its accounts are customers."""
    file = folder / "project.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["sources"] = {name: one for name, one in settings["sources"].items() if name in names}
    settings["identity"].pop("overrides", None)
    mark = "# Written by `segments simulate`, and cut down to some sources.\n"
    file.write_text(mark + yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
