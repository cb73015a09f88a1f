"""Validation of a staged period: what must hold before anyone may read it.

Belongs here: checks of one staged period against the contracts and of tables against each
other. Does not belong here: checks of inner tables (``quality``), the swap (``swap``).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.proofs import Footers, are_equal, proves_key, texts_in
from pipeline.publish.contracts import (
    CUSTOMER_HISTORY,
    NEWEST,
    SEGMENT_ASSIGNMENTS,
    SEGMENT_FLOWS,
    files_of,
    tables_of,
)
from pipeline.publish.manifest import table_file
from pipeline.publish.plan_checks import plan_problems
from pipeline.publish.withheld import MADE, told_too_much
from pipeline.settings import Privacy, Project, Scheme
from pipeline.tables import fields
from pipeline.tables.model import Field, Table

#: Columns that may never leave the restricted zone (law L6); no feature can be one.
DIRECT_IDENTIFIERS = frozenset(
    one.name for one in vars(fields).values() if isinstance(one, Field) and one.pii == "direct"
)

#: Where a file of assignments names the features of reasons.
_NAMED = "reasons.list.element.feature"
_MOVED_IN = [one for one in SEGMENT_FLOWS.columns if one.startswith("moved_in_")]
_MOVED_OUT = [one for one in SEGMENT_FLOWS.columns if one.startswith("moved_out_")]

#: Figures of groups of customers, and the column that says of how many they are.
_OF_GROUPS = {
    "segment_sizes": ("population_count", ("spend_12p_amount", "spend_12p_share")),
    "segment_outcomes": (
        "followed_count",
        ("silent_share", "stayed_share", "mean_orders_count", "mean_net_amount"),
    ),
    "segment_overlap": ("shared_count", ("shared_share", "lift")),
    "scheme_overlap": ("placed_in_both_count", ("cramers_v",)),
}


def problems_of(
    engine: Engine, folder: Path, period: str, project: Project, is_newest: bool = True
) -> list[str]:
    """All that is wrong with ``period`` in the staged ``folder``, in words; none if it may be published.

    ``project`` says which schemes there are, and which features are withheld (law L6); ``is_newest`` whether
    the period has what only the newest has.
    """
    problems: list[str] = []
    sound: dict[str, ir.Table] = {}
    for table in tables_of(project).values():
        paths = [table_file(folder, table.name, one) for one in files_of(table.name, period, is_newest)]
        if not all(path.is_file() for path in paths):
            problems.append(f"{table.name}: the table is missing")
            continue
        found = [one for path in paths for one in _schema_problems(table, pq.read_schema(path))]
        if not found and paths:
            rows = engine.read(paths, table)
            sound[table.name] = rows
            found = _row_problems(engine, table, rows, paths)
        problems += [f"{table.name}: {one}" for one in found]
    return [
        *problems,
        *_population_problems(engine, sound),
        *_flow_problems(engine, sound),
        *_stay_problems(engine, sound, folder, period, is_newest),
        *_few_problems(engine, sound, project.privacy.min_group_count),
        *_outlook_problems(engine, sound, project.privacy.min_group_count),
        *_register_problems(engine, sound),
        *plan_problems(sound, project),
        *_segment_problems(engine, sound, project.every_scheme),
        *_reason_problems(sound, table_file(folder, SEGMENT_ASSIGNMENTS.name, period), project.privacy),
        *told_too_much(
            {name: engine.to_arrow(sound[name]) for name in MADE if name in sound}, project.privacy
        ),
    ]


def _schema_problems(table: Table, found: pa.Schema) -> list[str]:
    expected = table.schema
    problems = [f"column {name} is a direct identifier" for name in found.names if name in DIRECT_IDENTIFIERS]
    if not found.equals(expected, check_metadata=False):
        differing = sorted({str(one) for one in found} ^ {str(one) for one in expected})
        problems.append(f"the schema differs from the contract in {', '.join(differing) or 'its order'}")
    return problems


def _row_problems(engine: Engine, table: Table, rows: ir.Table, paths: Sequence[Path]) -> list[str]:
    """Nulls and repeated keys. What footers and the order of rows prove is not asked of the rows."""
    footers = Footers(paths)
    asked = [name for name in table.columns if name in table.required and footers.nulls(name) != 0]
    counts: dict[str, Any] = {}
    if asked:
        (counts,) = _listed(engine, rows.aggregate(**{name: rows[name].isnull().sum() for name in asked}))
    problems = [f"required column {name} has {counts[name]:.0f} nulls" for name in asked if counts[name]]
    if doubled := _repeated_keys(engine, table, rows, paths):
        problems.append(f"{doubled} keys ({', '.join(table.key)}) occur more than once")
    return problems


def _repeated_keys(engine: Engine, table: Table, rows: ir.Table, paths: Sequence[Path]) -> int:
    """How many keys occur more than once in the files of a period, of which the last has most rows."""
    if proves_key(paths[-1], table):
        rest = engine.read(paths[:-1], table)
        within = _doubled(rest, table) if paths[:-1] else 0
        shared = engine.read(paths[-1:], table).semi_join(rest, list(table.key)) if paths[:-1] else None
        return within + (0 if shared is None else int(shared.count().execute()))
    return _doubled(rows, table)


def _doubled(rows: ir.Table, table: Table) -> int:
    repeated = rows.group_by(list(table.key)).aggregate(copies=rows.count())
    return int(repeated.filter(repeated.copies > 1).count().execute())


def _population_problems(engine: Engine, tables: dict[str, ir.Table]) -> list[str]:
    """Customers in the wide table, in the assignments and in every scheme's flows are the same number."""
    wide, long, flows = (
        tables.get(one) for one in ("customer_segments", "segment_assignments", "segment_flows")
    )
    if wide is None or long is None or flows is None:
        return []
    customers = int(wide.count().execute())
    assigned = int(long.customer_id.nunique().execute())
    problems = []
    if customers != assigned:
        problems.append(f"customer_segments has {customers} customers, segment_assignments {assigned}")
    by_scheme = {
        one["scheme"]: int(one["rows"])
        for one in _listed(engine, long.group_by("scheme").aggregate(rows=long.count()))
    }
    in_flows = {
        one["scheme"]: int(one["rows"])
        for one in _listed(engine, flows.group_by("scheme").aggregate(rows=flows.population_count.sum()))
    }
    for scheme in sorted(by_scheme.keys() | in_flows.keys()):
        counts = (by_scheme.get(scheme, 0), in_flows.get(scheme, 0))
        if counts != (customers, customers):
            problems.append(
                f"scheme {scheme}: {counts[0]} assignments and {counts[1]} customers in segment_flows, "
                f"of {customers} customers"
            )
    return problems


