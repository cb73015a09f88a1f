"""Why nobody has a segment is said by what the last fit failed."""

import json
from typing import Any

import pytest

from pipeline.publish.refit_words import nobody_assigned
from pipeline.publish.texts import Language, Words


def card(**gates: bool) -> dict[str, Any]:
    fit = {"gates": [{"name": name, "passed": passed} for name, passed in gates.items()]}
    return {"gates": json.dumps(fit | {"decision": "refused"})}


@pytest.mark.parametrize(
    ("row", "english", "chinese"),
    [
        (card(customers_with_evidence=True, fullest_valley_share=False), "shade into each other", "连续过渡"),
        (card(fullest_valley_share=False, clusters=False), "shade into each other", "连续过渡"),
        (card(adjusted_rand_index=False, fullest_valley_share=False), "found again", "再次出现"),
        (card(smallest_cluster_jaccard=False), "found again", "再次出现"),
        (card(customers_with_evidence=False), "too little evidence", "依据不足"),
        ({"gates": None}, "too few periods", "周期太少"),
        (None, "too few periods", "周期太少"),
    ],
)
def test_the_reason_is_that_of_the_gates(row: dict[str, Any] | None, english: str, chinese: str) -> None:
    said: dict[Language, str] = {"en": english, "zh": chinese}
    for language, part in said.items():
        assert part in nobody_assigned(row, Words(language, "EUR"))
