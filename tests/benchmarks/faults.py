"""What is said of a source when its last delivery has one fault, and of healthy periods.

``python -m tests.benchmarks faults [complete_journey | online_retail | demo_company …] [--periods 2017-10
2017-12] [--seed 1] [--customers 1500 --company-seed 41]``. The demo company is simulated, with more persons
and periods. Collects and cleans the project once, into a temporary lake or ``--lake``. Then each fault is
done to the raw rows of orders of one period; these are cleaned, measured and judged as a run does it. Nothing
is segmented: what becomes of moves is measured by ``fault_moves``.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

from assets.definitions import build_defs
from assets.lib.instance import open_instance
from assets.lib.platform import Platform, utc_now
from assets.running import _collect, _due, _rounds, _Runner
from pipeline import health
from pipeline.clean import clean, row_accounts
from pipeline.ids.secret import id_key
from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, simulate
from pipeline.tables.entities import EXCHANGE_RATES
from pipeline.tables.health import ILL, SOURCE_PROFILES

PROJECTS = ("complete_journey", "online_retail", "demo_company")
#: The demo company that is simulated: enough persons that the shop has some hundred lines a month.
SIMULATED, CUSTOMERS, MONTHS, COMPANY_SEED = "demo_company", 1500, 8, 20241201
#: States that each fault must be given; more than one where the share is near a border.
WHOLE = ("healthy", "cannot_tell")
#: Faults that may take fewer rows than are suspect.
SMALL = ("20% of stores (countries)",)
SUSPECT, BROKEN, EITHER, NOTE = ("suspect",), ("broken",), ("suspect", "broken"), ("healthy",)


@dataclass(frozen=True)
class Columns:
    """What a project calls the columns of its orders, and the source they come from."""

    source: str
    account: str
    order: str
    time: str
    product: str
    amount: str
    quantity: str
    store: str
    zone: str
    #: How times are written, where values are texts; empty where they have types.
    written: str = ""
    #: What names a line, where one column does.
    line: str = ""


def columns_of(project: Project) -> Columns:
    """Columns of the first source of orders of ``project``."""
    name, source = next(iter(project.sources_of("orders").items()))

    def raw(*fields: str) -> str:
        return next(source.columns[one].source_columns[0] for one in fields if one in source.columns)

    return Columns(
        name, raw("source_account_id"), raw("order_id"), raw("ordered_at"), raw("product_id"),
        raw("net_amount", "unit_price_amount"), raw("quantity"),
        raw("store_id") if "store_id" in source.columns else "Country", source.time_zone or project.time_zone,
        str(source.columns["ordered_at"].format or ""),
        raw("line_key") if "line_key" in source.columns else "",
    )  # fmt: skip


Frame = pd.DataFrame
Fault = Callable[[Frame], Frame]


def faults(
    c: Columns, period: str, zone: str, rng: np.random.Generator
) -> Iterator[tuple[str, Fault, tuple[str, ...]]]:
    """Name, what it does to the raw rows of the period, and the states that are right."""

    def local(rows: Frame) -> "pd.Series[Any]":
        return rows[c.time].dt.tz_localize(c.zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert(zone)

    def some(share: float) -> Fault:
        return lambda rows: rows[rng.random(len(rows)) >= share]

    def without(column: str, share: float) -> Fault:
        def cut(rows: Frame) -> Frame:
            every = np.sort(rows[column].dropna().unique())
            return rows[~rows[column].isin(rng.choice(every, int(len(every) * share), replace=False))]

        return cut

    def days(keep: Callable[["pd.Series[Any]"], "pd.Series[Any]"]) -> Fault:
        return lambda rows: rows[keep(local(rows).dt.day)]

    def largest(count: int) -> Fault:
        return lambda rows: rows[~rows[c.store].isin(rows[c.store].value_counts().index[:count])]

    def times(factor: float, share: float = 1.0) -> Fault:
        def scale(rows: Frame) -> Frame:
            hit = rng.random(len(rows)) < share
            return rows.assign(**{c.amount: rows[c.amount] * np.where(hit, factor, 1.0)})

        return scale

    def at(hours: int) -> Fault:
        def move(rows: Frame) -> Frame:
            moved = rows.assign(**{c.time: rows[c.time] + pd.Timedelta(hours=hours)})
            return moved[local(moved).dt.strftime("%Y-%m") == period]

        return move

    def nulled(column: str, share: float) -> Fault:
        return lambda rows: rows.assign(**{column: rows[column].mask(rng.random(len(rows)) < share)})

    def swapped(rows: Frame) -> Frame:
        day = local(rows).dt.day
        return rows[(day > 12) | (day == int(period[-2:]))]

    def twice(rows: Frame, renamed: bool) -> Frame:
        again = rows.assign(_row=rows["_row"] + 10_000_000)
        if renamed:
            number = pd.to_numeric(rows[c.order], errors="coerce")
            is_text = rows[c.order].dtype == object or str(rows[c.order].dtype).startswith("str")
            again[c.order] = rows[c.order].astype(str) + "x" if is_text else number + 10**12
            if c.line:
                again[c.line] = rows[c.line].astype(str) + "x"
        return pd.concat([rows, again], ignore_index=True)

    yield "as it is", lambda rows: rows, WHOLE
    for share, right in ((0.2, SUSPECT), (0.3, SUSPECT), (0.5, BROKEN)):
        yield f"{share:.0%} of rows at random", some(share), right
    for share, right in ((0.2, SUSPECT), (0.3, SUSPECT), (0.5, BROKEN)):
        yield f"{share:.0%} of orders", without(c.order, share), right
    for share, right in ((0.2, SUSPECT), (0.3, SUSPECT), (0.5, BROKEN)):
        yield f"{share:.0%} of accounts", without(c.account, share), right
    yield "cut on the 20th", days(lambda day: day <= 20), SUSPECT
    yield "cut on the 24th", days(lambda day: day <= 24), SUSPECT
    yield "first ten days missing", days(lambda day: day > 10), SUSPECT
    yield "a middle week missing", days(lambda day: (day < 11) | (day > 17)), SUSPECT
    yield "20 largest stores (5 countries)", largest(20 if c.store != "Country" else 5), EITHER
    yield SMALL[0], without(c.store, 0.2), EITHER
    yield "amounts x100", times(100), BROKEN
    yield "amounts /100", times(0.01), BROKEN
    yield "amounts x2", times(2), BROKEN
    yield "amounts x1.25", times(1.25), SUSPECT
    yield "currency mixed (30% x7)", times(7, 0.3), SUSPECT
    yield "sign flipped", times(-1), BROKEN
    yield "day and month swapped", swapped, SUSPECT
    yield "loaded twice, same keys", lambda rows: twice(rows, False), NOTE
    yield "loaded twice, new keys", lambda rows: twice(rows, True), BROKEN
    yield "empty", lambda rows: rows[:0], BROKEN
    yield "33% unreadable", nulled(c.quantity, 0.33), SUSPECT
    yield "accounts null in 30%", nulled(c.account, 0.3), SUSPECT
    yield "products null in 30%", nulled(c.product, 0.3), SUSPECT
    yield "five hours late", at(5), SUSPECT
    yield "eight hours early", at(-8), SUSPECT


def add_company(parser: argparse.ArgumentParser) -> None:
    """Options of the company that is simulated."""
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--company-seed", type=int, default=COMPANY_SEED)


def prepared(name: str, lake: Path, customers: int = CUSTOMERS, seed: int = COMPANY_SEED) -> Project:
    """The project with all periods collected, cleaned and measured in ``lake``."""
    folder = lake / name
    if name == SIMULATED and not folder.is_dir():
        simulate(folder, Plan(customers=customers, periods=MONTHS, seed=seed))
    elif not (folder / "project.yaml").is_file():
        project = load_project(Path("data") / name)
        folder.mkdir(parents=True, exist_ok=True)
        said = yaml.safe_load((project.folder / "project.yaml").read_text(encoding="utf-8"))
        text = yaml.safe_dump(said, allow_unicode=True).replace(
            "../../../shared", str(Path("../shared").resolve())
        )
        (folder / "project.yaml").write_text(text, encoding="utf-8")
    project = load_project(folder)
    platform, periods = Platform(project), _due(project, None, utc_now())
    id_key(project, platform.lake)
    with closing(platform), open_instance(project) as instance:
        runner = _Runner(build_defs(project, platform), instance, platform)
        _collect(platform, runner, periods)
        _rounds(runner, "prepare", periods)
    return project


class Company:
    """A prepared project: its profiles, and the raw rows of its orders."""

    def __init__(self, project: Project) -> None:
        self.project, self.platform = project, Platform(project)
        self.columns, self.periods = columns_of(project), project.periods(utc_now())
        read = self.platform.read(SOURCE_PROFILES, self.periods)
        self.profiles = self.platform.engine.to_arrow(read)

    def raw(self, period: str) -> Frame:
        """Raw rows of orders."""
        rows = self.platform.read_raw(self.columns.source, [period])
        assert rows is not None
        found = self.platform.engine.to_arrow(rows).to_pandas()
        if not self.columns.written:
            return found
        typed = {one: pd.to_numeric(found[one], errors="coerce") for one in self._numbers}
        moments = pd.to_datetime(found[self.columns.time], format=self.columns.written, errors="coerce")
        return found.assign(**typed, **{self.columns.time: moments})

    @property
    def _numbers(self) -> tuple[str, ...]:
        return self.columns.amount, self.columns.quantity

    def _as_written(self, rows: Frame) -> Frame:
        """Values as the source has them; none for those that could not be read as a number or a time."""
        if not self.columns.written:
            return rows
        texts = {
            one: rows[one].map("{:.2f}".format, na_action="ignore").astype("string") for one in self._numbers
        }
        return rows.assign(
            **texts, **{self.columns.time: rows[self.columns.time].dt.strftime(self.columns.written)}
        )

    def measured(self, rows: Frame, period: str) -> pa.Table:
        """Profiles of orders, had ``rows`` been delivered."""
        engine, project, name = self.platform.engine, self.project, self.columns.source
        schema = engine.to_arrow(self.platform.read_raw(name, [period]).limit(0)).schema  # type: ignore[union-attr]
        whole = self._as_written(rows.assign(_row=np.arange(len(rows)))).convert_dtypes()
        raw = engine.from_arrow(pa.Table.from_pandas(whole, schema=schema, preserve_index=False, safe=False))
        entity = project.entity("orders")
        has_rates = "currency" in project.sources[name].columns
        rates = self.platform.read(EXCHANGE_RATES.clean, [period]) if has_rates else None
        found = clean(entity, {name: raw}, project, self.platform.key, rates)
        kept, aside = {"orders": engine.hold(found.kept)}, {"orders": engine.hold(found.set_aside)}
        accounts = row_accounts(project, {name: raw}, kept, aside, [period])
        return engine.to_arrow(health.profiles({"orders": entity}, kept, aside, accounts, project))

    def judged(
        self, period: str, states: pa.Table | None, instead: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """``SOURCE_HEALTH`` of ``period``; ``instead`` are other profiles of orders, by period."""
        table = self.profiles
        for one, other in (instead or {}).items():
            frame = table.to_pandas()
            mine = (frame["period"] == one) & (frame["source"] == self.columns.source)
            table = pa.concat_tables([table.filter(pa.array(~mine)), other.cast(table.schema)])
        return health.source_health(table, states, period, self.project)

    def healthy(self) -> dict[str, pa.Table]:
        """``SOURCE_HEALTH`` of all periods as they are, each after those before it."""
        states: dict[str, pa.Table] = {}
        for period in self.periods:
            past = pa.concat_tables(list(states.values())) if states else None
            states[period] = self.judged(period, past)
        return states


def show(company: Company, periods: list[str], seed: int) -> tuple[int, int]:
    """Print what is said; faults given the right state, and all."""
    states, name = company.healthy(), company.columns.source
    for period, table in states.items():
        rows_ill = [row for row in table.to_pylist() if row["source_state"] in ILL]
        told = [f"{row['source']} {row['source_state']}: {row['explanation']}" for row in rows_ill]
        print(f"{period}  {'; '.join(told) or 'nothing to act on'}")
    right = every = 0
    for period in periods:
        rng = np.random.default_rng(seed)
        rows, zone = company.raw(period), company.project.time_zone
        past = pa.concat_tables([table for one, table in states.items() if one < period])
        for fault, do, wanted in faults(company.columns, period, zone, rng):
            harmed = do(rows)
            given = company.measured(harmed, period)
            row = next(
                one
                for one in company.judged(period, past, {period: given}).to_pylist()
                if one["source"] == name
            )
            if fault in SMALL and len(harmed) > (1 - company.project.health.suspect_share) * len(rows):
                wanted = (*wanted, *WHOLE)  # no stores: a fifth of the countries has hardly any rows
            every, right = every + 1, right + (row["source_state"] in wanted)
            mark = " " if row["source_state"] in wanted else "!"
            share = "" if row["affected_share"] is None else f"{row['affected_share']:.0%}"
            print(
                f"{mark} {period} {fault:32} {row['source_state']:12} {share:>5}  {row['explanation']}",
                flush=True,
            )
        nothing = company.measured(rows[:0], period)
        dead = {period: nothing}
        following, before = company.project.calendar.next(period), past
        for one in (period, following):
            profile = pa.Table.from_pylist(
                [{**row, "period": one} for row in nothing.to_pylist()], nothing.schema
            )
            dead[one] = profile
            table = company.judged(one, before, dead)
            before = pa.concat_tables([before, table])
            row = next(row for row in table.to_pylist() if row["source"] == name)
            every, right = every + 1, right + (row["source_state"] == "broken")
            said = f"dead since {row['since_period']}"
            print(f"  {one} {said:32} {row['source_state']:12}        {row['explanation']}")
    return right, every


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", default=PROJECTS)
    parser.add_argument("--periods", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lake", type=Path)
    add_company(parser)
    asked = parser.parse_args(arguments)
    lake = asked.lake or Path(tempfile.mkdtemp(prefix="faults_"))
    for name in asked.projects:
        print(f"\n{name}", flush=True)
        company = Company(prepared(name, lake, asked.customers, asked.company_seed))
        with closing(company.platform):
            right, every = show(company, asked.periods or company.periods[-1:], asked.seed)
        print(f"{right} of {every} as they should be")
    if not asked.lake:
        shutil.rmtree(lake)


if __name__ == "__main__":
    main()