def _flow_problems(engine: Engine, tables: dict[str, ir.Table]) -> list[str]:
    """Law L4: previous + entered + returned + moved in - left - moved out = now; moves agree with flows."""
    flows, moves = tables.get("segment_flows"), tables.get("segment_moves")
    if flows is None or moves is None:
        return []
    moved_in = sum((flows[one] for one in _MOVED_IN), ibis.literal(0))
    moved_out = sum((flows[one] for one in _MOVED_OUT), ibis.literal(0))
    came = flows.population_previous_count + flows.entered_count + flows.returned_count + moved_in
    broken = flows.filter(came - flows.left_count - moved_out != flows.population_count)
    problems = [
        f"scheme {one['scheme']}: the flow of {one['state']} does not balance (law L4)"
        for one in _listed(engine, broken.select("scheme", "state").order_by("scheme", "state"))
    ]
    listed = {
        (one["scheme"], one["cause"]): int(one["rows"])
        for one in _listed(engine, moves.group_by("scheme", "cause").aggregate(rows=moves.count()))
    }
    for direction in ("in", "out"):
        sums = _listed(
            engine,
            flows.group_by("scheme").aggregate(
                **{cause: flows[f"moved_{direction}_{cause}_count"].sum() for cause in fields.cause.values}
            ),
        )
        for one in sorted(sums, key=lambda row: row["scheme"]):
            for cause in fields.cause.values:
                counted, expected = int(one[cause] or 0), listed.get((one["scheme"], cause), 0)
                if counted != expected:
                    problems.append(
                        f"scheme {one['scheme']}: {counted} moves {direction} by {cause} in segment_flows, "
                        f"{expected} in segment_moves"
                    )
    return problems


def _stay_problems(
    engine: Engine, tables: dict[str, ir.Table], folder: Path, period: str, is_newest: bool
) -> list[str]:
    """In the newest period every assignment is a stay that goes on, and a row of current_segments."""
    history, long, current = (
        tables.get(one) for one in ("customer_history", "segment_assignments", "current_segments")
    )
    if not is_newest or history is None or long is None or current is None:
        return []
    open_stays = history.filter(history.left_period.isnull())
    key = ["customer_id", "scheme"]
    assigned, going_on, now = (int(one.count().execute()) for one in (long, open_stays, current))
    newest = table_file(folder, CUSTOMER_HISTORY.name, NEWEST)
    by_place = are_equal(newest, table_file(folder, SEGMENT_ASSIGNMENTS.name, period), key)
    strangers = 0 if by_place else int(open_stays.anti_join(long, key).count().execute())
    problems = []
    if going_on != assigned or strangers:
        problems.append(
            f"customer_history has {going_on} stays that go on, {strangers} of them of nobody's assignment; "
            f"segment_assignments has {assigned}"
        )
    if now != assigned:
        problems.append(f"current_segments has {now} rows, segment_assignments {assigned}")
    return problems


