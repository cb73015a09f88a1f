"""Law L6 of quasi-identifiers: no income, age or place of a single customer in what readers see.

A small company is planted with values that nobody else has; everything that is published for it is
searched, and an analyst who has nothing but the publication tries to compute the incomes.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.models.ecdf import percent_at
from pipeline.models.frame import Frame
from pipeline.schemes.kinds.tier import _anew
from pipeline.schemes.traits import believed
from pipeline.settings import Project, load_project
from tests.company import write_company
from tests.lakes import lake_rows

CUSTOMERS, LAST = 130, "2024-03"
#: Values of one customer each, at the ends and in the middle of all others.
RARE_INCOMES = (1203.57, 123457.89, 987654.31)
RARE_WORDS = ("Zzyzxville", "Methuselah")


def incomes() -> list[float]:
    """Income of every customer, each another one, none a round number."""
    plain = [round(20_000.37 + 613.13 * number, 2) for number in range(CUSTOMERS)]
    return [RARE_INCOMES[number // 10] if number in (0, 10, 20) else one for number, one in enumerate(plain)]


def plant(folder: Path) -> Project:
    """The small company; every other customer has a profile, three of them a rare one."""
    write_company(folder, customers=CUSTOMERS, months=3)
    people = [
        {
            "customer": f"k{number}",
            "gender": "f" if number % 4 else "m",
            "income": income,
            "city": RARE_WORDS[0] if number == 10 else "Lyon",
            "age": RARE_WORDS[1] if number == 10 else "35-44",
            "children": 17 if number == 10 else number % 3,
        }
        for number, income in enumerate(incomes())
    ]
    lines = "".join(json.dumps(one) + "\n" for one in people)
    (folder / "profiles.jsonl").write_text(lines, encoding="utf-8")
    settings = yaml.safe_load((folder / "project.yaml").read_text(encoding="utf-8"))
    settings["sources"]["crm"]["columns"] |= {"age_group": "age", "children_count": "children"}
    settings["segments"]["refit_every_periods"] = 1
    (folder / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(folder)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The planted company, published by ``segments run``."""
    project = plant(tmp_path_factory.mktemp("private"))
    result = CliRunner().invoke(app, ["run", "--project", str(project.folder)])
    assert result.exit_code == 0, result.output
    (project.folder / "printed.txt").write_text(result.output, encoding="utf-8")
    return project


def published_files(project: Project) -> list[Path]:
    """Everything that readers of the publication see, and what they saw before."""
    lake = project.lake_path
    places = (lake / "publications", lake / "history")
    return [path for place in places for path in sorted(place.rglob("*")) if path.is_file()]


def leaves(value: Any) -> Iterator[Any]:
    """Every single value in ``value``, at every nesting, in JSON texts as well."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from leaves(one)
    else:
        yield value
        if isinstance(value, str) and value[:1] in ("{", "["):
            yield from leaves(json.loads(value))


def forms(value: float) -> set[str]:
    """How a number may be written; short forms, which could be anything, left out."""
    formats = ("{:.2f}", "{:.1f}", "{:.0f}", "{:,.2f}", "{:,.1f}", "{:,.0f}", "{:.4g}", "{:.6g}", "{:.12g}")
    return {text for one in formats if len(text := one.format(value)) >= 6}


def told(path: Path) -> str:
    """All that a file tells, as one text: Parquet as its values and footer."""
    if path.suffix == ".parquet":
        table = pq.read_table(path, partitioning=None)
        return f"{table.schema.metadata} {table.to_pylist()}"
    return path.read_bytes().decode("utf-8", errors="ignore")


def words_in(text: str) -> list[str]:
    """Planted words, and rare incomes in any form, that stand in ``text``."""
    found = [word for word in RARE_WORDS if word in text]
    for form in {one for income in RARE_INCOMES for one in forms(income)}:
        if form in text and re.search(rf"(?<![\w.,]){re.escape(form)}(?!\w)", text):
            found.append(form)
    return found


def test_no_planted_value_stands_in_any_published_file(company: Project) -> None:
    files = published_files(company)
    assert {"report.html", "manifest.json", "data_dictionary.md"} <= {path.name for path in files}
    found = {path.relative_to(company.lake_path).as_posix(): words_in(told(path)) for path in files}
    assert {name: words for name, words in found.items() if words} == {}


def test_no_published_number_at_any_nesting_is_an_income(company: Project) -> None:
    known = np.sort(np.array(incomes()))
    found = set()
    for path in published_files(company):
        if path.suffix != ".parquet":
            continue
        table = pq.read_table(path, partitioning=None)
        for name in table.column_names:
            for value in leaves(table[name].to_pylist()):
                if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) < 1000:
                    continue
                if np.abs(known - value).min() < 0.01:
                    found.add(f"{path.parts[-3]}.{name}")
    assert found == set()


def test_no_planted_value_is_in_logs_metadata_or_on_the_screen(company: Project) -> None:
    folders = [one for one in company.lake_path.iterdir() if "dagster" in one.name]
    assert folders
    files = [path for one in folders for path in one.rglob("*") if path.is_file()]
    files.append(company.folder / "printed.txt")
    found = {path.name: words_in(told(path)) for path in files}
    assert {name: words for name, words in found.items() if words} == {}


# --- the analyst ----------------------------------------------------------------------


def rows_of(project: Project, table: str, period: str = LAST) -> list[dict[str, Any]]:
    return lake_rows(project.lake_path, f"published/{table}", period)


def true_ranks(project: Project) -> dict[str, float]:
    """Rank 0-100 of each customer's income among all that are known: what the analyst wants."""
    path = project.lake_path / "features" / "customer_features" / f"period={LAST}" / "part-0.parquet"
    rows = [
        row for row in pq.read_table(path, partitioning=None).to_pylist() if row["income_amount"] is not None
    ]
    rows.sort(key=lambda row: row["income_amount"])
    return {row["customer_id"]: 100 * (place + 0.5) / len(rows) for place, row in enumerate(rows)}


