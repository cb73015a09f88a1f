"""Numbers that the Dagster UI plots over time, from tables that fit in memory.

Belongs here: aggregates for metadata. Does not belong here: findings and verdicts
(``pipeline.drift``).
"""

from collections.abc import Iterable
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr import types as ir

from assets.lib.metadata import markdown_table
from pipeline.engine import Engine
from pipeline.publish.texts import Words
from pipeline.publish.verdicts import Outcome, outcome
from pipeline.settings import Project
from pipeline.tables.fields import ALL_ORIGINS, cause, customer_event
from pipeline.tables.health import ILL, source_state

#: Findings shown beside the asset in the UI.
SHOWN = 15

#: What is said of causes where no source is known to be not whole.
AS_COUNTED = "As in the ledger; health/source_health says which sources are not whole."

#: Figures of records that are shown, those of probabilities and of quantities apart.
_BACKTESTS = {
    "backtests": ["brier", "auc", "calibration_error", "top_decile_lift"],
    "backtests_of_quantities": [
        "root_mean_squared_error",
        "mean_absolute_error",
        "rank_correlation",
        "total_error_share",
        "coverage_share",
    ],
}

#: Why a customer may move, as the columns of the flows name it.
CAUSES = cause.values


def version_metrics(versions: pa.Table) -> dict[str, Any]:
    """Versions in force and refits of the period."""
    columns = ["scheme", "scheme_version", "status", "fitted_period", "is_refit"]
    return {
        "schemes_in_force": _count(pc.equal(versions["status"], "assigned")),
        "refits": _count(versions["is_refit"]),
        "versions": markdown_table(versions.select(columns).to_pylist()),
    }


def request_metrics(requests: pa.Table) -> dict[str, Any]:
    """Fits beside the cadence that were asked for, by whom and why."""
    columns = ["scheme", "request", "scheme_version", "asked_by", "findings_about"]
    return {
        "asked_by_hand": _count(pc.equal(requests["asked_by"], "hand")),
        "asked_by_findings": _count(pc.equal(requests["asked_by"], "finding")),
        "requests": markdown_table(requests.select(columns).to_pylist()),
    }


def forecast_metrics(versions: pa.Table) -> dict[str, Any]:
    """Forecasts in force and refits of the period."""
    columns = ["forecast", "forecast_version", "status", "fitted_period", "is_refit"]
    return {
        "forecasts_in_force": _count(pc.equal(versions["status"], "assigned")),
        "refits": _count(versions["is_refit"]),
        "versions": markdown_table(versions.select(columns).to_pylist()),
    }


def backtest_metrics(backtests: pa.Table) -> dict[str, Any]:
    """How each method did over all origins that it had not seen."""
    over_all = backtests.filter(pc.equal(backtests["origin_period"], ALL_ORIGINS))
    shown = ["forecast", "method", "is_published"]
    return {
        name: markdown_table(of_kind.select([*shown, *figures]).to_pylist())
        for name, figures in _BACKTESTS.items()
        if (of_kind := over_all.filter(pc.is_valid(over_all[figures[0]]))).num_rows
    }


def linkage_metrics(version: pa.Table) -> dict[str, Any]:
    """The linkage model in force."""
    return {
        "models_in_force": _count(pc.is_valid(version["identity_version"])),
        "model": markdown_table(version.select(["identity_version", "status", "fitted_period"]).to_pylist()),
    }


def exclusion_metrics(accounts: pa.Table, period: str) -> dict[str, Any]:
    """Accounts that are excluded, by exclusion and how it reached them; those of this period apart."""
    rows = accounts.group_by(["exclusion", "exclusion_route"]).aggregate([("account_id", "count")])
    table = [
        {"exclusion": one["exclusion"], "how": one["exclusion_route"], "accounts": one["account_id_count"]}
        for one in rows.sort_by([("exclusion", "ascending"), ("exclusion_route", "ascending")]).to_pylist()
    ]
    return {
        "excluded_accounts": accounts.num_rows,
        "excluded_accounts_new": _count(pc.equal(accounts["excluded_from_period"], period)),
        "exclusions": markdown_table(table),
    }


def pair_metrics(pairs: pa.Table, project: Project) -> dict[str, Any]:
    """Pairs by what linked them; those of the model that reach the threshold and those that do not."""
    by_model = pc.equal(pairs["link_rule"], "model")
    sure = pc.greater_equal(pairs["match_probability"], project.identity.threshold)
    return {
        "pairs": pairs.num_rows,
        "pairs_by_rule": _count(pc.invert(by_model)),
        "pairs_by_model": _count(pc.and_(by_model, pc.fill_null(sure, False))),
        "pairs_below_threshold": _count(pc.and_(by_model, pc.fill_null(pc.invert(sure), False))),
    }