def _few_problems(engine: Engine, tables: dict[str, ir.Table], least: int) -> list[str]:
    """What fewer customers than ``publish.min_group_count`` spent or did is not told."""
    problems = []
    for name, (count, figures) in _OF_GROUPS.items():
        if (rows := tables.get(name)) is not None:
            told = ibis.or_(*(rows[one].notnull() for one in figures))
            few = int(rows.filter((rows[count] < least) & told).count().execute())
            problems += (
                [f"{name} tells figures of {few} groups of fewer than {least} customers"] if few else []
            )
    return problems


def _outlook_problems(engine: Engine, tables: dict[str, ir.Table], least: int) -> list[str]:
    """Nothing is told of how fewer customers go on, and what is told lies within its interval."""
    told, flows = tables.get("segment_forecasts"), tables.get("segment_flows")
    if told is None or flows is None:
        return []
    small = flows.filter(flows.population_count < least).select("state")
    few = int(told.semi_join(small, told.segment_id == small.state).count().execute())
    is_beside = (told.expected_value < told.lower_value) | (told.expected_value > told.upper_value)
    beside = int(told.filter(is_beside).count().execute())
    problems = []
    if few:
        problems.append(
            f"segment_forecasts tells how groups of fewer than {least} customers go on: {few} rows"
        )
    if beside:
        problems.append(f"segment_forecasts has {beside} expectations beside their intervals")
    return problems


def _register_problems(engine: Engine, tables: dict[str, ir.Table]) -> list[str]:
    """Law L9: every customer published is live in the register; who ended by a merge is not."""
    wide, register, events = (
        tables.get(one) for one in ("customer_segments", "customer_register", "customer_events")
    )
    if wide is None or register is None or events is None:
        return []
    live = register.filter(register.customer_status == "live")
    strangers = int(wide.anti_join(live, "customer_id").count().execute())
    merged = events.filter(events.customer_event == "merged")
    undead = int(merged.semi_join(live, "customer_id").count().execute())
    problems = []
    if strangers:
        problems.append(f"customer_segments has {strangers} customers that are not live in customer_register")
    if undead:
        problems.append(f"customer_events merges {undead} customers that customer_register has as live")
    return problems


def _segment_problems(
    engine: Engine, tables: dict[str, ir.Table], schemes: Mapping[str, Scheme]
) -> list[str]:
    """Every segment is one of its own scheme: declared, or discovered and in the register (law L9)."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name in ("segment_assignments", "segment_register"):
        if (rows := tables.get(name)) is not None:
            known = rows.filter(rows.segment_id.notnull()).select("scheme", "segment_id").distinct()
            found[name] = {(one["scheme"], one["segment_id"]) for one in _listed(engine, known)}
    every: set[tuple[str, str]] = set().union(*found.values())
    registered = found.get("segment_register", every)
    problems = []
    for scheme, segment in sorted(every):
        named = schemes[scheme].segment_ids() if scheme in schemes else []
        is_own = segment.startswith(f"{scheme}:") and (scheme, segment) in registered
        if segment not in named if named else not is_own:
            problems.append(f"scheme {scheme}: {segment} is no segment of it")
    return problems


def _reason_problems(tables: dict[str, ir.Table], file: Path, privacy: Privacy) -> list[str]:
    """Law L6: a reason names a quasi-identifier that is withheld, and tells nothing else of it."""
    long = tables.get("segment_assignments")
    if long is None or not texts_in(file, _NAMED) & privacy.withheld:
        return []
    reasons = long.filter(long.reasons.notnull()).select(reason=long.reasons.unnest())
    told = [reasons.reason[name].notnull() for name in ("value", "direction", "contribution")]
    is_withheld = reasons.reason["feature"].isin(sorted(privacy.withheld))
    count = int(reasons.filter(is_withheld & ibis.or_(*told)).count().execute())
    if not count:
        return []
    return [f"segment_assignments: {count} reasons tell a quasi-identifier that is withheld (law L6)"]


def _listed(engine: Engine, rows: ir.Table) -> list[dict[str, Any]]:
    return engine.to_arrow(rows).to_pylist()  # type: ignore[no-any-return]