class Analyst:
    """Knows the publication and how tiers are scored, this program's code included, and nothing else."""

    def __init__(self, project: Project) -> None:
        self.features = {row["customer_id"]: row for row in rows_of(project, "customer_segments")}
        self.rows = {
            row["customer_id"]: row
            for row in rows_of(project, "segment_assignments")
            if row["scheme"] == "purchasing_power" and row["status"] == "assigned"
        }
        card = next(row for row in rows_of(project, "model_cards") if row["scheme"] == "purchasing_power")
        self.card = json.loads(card["parameters"])
        self.hidden = next(one for one in self.card["components"] if one["feature"] == "income_amount")
        self.open = [one for one in self.card["components"] if one is not self.hidden]
        self.every = sum(one["weight"] for one in self.card["components"])
        self.place = {one: place for place, one in enumerate(self.rows)}
        seen = [one["feature"] for one in self.open] + [one["count"] for one in self.card["traits"].values()]
        numbers = {name: np.array([self._number(one, name) for one in self.rows]) for name in seen}
        frame = believed(Frame(pa.array(list(self.rows)), numbers, {}), self.card["traits"])
        self._rest = np.zeros(len(self.rows))
        for one in self.open:
            share = one["weight"] / self.every
            self._rest += share * percent_at(one["grid"], frame.number(one["feature"]))
        self._shift, self._width = _anew(
            {"components": self.open, "noise": self.card["noise"]}, frame, np.full(len(self.rows), self.every)
        )

    def _number(self, customer: str, feature: str) -> float:
        value = self.features[customer][feature]
        return np.nan if value is None else float(value)

    def knows_all_but(self, customer: str) -> bool:
        """Whether the publication tells every input of the customer's score but the hidden one."""
        return not np.isnan(self._rest[self.place[customer]])

    def rest(self, customer: str) -> float:
        """What the published features give of the score."""
        return float(self._rest[self.place[customer]])

    def from_segment(self, customer: str) -> float:
        """The best guess from the segment alone: the middle of the ranks that lead to it."""
        low, high = self.card["borders"]
        segment = self.rows[customer]["segment_id"].removeprefix("purchasing_power:")
        ranks = np.arange(0.5, 100)
        # the card tells that the income counts in steps, each by its middle
        width = 100 / self.hidden["steps"]
        counted = (np.floor(ranks / width) + 0.5) * width
        scores = self.rest(customer) + self.hidden["weight"] / self.every * counted
        tier = np.where(scores >= high, "high", np.where(scores >= low, "medium", "low"))
        fitting = ranks[tier == segment]
        return float(fitting.mean()) if fitting.size else 50.0

    def from_score(self, customer: str) -> float:
        """Score less what the published features give."""
        score = self.rows[customer]["score"]
        return float(np.clip((score - self.rest(customer)) * self.every / self.hidden["weight"], 0, 100))

    def from_confidence(self, customer: str) -> float:
        """The rank whose confidence would be the published one."""
        from scipy.special import ndtr

        place, (low, high) = self.place[customer], self.card["borders"]
        shift, width = self._shift[place], self._width[place]
        ranks = np.arange(0.5, 100)
        scores = self.rest(customer) + self.hidden["weight"] / self.every * ranks
        below_low, below_high = (ndtr((one - scores - shift) / width) for one in (low, high))
        by_tier = {"high": 1 - below_high, "medium": below_high - below_low, "low": below_low}
        tier = np.where(scores >= high, "high", np.where(scores >= low, "medium", "low"))
        row = self.rows[customer]
        segment = row["segment_id"].removeprefix("purchasing_power:")
        distance = np.abs(by_tier[segment] - row["confidence"]) + 10.0 * (tier != segment)
        return float(ranks[distance.argmin()])

    def from_reasons(self, customer: str) -> float:
        """The contribution, or at least the direction, that a reason tells."""
        said = [one for one in self.rows[customer]["reasons"] if one["feature"] == "income_amount"]
        if not said or said[0]["direction"] is None:
            return self.from_segment(customer)
        if said[0]["contribution"] is not None:
            return 50.0 + said[0]["contribution"] * self.every / self.hidden["weight"]
        return 75.0 if said[0]["direction"] == "raises" else 25.0


def test_an_analyst_learns_no_more_of_an_income_than_the_segment_tells(company: Project) -> None:
    analyst, ranks = Analyst(company), true_ranks(company)
    customers = [one for one in analyst.rows if one in ranks and analyst.knows_all_but(one)]
    assert len(customers) > 80

    def hits(guess: Any) -> float:
        return float(np.mean([abs(guess(one) - ranks[one]) <= 10 for one in customers]))

    baseline = hits(analyst.from_segment)
    attacks = {
        name: hits(getattr(analyst, name)) for name in ("from_score", "from_confidence", "from_reasons")
    }
    assert max(attacks.values()) <= baseline + 0.05, (baseline, attacks)
