"""Versions of the themes of texts: fitted in a refit, frozen, with what happened to each theme.

Belongs here: rows of ``THEME_VERSIONS``, models read back from them. Does not belong here: when a fit is due
(``models.versions``), the fit itself (``theme_fitting``), or the themes of a text (``themes``).

A version holds words, their idf, a direction a theme, and the register: every theme that ever lived, as it
stood after the fit, with its label and what happened to it (``models.events``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models.fitting import Fit, at_least
from pipeline.models.parameters import from_json
from pipeline.models.versions import after_fit
from pipeline.tables.texts import THEME_VERSIONS
from pipeline.texts.themes import ThemeModel
from pipeline.texts.words import LANGUAGES

#: Events after which a theme is what it was, and is called as before.
_LASTING = ("none", "continued")
_SEPARATORS = {"zh": "、"}
#: Of a theme in a period without a refit.
_QUIET: Mapping[str, Any] = {"event": "none", "related_theme_ids": [], "overlap_share": None}


@dataclass(frozen=True)
class Texts:
    """Texts of one language, and who wrote each."""

    texts: Sequence[str]
    customers: Sequence[str]


def carried(previous: pa.Table | None, period: str, seed: int) -> pa.Table:
    """The versions of ``previous``, in force in ``period``; a row without one for each language at first."""
    before = {} if previous is None else {row["theme_language"]: row for row in previous.to_pylist()}
    empty = dict.fromkeys(THEME_VERSIONS.columns) | {"seed": seed}
    rows = [
        empty | before.get(language, {}) | {"period": period, "theme_language": language, "is_refit": False}
        for language in LANGUAGES
    ]
    for row in rows:
        row["status"] = "insufficient_data" if row["parameters"] is None else "assigned"
    return pa.Table.from_pylist(rows, schema=THEME_VERSIONS.schema)


def refitted(
    kept: pa.Table,
    written: Mapping[str, Texts],
    withheld: Callable[[], Iterable[str]],
    least_customers: int,
    least_to_fit: int,
    due: Iterable[str],
) -> pa.Table:
    """``kept`` versions, of which those of languages that are ``due`` are fitted anew on what was written.

    ``withheld`` gives, each time, the words that may not speak. A language of fewer than ``least_to_fit``
    customers, or in which no theme has ``least_customers`` of them, keeps the version that it had.
    """
    wanted = set(due)
    rows = [
        _refitted(
            row, written.get(row["theme_language"], Texts((), ())), withheld, least_customers, least_to_fit
        )
        if row["theme_language"] in wanted
        else row
        for row in kept.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=THEME_VERSIONS.schema)


def by_language(texts: pa.Table) -> dict[str, Texts]:
    """Rows of ``text_language``, ``text`` and ``customer_id``, apart by language."""
    found = {}
    for language in LANGUAGES:
        rows = texts.filter(pc.equal(texts["text_language"], language))
        found[language] = Texts(rows["text"].to_pylist(), rows["customer_id"].to_pylist())
    return found


def _refitted(
    row: dict[str, Any],
    some: Texts,
    withheld: Callable[[], Iterable[str]],
    least_customers: int,
    least_to_fit: int,
) -> dict[str, Any]:
    from pipeline.texts.theme_fitting import (
        Rules,
        find_themes,
    )  # scikit-learn: only where something is fitted

    language, period, writers = row["theme_language"], row["period"], len(set(some.customers))
    rules = Rules(least_customers=least_customers)
    gates = [
        at_least("customers", writers, least_to_fit),
        at_least("texts", len(set(some.texts)), rules.least_texts),
    ]
    if not all(one.passed for one in gates):
        fit = Fit(None, tuple(gates), writers)
        return after_fit(row, f"themes_{language}", fit, period, row["seed"], "theme_version")
    before = None if row["parameters"] is None else from_json(row["parameters"])
    register = {} if before is None else {one["theme_id"]: one for one in before["register"]}
    previous = None if before is None else model_of(language, before)
    found = find_themes(some.texts, some.customers, language, rules, withheld(), previous, register)
    gates.append(at_least("themes", len(found.model.theme_ids), 1))
    gates.append(at_least("stability", found.stability, rules.least_stability))
    labels = found.model.labels()
    happened = _events(previous, found.model, found.crossing, rules.continued_overlap, rules.related_overlap)
    parameters = _written(found.model) | {"register": _register(register, labels, happened, language, period)}
    fit = Fit(parameters, tuple(gates), writers, {"texts": len(some.texts)})
    return after_fit(row, f"themes_{language}", fit, period, row["seed"], "theme_version")


def _events(
    previous: ThemeModel | None,
    model: ThemeModel,
    crossing: Mapping[tuple[str, str], int],
    continued: float,
    related: float,
) -> dict[str, dict[str, Any]]:
    """What happened to each theme of the old version or the new one, on the texts of the refit."""
    from pipeline.models.events import Crossing, event_of

    old, new = set(previous.theme_ids if previous else ()), set(model.theme_ids)
    found = {}
    for one in sorted(old | new):
        event = event_of(one, old, new, Crossing(crossing), continued, related)
        share = None if not old or event.overlap_share is None else round(event.overlap_share, 6)
        found[one] = {
            "event": event.kind, "related_theme_ids": list(event.related), "overlap_share": share,
            "is_living": one in new,
        }  # fmt: skip
    return found


def _register(
    before: Mapping[str, dict[str, Any]],
    labels: Mapping[str, tuple[str, ...]],
    happened: Mapping[str, dict[str, Any]],
    language: str,
    period: str,
) -> list[dict[str, Any]]:
    """Every theme that ever lived. One that nothing happened to, or that was continued, is called as before;
    one that returns its number never does: ids are not given twice."""
    rows = {one: row | dict(_QUIET) for one, row in before.items()}
    for one, event in happened.items():
        known = before.get(one)
        is_living = event["is_living"]
        lasts = known is not None and (not is_living or event["event"] in _LASTING)
        label = known["label"] if lasts and known else _SEPARATORS.get(language, ", ").join(labels[one])
        rows[one] = {
            "theme_id": one,
            "label": label,
            "born_period": known["born_period"] if known else period,
            "retired_period": None if is_living else period,
            **{name: event[name] for name in _QUIET},
        }
    return [rows[one] for one in sorted(rows)]


def _written(model: ThemeModel) -> dict[str, Any]:
    directions = [
        [[int(at), float(row[at])] for at in np.flatnonzero(row)] for row in np.asarray(model.directions)
    ]
    return {
        "words": list(model.words),
        "idf": [float(one) for one in model.idf],
        "themes": [
            {"theme_id": name, "direction": row}
            for name, row in zip(model.theme_ids, directions, strict=True)
        ],
    }


def model_of(language: str, parameters: Mapping[str, Any]) -> ThemeModel:
    """The frozen model of a version."""
    themes = parameters["themes"]
    directions = np.zeros((len(themes), len(parameters["words"])))
    for row, theme in enumerate(themes):
        for at, weight in theme["direction"]:
            directions[row, at] = weight
    return ThemeModel(
        language,
        tuple(parameters["words"]),
        np.array(parameters["idf"]),
        directions,
        tuple(one["theme_id"] for one in themes),
    )


def models_of(versions: pa.Table) -> dict[str, ThemeModel]:
    """The models in force, by language."""
    return {
        row["theme_language"]: model_of(row["theme_language"], from_json(row["parameters"]))
        for row in versions.to_pylist()
        if row["parameters"] is not None
    }


def register_of(versions: pa.Table) -> list[dict[str, Any]]:
    """Every theme that ever lived, with its language; what happened to it only in the period of a refit."""
    found = []
    for row in versions.to_pylist():
        if row["parameters"] is None:
            continue
        for one in from_json(row["parameters"])["register"]:
            told = one if row["is_refit"] else one | dict(_QUIET)
            found.append(told | {"theme_language": row["theme_language"]})
    return found
