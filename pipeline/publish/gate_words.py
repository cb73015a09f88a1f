"""What was measured at the last fit of a scheme, in plain words.

Belongs here: sentences about the gates of one row of ``SCHEME_VERSIONS``. Does not belong here: why a fit was
asked for, or why nobody has a segment (``refit_words``), the record of taught schemes (``taught_section``).
"""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.forecasts import METHOD_LABELS
from pipeline.publish.formats import percent
from pipeline.publish.texts import Words

#: Gates that pass up to their limit; all others pass from it upwards.
AT_MOST = (
    "fullest_valley_share", "model_moved_share", "shift_of_borders_in_errors",
    "calibration_error_beyond_chance",
)  # fmt: skip
#: Gates that measure shares of customers, told in percent.
_SHARES = ("model_moved_share", "calibration_error_beyond_chance", "right_over_")
#: Gates named after something, by the beginning of their names.
ABOUT = ("distinct_values_of_", "overlap_of_", "customers_labelled_", "brier_under_", "right_over_")


def gates_in_words(row: Mapping[str, Any], words: Words) -> list[str]:
    """What became of the last fit of the scheme of ``row``, then a sentence a gate; nothing before a fit."""
    if not row["gates"]:
        return []
    fit = json.loads(row["gates"])
    decision = f"gates_{fit['decision']}"
    said = [words(decision, period=fit["period"], to=fit.get("to"), before=fit.get("from"))]
    if fit.get("places_anew") and fit["decision"] == "accepted":
        said.append(words("gates_places_anew"))
    return [*said, *(_gate(one, row["scheme"], words) for one in fit["gates"])]


def _gate(one: Mapping[str, Any], scheme: str, words: Words) -> str:
    kind = next((start for start in ABOUT if one["name"].startswith(start)), one["name"])
    subject = _subject(kind, one["name"].removeprefix(kind), scheme, words)
    told = words(
        "gate_at_most" if kind in AT_MOST else "gate_at_least",
        called=words(f"gate_{kind}", subject=subject) if kind in ABOUT else words(f"gate_{kind}"),
        value=words("gate_unmeasured") if one["value"] is None else _number(kind, one["value"]),
        limit=_number(kind, one["limit"]),
    )
    return f"{told} {'✓' if one['passed'] else '✗'}"


def _subject(kind: str, name: str, scheme: str, words: Words) -> str:
    if kind == "distinct_values_of_":
        return words.feature(name)
    if kind == "overlap_of_":
        return words.state(name)
    if kind == "customers_labelled_":
        return words.state(f"{scheme}:{name}")
    if name in METHOD_LABELS:
        return METHOD_LABELS[name][words.language == "zh"]
    return words("gate_most_frequent")


def _number(kind: str, value: float) -> str:
    if kind in _SHARES:
        return percent(value)
    if 0 < abs(value) < 1e-4:
        return f"{value:.6f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.4g}"
