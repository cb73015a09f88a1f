"""Rows that would be quarantined: how many, why, and what would mend it.

Belongs here: shares and reasons of the rows set aside, and the advice that follows from them. Does not belong
here: what makes a row bad (``clean.rules``), or a mending of a single reason (``mending``).
"""

import re
from datetime import datetime
from typing import Any

import pandas as pd

from pipeline.advice.mending import Mending, mending
from pipeline.advice.model import Advice, Sample, column_lines, percent, surely_above
from pipeline.advice.shapes import shape
from pipeline.engine import Engine
from pipeline.settings import Project

#: Typing errors spoil up to about one field in fifty; what spoils more rows has one cause, and can be mended.
BAD_SHARE = 0.02
#: Sales to nobody known (a till without a loyalty card) are common; a column that is empty for most is not.
NOBODY_SHARE = 0.5
#: Amounts that nothing converts are lost however few: half a percent may be the wrong code of a clerk.
FOREIGN_SHARE = 0.005
_SHOWN = 3
#: What is a currency's code or sign, and no word that may tell somebody's name, is shown as it is.
_SIGN = re.compile(r"[A-Z]{2,3}[$€£¥]?|[^\w\s@]{1,2}")
_NOBODY = "account_missing"
_FOREIGN = ("rate_missing", "unknown_code")


def bad_rows(sample: Sample) -> dict[str, Any]:
    """Rows looked at, the share of them that would be quarantined, and the three commonest reasons with theirs."""
    total = len(sample.texts)
    reasons = [
        f"{rule} of {column}: {percent(count / total)}" for rule, column, count in _reasons(sample.aside)
    ]
    return {
        "rows_looked_at": total,
        "quarantined_share": len(sample.aside) / total if total else 0.0,
        "quarantined_why": "; ".join(reasons),
    }


def _reasons(aside: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Rule, column and number of rows of the three commonest reasons."""
    counts = aside.groupby(["rule", "column"]).size().reset_index(name="rows")
    ordered = counts.sort_values(["rows", "rule", "column"], ascending=[False, True, True]).head(_SHOWN)
    return [(str(one["rule"]), str(one["column"]), int(one["rows"])) for one in ordered.to_dict("records")]


def quarantined(engine: Engine, project: Project, sample: Sample, now: datetime) -> list[Advice]:
    """What to do about the rows of a source that would be quarantined, where they are too many."""
    total, aside = len(sample.texts), sample.aside
    foreign = aside[aside["rule"].isin(_FOREIGN) & (aside["column"] == "currency")]
    advice = []
    if surely_above(len(foreign), total, FOREIGN_SHARE):
        advice.append(_foreign(project, sample, foreign))
        aside = aside.drop(foreign.index)
    nobody = aside["rule"] == _NOBODY
    if not surely_above(int(nobody.sum()), total, NOBODY_SHARE):
        aside = aside[~nobody]
    if not surely_above(len(aside), total, BAD_SHARE):
        return advice
    said, remedies, yaml = [], [], []
    for rule, column, count in _reasons(aside):
        rows = aside[(aside["rule"] == rule) & (aside["column"] == column)]
        found: Mending = mending(engine, project, sample, rule, column, rows["found"], now)
        said.append(f"{rule} of {column}, {percent(count / total)}{found.seen}")
        remedies.append(found.remedy)
        yaml += [found.yaml] if found.yaml else []
    return [
        *advice,
        Advice(
            "rows_quarantined",
            (sample.name,),
            f"{percent(len(aside) / total)} of its rows would be quarantined{sample.sampled}: {'; '.join(said)}",
            "Rows in quarantine count for nobody: their customers seem to have bought or done less, or nothing",
            "; ".join(dict.fromkeys(remedies)),
            column_lines(sample.name, *dict.fromkeys(yaml)) if yaml else "",
        ),
    ]


def _foreign(project: Project, sample: Sample, rows: Any) -> Advice:
    counts = rows["found"].dropna().str.strip().value_counts().head(5)
    codes = dict.fromkeys(str(one) if _SIGN.fullmatch(str(one)) else shape(str(one)) for one in counts.index)
    unknown = rows["rule"] == "unknown_code"
    signs = [
        str(one)
        for one in rows.loc[unknown, "found"].dropna().str.strip().value_counts().head(5).index
        if _SIGN.fullmatch(str(one))
    ]
    remedy, yaml = [], []
    if not unknown.all():
        if "exchange_rates" in project.entities:
            remedy.append(
                "The source of exchange_rates lacks these currencies, or days as early as these rows: add them"
            )
        else:
            remedy.append("Give a source of exchange_rates (the project's currency for one unit of each)")
            yaml.append(
                "  rates:\n    entity: exchange_rates\n"
                "    connector: {kind: file, format: csv, path: rates.csv}\n"
                "    columns: {rate_currency: code, rate_date: from, rate: rate}"
            )
    if unknown.any():
        remedy.append("Say by values which currency (ISO 4217) a sign means")
        known = sample.source.columns["currency"].values or {}
        meant = sample.changed("currency", values=known | dict.fromkeys(signs, project.currency))
        yaml.append(f"  {sample.name}:\n    columns:\n      {meant}")
    return Advice(
        "currency_without_rate",
        (sample.name,),
        f"the amounts of {len(rows):,} rows ({percent(len(rows) / len(sample.texts))}{sample.sampled}) are in another"
        f" currency than {project.currency}, or in one that cannot be told: {', '.join(codes)}",
        "Nothing converts them, so these rows would be quarantined",
        "; ".join(remedy),
        "sources:\n" + "\n".join(yaml),
    )