def identity_metrics(
    links: pa.Table, register: pa.Table, events: pa.Table, trips: pa.Table
) -> dict[str, Any]:
    """Accounts, customers, what happened to customer ids in the period, guards that tripped."""
    kinds = pc.value_counts(events["customer_event"]).to_pylist()
    happened = {f"customers_{one['values']}": one["counts"] for one in kinds}
    return {
        "accounts": links.num_rows,
        "customers": _count(pc.equal(register["customer_status"], "live")),
        **{f"customers_{kind}": 0 for kind in customer_event.values},
        **happened,
        "guards_tripped": trips.num_rows,
    }


def assignment_metrics(engine: Engine, assignments: ir.Table) -> dict[str, Any]:
    """Customers in the population, and how sure the assignments are on the whole."""
    assigned = assignments.status == "assigned"
    row = engine.to_arrow(
        assignments.aggregate(
            schemes=assignments.scheme.nunique(),
            rows=assignments.count(),
            assigned=assigned.sum(),
            mean_confidence=assignments.confidence.mean(),
            mean_evidence_share=assignments.evidence_share.mean(where=assigned),
        )
    ).to_pylist()[0]
    # Every customer has a row in every scheme: cheaper than counting different customers.
    metrics: dict[str, Any] = {"population": int(row["rows"]) // max(int(row["schemes"]), 1)}
    if row["rows"]:
        metrics["assigned_share"] = int(row["assigned"]) / row["rows"]
    for name in ("mean_confidence", "mean_evidence_share"):
        if row[name] is not None:
            metrics[name] = float(row[name])
    return metrics


def flow_metrics(flows: pa.Table) -> dict[str, Any]:
    """Population, what came and went, moved share of every scheme and by cause."""
    rows = flows.to_pylist()
    schemes = sorted({row["scheme"] for row in rows})
    by_scheme = [_scheme(name, [row for row in rows if row["scheme"] == name]) for name in schemes]
    everyone = by_scheme[0] if by_scheme else {"population": 0, "entered": 0, "left": 0}
    metrics: dict[str, Any] = {name: everyone[name] for name in ("population", "entered", "left")}
    customers = sum(one["population"] for one in by_scheme)
    for why in CAUSES:
        metrics[f"moved_share_by_{why}"] = _share(sum(one[why] for one in by_scheme), customers)
    for one in by_scheme:
        metrics[f"moved_share_{one['scheme']}"] = _share(one["moved"], one["population"])
    metrics["moves"] = markdown_table([one | {"moved": _percent(one)} for one in by_scheme])
    metrics["states"] = markdown_table(sorted(map(_state, rows), key=lambda one: str(one["segment"])))
    return metrics


def _scheme(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Flows of one scheme; a move counts once, where it arrives."""
    by_cause = {why: sum(row[f"moved_in_{why}_count"] for row in rows) for why in CAUSES}
    return {
        "scheme": name,
        "population": sum(row["population_count"] for row in rows),
        "entered": sum(row["entered_count"] + row["returned_count"] for row in rows),
        "left": sum(row["left_count"] for row in rows),
        "moved": sum(by_cause.values()),
        **by_cause,
    }


def _percent(scheme: dict[str, Any]) -> str:
    return f"{scheme['moved']} ({_share(scheme['moved'], scheme['population']):.1%})"


def _state(row: dict[str, Any]) -> dict[str, Any]:
    """One segment as Operations reads it: before, now, and why."""
    state = (
        row["state"] if str(row["state"]).startswith(row["scheme"]) else f"{row['scheme']}: {row['state']}"
    )
    return {
        "segment": state,
        "before": row["population_previous_count"],
        "now": row["population_count"],
        "change": f"{row['population_count'] - row['population_previous_count']:+d}",
        "entered": row["entered_count"] + row["returned_count"],
        "left": row["left_count"],
        "moved in": sum(row[f"moved_in_{why}_count"] for why in CAUSES),
        "moved out": sum(row[f"moved_out_{why}_count"] for why in CAUSES),
    }


def finding_metrics(findings: pa.Table, health: pa.Table | None = None) -> dict[str, Any]:
    """Whether to act, measurements by verdict, whether moves have a known cause, the findings that matter."""
    rows = findings.to_pylist()
    found, words = outcome(rows, [] if health is None else health.to_pylist()), Words("en", "")
    alarms = [row for row in rows if row["severity"] != "none"]
    alarms.sort(key=lambda row: (row["severity"], -abs(row["effect"] or 0.0)))
    short = sum(row["history_status"] == "history_short" for row in rows)
    largest = max((row["population_stability_index"] or 0.0 for row in rows), default=0.0)
    return {
        "to_do": _to_do(found, words),
        "cause_of_moves": found.doubt(words) or AS_COUNTED,
        "alarms_major": found.counts.get("major", 0),
        "alarms_minor": found.counts.get("minor", 0),
        **{one: found.counts.get(one, 0) for one in ("known", "usual", "below_floor", "cannot_tell")},
        "largest_stability_index": float(largest),
        "history_short_share": _share(short, len(rows)),
        "findings": markdown_table([_alarm(row) for row in alarms[:SHOWN]]),
        "findings_not_shown": max(0, len(alarms) - SHOWN),
    }


def _alarm(row: dict[str, Any]) -> dict[str, Any]:
    """Few columns, because the UI's are narrow: the explanation has the values."""
    return {
        "severity": row["severity"],
        "what": f"{row['level']}: {row['subject']}",
        "effect": row["effect"],
        "explanation": row["explanation"],
    }


def _to_do(found: Outcome, words: Words) -> str:
    """The verdict of the period in a sentence or two, and what is known of the other measurements."""
    quiet = found.quiet(words)
    if found.severity == "none":
        return f"Nothing: no action needed, all {found.measurements} measurements are as usual."
    if found.severity == "unknown":
        return f"{found.headline(words)}: {quiet}" if quiet else f"{found.headline(words)}."
    if found.sources:
        return f"Act: {found.headline(words)}. See health/source_health."
    count = found.counts[found.severity]
    if found.severity == "major":
        text = f"Act: {count} major findings. Read them before using the segments of this period."
    else:
        text = f"Watch: {count} minor findings. See whether they last."
    return f"{text} Further measurements: {quiet}" if quiet else text


def health_metrics(health: pa.Table) -> dict[str, Any]:
    """Sources by state, and what is wrong with those that are not whole."""
    rows = health.to_pylist()
    ill = [row for row in rows if row["source_state"] in ILL]
    shown = ("source", "source_state", "since_period", "affected_share", "explanation")
    return {
        "to_do": " ".join(f"{row['source']}: {row['to_do']}" for row in ill) or "Nothing.",
        **{f"sources_{one}": sum(row["source_state"] == one for row in rows) for one in source_state.values},
        "sources": markdown_table([{name: row[name] for name in shown} for row in rows]),
    }


def rows_by_rule(aside: Iterable[ir.Table]) -> ir.Table:
    """Rows set aside by period, source and rule, over the quarantine tables ``aside``."""
    names = ("period", "source", "disposition", "rule")
    tables = [one.select(*names) for one in aside]
    return ibis.union(*tables).group_by(names).aggregate(rows_count=lambda t: t.count()).order_by(names)


def row_account_metrics(accounts: pa.Table, rules: pa.Table, period: str) -> dict[str, Any]:
    """Rows read in ``period``, what was set aside and by which rule."""
    mine, broken = (table.filter(pc.equal(table["period"], period)) for table in (accounts, rules))
    read, dropped, quarantined, late = (
        _total(mine, f"{one}_count")
        for one in ("rows_read", "duplicates_dropped", "rows_quarantined", "late_rows")
    )
    return {
        "rows_read": read,
        "quarantined_share": _share(quarantined, read),
        "duplicates_share": _share(dropped, read),
        "late_rows": late,
        "rows": markdown_table([_account(row) for row in mine.to_pylist()]),
        "rules": markdown_table(broken.drop(["period"]).to_pylist()),
    }


def _account(row: dict[str, Any]) -> dict[str, Any]:
    """Rows of one source under short names, because the UI's tables are narrow."""
    return {
        "source": row["source"],
        "read": row["rows_read_count"],
        "kept": row["rows_kept_count"],
        "duplicates": row["duplicates_dropped_count"],
        "quarantined": row["rows_quarantined_count"],
        "excluded": row["rows_excluded_count"],
        "late": row["late_rows_count"],
    }


def plan_metrics(engine: Engine, plan: ir.Table) -> dict[str, Any]:
    """Customers by action, status and reason; contacts and hold-outs of all actions."""
    counted = plan.group_by("action", "plan_status", "plan_reason", "rank_basis").aggregate(
        customers=plan.count()
    )
    rows = engine.to_arrow(counted.order_by("action", "plan_status", "plan_reason", "rank_basis")).to_pylist()
    return {
        "contacts": sum(row["customers"] for row in rows if row["plan_status"] == "contact"),
        "hold_outs": sum(row["customers"] for row in rows if row["plan_status"] == "hold_out"),
        "customers": markdown_table(rows),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _total(table: pa.Table, column: str) -> int:
    return int(pc.sum(table[column]).as_py() or 0)


def _count(flags: pa.ChunkedArray) -> int:
    return int(pc.sum(flags).as_py() or 0)
