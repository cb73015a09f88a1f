"""Themes of the texts of a period, and how many customers write about each.

Belongs here: from rows of the restricted zone to theme ids, counts by segment. Does not belong here: finding
themes (``theme_fitting``), versions (``theme_versions``).

A count of fewer than so many customers is not shown, nor one that could be told from those that are: what is
left of all customers of a theme, when the segments shown are taken away, is nobody or as many again (L6).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.tables.model import AMOUNT
from pipeline.tables.texts import TEXT_THEMES, THEMED_TEXTS
from pipeline.texts.lines import by_line
from pipeline.texts.themes import ThemeModel

#: Stands for the whole population where a scheme and a segment are named.
EVERYBODY = "everybody"
#: Rows whose texts are held at once as Python's own.
HELD_ROWS = 4_096
#: Digits of shares and mean tones: more would tell single texts.
DIGITS = 4
_COPIED = ("period", "entity", "source", "account_id", "line_key", "text_language", "tone_index")


def themed(batches: Iterable[pa.RecordBatch], models: Mapping[str, ThemeModel]) -> Iterator[pa.RecordBatch]:
    """Rows of ``THEMED_TEXTS`` for texts with their language and tone: ids of themes, the nearest first.

    Raises ``InputError`` that names the line of a text that cannot be compared, and nothing of the text.
    """
    for batch in batches:
        for start in range(0, batch.num_rows, HELD_ROWS):
            rows = batch.slice(start, HELD_ROWS).to_pylist()
            known: dict[tuple[str, str], list[str]] = {}
            found = [_of_row(row, models, known) for row in rows]
            yield pa.RecordBatch.from_pylist(found, schema=THEMED_TEXTS.schema)


def _of_row(
    row: dict[str, Any], models: Mapping[str, ThemeModel], known: dict[tuple[str, str], list[str]]
) -> dict[str, Any]:
    key = (row["text_language"], row["text"])
    if key not in known:
        known[key] = by_line(row, "compared with themes", lambda: list(models[key[0]].themes_of(key[1])))
    return {name: row[name] for name in _COPIED} | {"theme_ids": known[key]}


def counted(
    themes: ir.Table, links: ir.Table, customers: ir.Table, assignments: ir.Table
) -> tuple[ir.Table, ir.Table]:
    """Texts and customers by language, theme, scheme and segment; and texts compared, whatever their themes.

    ``themes`` are ``THEMED_TEXTS`` of a period; only texts of ``customers`` in the population count.
    """
    known = customers.filter(customers.is_in_population).select("customer_id")
    of = links.select("account_id", "customer_id").semi_join(known, "customer_id")
    texts = themes.inner_join(of, "account_id").select(
        "customer_id", "text_language", "tone_index", "theme_ids"
    )
    segments = assignments.filter(assignments.segment_id.notnull()).select(
        "customer_id", "scheme", "segment_id"
    )
    whole = texts.mutate(scheme=ibis.literal(EVERYBODY), segment_id=ibis.literal(EVERYBODY))
    rows = whole.union(texts.inner_join(segments, "customer_id").select(*whole.columns))
    by = ["text_language", "scheme", "segment_id"]
    compared = rows.group_by(by).agg(compared_count=rows.count())
    apart = rows.mutate(theme_id=rows.theme_ids.unnest()).drop("theme_ids")
    found = apart.group_by("theme_id", *by).agg(
        texts_count=apart.count(),
        customers_count=apart.customer_id.nunique(),
        toned_count=apart.tone_index.count(),
        toned_customers_count=apart.customer_id.nunique(where=apart.tone_index.notnull()),
        # an exact sum, so that it is the same in any order
        tone_index_sum=apart.tone_index.cast(ibis.dtype(AMOUNT)).sum(),
    )
    return found, compared


def shown_themes(
    found: pa.Table,
    compared: pa.Table,
    register: Sequence[Mapping[str, Any]],
    previous: pa.Table | None,
    period: str,
    least_customers: int,
) -> pa.Table:
    """``TEXT_THEMES`` of ``period``: themes that enough customers wrote about, by segment, with the change.

    ``found`` and ``compared`` are as ``counted``, ``register`` as ``register_of``; ``previous`` are the rows
    of the period before. A change is told where the theme is what it was and was shown then.
    """
    every = {(row["text_language"], row["scheme"], row["segment_id"]): row for row in compared.to_pylist()}
    before = {} if previous is None else {_key(row): row["texts_share"] for row in previous.to_pylist()}
    said = {one["theme_id"]: one for one in register}
    rows = []
    for row in _shown(found.to_pylist(), least_customers):
        theme = said[row["theme_id"]]
        whole = every[row["text_language"], row["scheme"], row["segment_id"]]["compared_count"]
        share = row["texts_count"] / whole
        then = before.get(_key(row)) if theme["event"] in ("none", "continued") else None
        rows.append(
            {
                "period": period,
                "theme_id": row["theme_id"],
                "scheme": row["scheme"],
                "segment_id": row["segment_id"],
                "theme_language": row["text_language"],
                "theme_label": theme["label"],
                "born_period": theme["born_period"],
                "theme_event": theme["event"],
                "related_theme_ids": theme["related_theme_ids"],
                "overlap_share": theme["overlap_share"],
                "customers_count": row["customers_count"],
                "texts_count": row["texts_count"],
                "texts_share": round(share, DIGITS),
                "texts_share_change": None if then is None else round(round(share, DIGITS) - then, DIGITS),
                "mean_tone_index": _mean(row["tone_index_sum"], row["toned_count"])
                if row["toned_customers_count"] >= least_customers
                else None,
            }
        )
    rows.sort(key=lambda row: [row[name] for name in TEXT_THEMES.key])
    return pa.Table.from_pylist(rows, schema=TEXT_THEMES.schema)


def _mean(total: Decimal | None, count: int) -> float | None:
    return round(float(total or 0) / count, DIGITS) if count else None


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["theme_id"], row["scheme"], row["segment_id"]


def _shown(rows: list[dict[str, Any]], least: int) -> Iterator[dict[str, Any]]:
    """Rows that may be shown; of each theme and scheme the smallest are hidden until what is hidden together,
    with customers who are in no segment, is nobody or ``least`` customers."""
    by_theme: defaultdict[str, defaultdict[str, list[dict[str, Any]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        by_theme[row["theme_id"]][row["scheme"]].append(row)
    for schemes in by_theme.values():
        [whole] = schemes.pop(EVERYBODY)
        if whole["customers_count"] < least:
            continue
        yield whole
        for some in schemes.values():
            some.sort(key=lambda row: (row["customers_count"], row["segment_id"]))
            while some and not _is_safe(whole["customers_count"], some, least):
                some.pop(0)
            yield from some


def _is_safe(whole: int, shown: Sequence[Mapping[str, Any]], least: int) -> bool:
    counts: list[int] = [row["customers_count"] for row in shown]
    rest = whole - sum(counts)
    return min(counts) >= least and (rest == 0 or rest >= least)
