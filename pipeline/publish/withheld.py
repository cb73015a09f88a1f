"""What of withheld features is published: made here from the inner tables, so that nothing else can be.

Belongs here: profiles, portraits and model cards as readers may see them, and telling when they are not so.
Does not belong here: which features are withheld (settings), rows of single customers
(``segments.withheld``), findings (``drift.withheld``).

From exact figures of groups the values of their members follow, once it is known who is in which: sums of
two periods between which one customer came, means of the segments of many schemes at once. So exact figures
of withheld features are not published at all, however large the group, and coarse ones neither when
the group has fewer than ``publish.min_group_count`` customers.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from pipeline.publish import contracts
from pipeline.settings import Privacy
from pipeline.tables.model import Table

Row = dict[str, Any]

#: Bins that are no category of their own.
_OTHER, _MISSING = "other", "missing"
#: What a card tells of a feature that is withheld: how it counts, and nothing that was fitted on its values.
_TOLD_OF_WITHHELD = frozenset(
    {"feature", "weight", "direction", "steps", "why", "counts_as_evidence", "is_withheld"}
)
_MEANS = ("mean_value", "population_mean_value", "previous_mean_value")


def profiles(rows: pa.Table, privacy: Privacy) -> pa.Table:
    """``FEATURE_PROFILES`` as they are published.

    Of a withheld feature there are no sums, edges of two digits at most (others are the value of
    somebody), categories of ``min_group_count`` customers or more, and counts in whole steps of so many,
    rounded down: neither one bin nor the difference of two tells of a few.
    """
    found: list[Row] = []
    for feature, bins in _grouped(rows.to_pylist(), "feature"):
        if feature in privacy.withheld:
            bins = _number_bins(bins) if privacy.features[feature].is_numeric else _categories(bins, privacy)
            step = privacy.min_group_count
            bins = [row | {"bin_count": row["bin_count"] // step * step} for row in bins]
        found += bins
    return _made(found, contracts.FEATURE_PROFILES)


def _number_bins(bins: list[Row]) -> list[Row]:
    found = []
    for row in bins:
        lower, upper = (_short(row[name]) for name in ("bin_lower", "bin_upper"))
        is_told = (lower, upper) == (row["bin_lower"], row["bin_upper"])
        label = row["bin_label"] if is_told else f"bin {row['bin']}"
        told = {"bin_label": label, "bin_lower": lower, "bin_upper": upper}
        found.append(row | told | {"bin_sum": None, "bin_squared_sum": None})
    return found


def _short(edge: float | None) -> float | None:
    """The edge if two digits are all of it."""
    return edge if edge is not None and float(f"{edge:.2g}") == edge else None


def _categories(bins: list[Row], privacy: Privacy) -> list[Row]:
    few = [
        row
        for row in bins
        if row["bin_label"] not in (_OTHER, _MISSING) and row["bin_count"] < privacy.min_group_count
    ]
    more = sum(row["bin_count"] for row in few)
    return [
        row | ({"bin_count": row["bin_count"] + more} if row["bin_label"] == _OTHER else {})
        for row in bins
        if row not in few
    ]


def portraits(rows: pa.Table, privacy: Privacy) -> pa.Table:
    """``PORTRAITS`` as they are published.

    Of a withheld feature there is no mean, and how far a segment is from the population in tenths of a
    standard deviation, if it is known of ``min_group_count`` customers of the segment. Ranks follow from
    what is told.
    """
    found: list[Row] = []
    for _, features in _grouped(rows.to_pylist(), "segment_id"):
        told = [_portrait(row, privacy) if row["feature"] in privacy.withheld else row for row in features]
        told.sort(key=_rank_key)
        found += [row | {"rank": place} for place, row in enumerate(told, start=1)]
    return _made(found, contracts.SEGMENT_PORTRAITS)


def _portrait(row: Row, privacy: Privacy) -> Row:
    difference = row["standardized_difference"]
    known = round(row["known_share"] * row["population_count"])
    if difference is not None:
        difference = round(difference, 1) + 0.0 if known >= privacy.min_group_count else None
    return row | dict.fromkeys(_MEANS) | {"standardized_difference": difference}


def _rank_key(row: Row) -> tuple[bool, float, str]:
    difference = row["standardized_difference"]
    return (difference is None, -abs(difference or 0.0), str(row["feature"]))


def cards(rows: pa.Table, privacy: Privacy) -> pa.Table:
    """``SCHEME_VERSIONS`` as they are published, without what was fitted on a withheld feature.

    A grid of quantiles holds values of single customers, exactly at its ends.
    """
    found = []
    for row in rows.to_pylist():
        parameters = row["parameters"]
        if parameters is not None:
            whole = json.loads(parameters)
            told = _without(whole, privacy.withheld)
            parameters = parameters if told == whole else _json(told)
        found.append(row | {"parameters": parameters})
    return _made(found, contracts.MODEL_CARDS)


def _without(value: Any, withheld: frozenset[str]) -> Any:
    """``value`` where each object about a withheld feature keeps only what may be told of it."""
    if isinstance(value, list):
        return [_without(one, withheld) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("feature") in withheld:
        told = {key: one for key, one in value.items() if key in _TOLD_OF_WITHHELD}
        return told | ({"is_withheld": True} if len(told) < len(value) else {})
    return {key: _without(one, withheld) for key, one in value.items()}


#: Published tables that are made from inner ones, and not simply renamed.
MADE: Mapping[str, Callable[[pa.Table, Privacy], pa.Table]] = {
    contracts.FEATURE_PROFILES.name: profiles,
    contracts.SEGMENT_PORTRAITS.name: portraits,
    contracts.MODEL_CARDS.name: cards,
}


def told_too_much(tables: Mapping[str, pa.Table], privacy: Privacy) -> list[str]:
    """Which of the published ``tables`` tell more than is made here, in words; none when none does.

    Making a published table once more must change nothing.
    """
    problems = []
    for name, make in MADE.items():
        if name in tables:
            order = [(one, "ascending") for one in _CONTRACTS[name].key]
            whole = tables[name].select(_CONTRACTS[name].columns).sort_by(order)
            if make(whole, privacy).sort_by(order).to_pylist() != whole.to_pylist():
                problems.append(f"{name} tells figures of quasi-identifiers that are withheld (law L6)")
    return problems


_CONTRACTS = {
    one.name: one for one in (contracts.FEATURE_PROFILES, contracts.SEGMENT_PORTRAITS, contracts.MODEL_CARDS)
}


def _grouped(rows: Iterable[Row], name: str) -> Iterator[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    yield from groups.items()


def _made(rows: list[Row], table: Table) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=table.schema)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
