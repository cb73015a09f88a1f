"""The register as a time line: who lived from when to when, what happened, which versions came."""

from typing import Any

import altair as alt
import pytest

from pipeline.publish.figures import Figures
from pipeline.publish.lives import lives
from pipeline.publish.texts import Words
from pipeline.settings import BUILT_IN

PERIODS = ["2024-01", "2024-02", "2024-03", "2024-04"]


def segment(segment_id: str, label: str, born: str = "2024-01", retired: str | None = None) -> dict[str, Any]:
    return {
        "segment_id": segment_id,
        "scheme": segment_id.partition(":")[0],
        "label": label,
        "label_zh": label,
        "born_period": born,
        "retired_period": retired,
    }


REGISTER = [
    segment("loyalty:high", "High"),
    segment("loyalty:low", "Low"),
    segment("behaviour_clusters:c1", "Frequent", retired="2024-03"),
    segment("behaviour_clusters:c2", "Rare"),
    segment("behaviour_clusters:c3", "Frequent", born="2024-03"),
]
EVENTS = [
    ("2024-01", "loyalty:high", "born"),
    ("2024-01", "loyalty:low", "born"),
    ("2024-03", "loyalty:low", "continued"),
    ("2024-01", "behaviour_clusters:c1", "born"),
    ("2024-01", "behaviour_clusters:c2", "born"),
    ("2024-03", "behaviour_clusters:c1", "split"),
    ("2024-03", "behaviour_clusters:c3", "born"),
]


def shown(language: Any = "en") -> Any:
    names = ("period", "segment_id", "event")
    known: dict[str, Any] = {key: [] for key in Figures.__dataclass_fields__}
    known |= {
        "declared": BUILT_IN,
        "flows": [{"period": PERIODS[-1], "scheme": row["scheme"]} for row in REGISTER],
        "period": PERIODS[-1],
        "periods": PERIODS,
        "register": REGISTER,
        "events": [dict(zip(names, one, strict=True)) for one in EVENTS],
        "refits": [("loyalty", "2024-01"), ("loyalty", "2024-03")],
    }
    figures = Figures(**known)
    labels = {row["segment_id"]: row["label"] for row in REGISTER}
    (chart,) = lives(figures, Words(language, "EUR", labels, BUILT_IN))
    alt.Chart.from_dict(chart.specification, validate=True)
    return chart


def test_a_scheme_to_which_nothing_happened_but_refits_has_one_line() -> None:
    rows = {row[0]: row for row in shown().rows}
    assert list(rows) == [
        "Loyalty",
        "Behaviour clusters · Frequent",
        "Behaviour clusters · Rare",
        "Behaviour clusters · Frequent (2)",
    ]
    assert rows["Loyalty"][1:3] == ["2024-01", "–"]
    told = "2024-01 born; 2024-03 new version in force; 2024-03 continued after a refit"
    assert rows["Loyalty"][3] == told
    assert rows["Behaviour clusters · Frequent"][1:3] == ["2024-01", "2024-03"]
    assert rows["Behaviour clusters · Frequent (2)"][1:3] == ["2024-03", "–"]


@pytest.mark.parametrize(("language", "split"), [("en", "split"), ("zh", "拆分")])
def test_only_what_happened_stands_in_the_legend(language: Any, split: str) -> None:
    chart = shown(language)
    assert split in chart.legend
    assert len(chart.legend) == 4
    assert "c1" not in str(chart.rows)
