"""The report's part on what labels taught a scheme.

Belongs here: how often who was called what, of one scheme. Does not belong here: the rules of its tree
(``rules_in_words``), or what is measured (``schemes.teaching``).
"""

import json
from typing import Any

from pipeline.publish.figures import Figures
from pipeline.publish.formats import percent
from pipeline.publish.texts import Words

#: What is told of a scheme of another kind.
NOTHING: dict[str, Any] = {"rows": []}


def taught_section(figures: Figures, words: Words, scheme: str) -> dict[str, Any]:
    """``rows`` of segments under ``columns``, as the last fit was tested, with what is ``said`` of the test.
    Nothing of a scheme of another kind, or without a record."""
    declared = figures.declared.get(scheme)
    card = next((one for one in figures.cards if one["scheme"] == scheme), None)
    if declared is None or declared.kind != "taught" or card is None or not card["gates"]:
        return NOTHING
    tested = json.loads(card["gates"])
    segments = tested.get("segments", [])
    names = [words.state(f"{scheme}:{one['segment']}") for one in segments]
    return {
        "said": words("taught_held_out" if tested.get("is_held_out") else "taught_later"),
        "columns": [
            *(words(f"taught_{one}") for one in ("called", "precision", "labelled", "recall")),
            *(words("taught_really", segment=one) for one in names),
        ],
        "rows": [
            {
                "label": name,
                "cells": [
                    f"{one['called_so']:,}",
                    _share(one["precision_share"]),
                    f"{one['labelled']:,}",
                    _share(one["recall_share"]),
                    *(f"{one['really'][other['segment']]:,}" for other in segments),
                ],
            }
            for name, one in zip(names, segments, strict=True)
        ],
    }


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)
