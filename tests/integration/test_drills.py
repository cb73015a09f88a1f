"""Drills: what is declared once, in a file of its own, is everywhere; nothing else is touched.

A ledger, its features and schemes are added to a copy of the code, as files, or schemes to a
project's own settings; the tiny company is run, and what it publishes is looked at.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

import pipeline
from pipeline.cli import app
from pipeline.ids.accounts import account_id
from tests.company import write_company
from tests.conftest import KEY
from tests.integration.drills import SCHEMES, WEB_MODULES, labels, visits_source

CHECKOUT = Path(pipeline.__file__).parents[1]
CUSTOMERS, PERIODS = 40, ["2024-01", "2024-02"]
FITTED_AT_ONCE = {"warm_up_periods": 1, "min_customers_to_fit": 10, "refit_every_periods": "none"}


@dataclass(frozen=True)
class Drilled:
    """A company that was run once with what the drills add."""

    folder: Path
    chinese_report: str
    pages: Mapping[str, list[int]]
    added: frozenset[str]

    @property
    def published(self) -> Path:
        return self.folder / "lake" / "published"

    def table(self, name: str, period: str = PERIODS[-1]) -> list[dict[str, Any]]:
        """Published rows of one table."""
        table = ds.dataset(self.published / name, partitioning="hive").to_table()
        return [row for row in table.to_pylist() if row["period"] == period]

    def text(self, name: str) -> str:
        return (self.published / name).read_text(encoding="utf-8")


def _command(code: Path, *arguments: str) -> None:
    """Run ``segments`` from the code in ``code`` alone, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        cwd=code,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for part in ("pipeline", "assets")
        for path in (folder / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _run(code: Path, folder: Path, pages: Mapping[str, list[int]], added: frozenset[str]) -> Drilled:
    _command(code, "run", "--project", str(folder))
    chinese = folder / "report_zh.html"
    _command(code, "report", "--project", str(folder), "--language", "zh", "--to", str(chinese))
    return Drilled(folder, chinese.read_text(encoding="utf-8"), pages, added)


@pytest.fixture(scope="module")
def as_files(tmp_path_factory: pytest.TempPathFactory) -> Drilled:
    """A copy of the code with two modules and three YAML files more; web visits among the sources."""
    code, folder = tmp_path_factory.mktemp("code"), tmp_path_factory.mktemp("company")
    for part in ("pipeline", "assets"):
        shutil.copytree(CHECKOUT / part, code / part, ignore=shutil.ignore_patterns("__pycache__"))
    before = _files(code)
    for path, text in WEB_MODULES.items():
        (code / "pipeline" / path).write_text(text, encoding="utf-8")
    for name, text in SCHEMES.items():
        (code / "pipeline" / "schemes" / f"{name}.yaml").write_text(text, encoding="utf-8")
    now = _files(code)
    assert {path: now[path] for path in before} == before
    write_company(folder, CUSTOMERS, months=2)
    settings = yaml.safe_load((folder / "project.yaml").read_text(encoding="utf-8"))
    source, pages = visits_source(folder, CUSTOMERS, months=2)
    settings["sources"] |= {"site": source}
    settings |= {"segments": FITTED_AT_ONCE | {"schemes": [*SCHEMES, "loyalty"]}, "schemes": []}
    (folder / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return _run(code, folder, pages, frozenset(now.keys() - before.keys()))


@pytest.fixture(scope="module")
def as_settings(tmp_path_factory: pytest.TempPathFactory) -> Drilled:
    """The same schemes in ``project.yaml`` alone, with the code as it is."""
    folder = tmp_path_factory.mktemp("company")
    write_company(
        folder,
        CUSTOMERS,
        months=2,
        segments=FITTED_AT_ONCE | {"schemes": [*SCHEMES, "loyalty"]},
        schemes=[yaml.safe_load(text) for text in SCHEMES.values()],
    )
    return _run(CHECKOUT, folder, {}, frozenset())


def _customers(drilled: Drilled) -> dict[str, str]:
    """Customer of each account of the shop, by the source's own id."""
    file = (
        drilled.folder / "lake" / "customers" / "account_links" / f"period={PERIODS[-1]}" / "part-0.parquet"
    )
    customer_of = {row["account_id"]: row["customer_id"] for row in pq.read_table(file).to_pylist()}
    project: Any = SimpleNamespace(project="company")  # all of the settings that ids are made with
    names = [f"k{number}" for number in range(CUSTOMERS)]
    accounts = {name: account_id(KEY, project, "shop", name) for name in names}
    return {name: customer_of[one] for name, one in accounts.items() if one in customer_of}


# --- a ledger with two features ---------------------------------------------------------------


def test_a_ledger_with_two_features_is_two_files(as_files: Drilled) -> None:
    modules = {path for path in as_files.added if path.endswith(".py")}
    assert modules == {f"pipeline/{path}" for path in WEB_MODULES}


def test_the_ledger_is_a_table_of_the_lake(as_files: Drilled) -> None:
    ledger = ds.dataset(as_files.folder / "lake" / "activity" / "site", partitioning="hive").to_table()
    counts = ledger.group_by([]).aggregate([("visits_count", "sum"), ("pages_count", "sum")]).to_pylist()
    pages = [one for seen in as_files.pages.values() for one in seen]
    assert counts == [{"visits_count_sum": len(pages), "pages_count_sum": sum(pages)}]


def test_the_features_are_published_with_the_right_values(as_files: Drilled) -> None:
    rows = {row["customer_id"]: row for row in as_files.table("customer_segments")}
    known = {name: rows[one] for name, one in _customers(as_files).items() if one in rows}
    assert len(known) > CUSTOMERS * 3 / 4
    for name, row in known.items():
        seen = as_files.pages.get(name, [])
        assert row["visits_count_12p"] == len(seen), name
        expected = pytest.approx(sum(seen) / len(seen), abs=1e-5) if seen else None
        assert row["pages_per_visit_12p"] == expected, name
    assert {row["visits_count_12p"] for row in known.values()} == {0, 2, 4}


def test_the_features_are_in_the_dictionary_in_both_languages(as_files: Drilled) -> None:
    rows = pq.read_table(as_files.published / "data_dictionary.parquet").to_pylist()
    told = {row["column"]: row for row in rows if row["table"] == "customer_segments"}
    assert told["visits_count_12p"]["meaning"] == "Web visits in the window."
    assert told["pages_per_visit_12p"]["null_meaning"] == "no visit in the window"
    text = as_files.text("data_dictionary.md")
    assert "| `visits_count_12p` | Web visits | 网站访问次数 | digital |" in text
    assert "| `pages_per_visit_12p` | Pages per visit | 每次访问页数 | digital |" in text


def test_the_features_have_drift_profiles(as_files: Drilled) -> None:
    profiled = as_files.table("feature_profiles")
    population = len(as_files.table("customer_segments"))
    for name in ("visits_count_12p", "pages_per_visit_12p"):
        assert sum(row["bin_count"] for row in profiled if row["feature"] == name) == population
    assert {"visits_count_12p"} <= {row["subject"] for row in as_files.table("drift_findings")}


# --- a tier, a grid, scored rules ------------------------------------------------------------


def test_a_scheme_is_one_yaml_file(as_files: Drilled) -> None:
    documents = {path for path in as_files.added if path.endswith(".yaml")}
    assert documents == {f"pipeline/schemes/{name}.yaml" for name in SCHEMES}
    assert len(as_files.added) == len(WEB_MODULES) + len(SCHEMES)


@pytest.fixture(params=["as_files", "as_settings"])
def drilled(request: pytest.FixtureRequest) -> Drilled:
    """Schemes as files beside the built-in ones, and in a project's settings: the same must hold."""
    found: Drilled = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_is_in_every_table_and_document(drilled: Drilled, scheme: str) -> None:
    document = yaml.safe_load(SCHEMES[scheme])
    english, chinese = labels(document, "en"), labels(document, "zh")
    ids = set(english.segments)

    wide = drilled.table("customer_segments")
    assigned = [row for row in drilled.table("segment_assignments") if row["scheme"] == scheme]
    assert len(assigned) == len(wide)
    assert {row["segment_id"] for row in assigned} - {None} == ids
    local = {row["customer_id"]: row["segment_id"] or row["status"] for row in assigned}
    for row in wide:
        assert row[f"{scheme}_segment"] == local[row["customer_id"]].removeprefix(f"{scheme}:")
        has_segment = local[row["customer_id"]] in ids
        # a scheme may state none: of facts, or where second looks have no say
        assert has_segment or row[f"{scheme}_confidence"] is None

    flows = [row for row in drilled.table("segment_flows") if row["scheme"] == scheme]
    assert ids <= {row["state"] for row in flows}
    assert sum(row["population_count"] for row in flows) == len(wide)
    register = [row for row in drilled.table("segment_register") if row["scheme"] == scheme]
    told = {row["segment_id"]: (row["label"], row["label_zh"]) for row in register}
    assert told == {one: (english.segments[one], chinese.segments[one]) for one in ids}
    portraits = [row for row in drilled.table("segment_portraits") if row["scheme"] == scheme]
    assert {row["segment_id"] for row in portraits} == ids
    (card,) = [row for row in drilled.table("model_cards") if row["scheme"] == scheme]
    assert (card["status"], card["fitted_period"]) == ("assigned", PERIODS[0])

    for shown, page in ((english, drilled.text("report.html")), (chinese, drilled.chinese_report)):
        visible = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.S)
        assert shown.scheme in visible
        assert [one for one in shown.segments.values() if one not in visible] == []

    rows = pq.read_table(drilled.published / "data_dictionary.parquet").to_pylist()
    columns = {row["column"]: row for row in rows if row["table"] == "customer_segments"}
    assert columns[f"{scheme}_segment"]["meaning"].startswith(f"{english.scheme}: ")
    assert f"{scheme}_confidence" in columns
    text = drilled.text("data_dictionary.md")
    assert f"| `{scheme}` | {document['kind']} | {english.scheme} | {chinese.scheme} |" in text
    for one in ids:
        assert f"| `{one}` | {english.segments[one]} | {chinese.segments[one]} |" in text


def test_no_id_belongs_to_two_schemes(drilled: Drilled) -> None:
    owners: dict[str, set[str]] = {}
    for row in drilled.table("segment_register"):
        owners.setdefault(row["segment_id"], set()).add(row["scheme"])
    assert {"loyalty", *SCHEMES} == set().union(*owners.values())
    assert all(owner == {one.partition(":")[0]} for one, owner in owners.items())


def test_files_and_settings_segment_customers_alike(as_files: Drilled, as_settings: Drilled) -> None:
    def of(drilled: Drilled) -> dict[tuple[str, str], Any]:
        rows = drilled.table("segment_assignments")
        return {
            (row["customer_id"], row["scheme"]): (row["segment_id"], row["confidence"])
            for row in rows
            if row["scheme"] in SCHEMES
        }

    # whoever is known by visits alone is a customer more
    assert of(as_settings).items() <= of(as_files).items()


# --- a wrong scheme -------------------------------------------------------------------------------

WRONG: list[tuple[str, str, str, str, tuple[str, ...]]] = [
    (
        "a feature that there is not",
        "basket_size",
        "feature: lines_per_order_12p",
        "feature: lines_per_basket",
        ("schemes.0.score.0.feature", "there is no feature 'lines_per_basket'", "lines_per_order_12p"),
    ),
    (
        "a kind that there is not",
        "basket_size",
        "kind: tier",
        "kind: tear",
        ("schemes.0.kind", "there is no kind 'tear'", "tier, grid, rules, clusters"),
    ),
    (
        "borders that do not fit the segments",
        "basket_size",
        "quantiles: [0.5]",
        "quantiles: [0.2, 0.5]",
        ("schemes.0", "2 segments need 1 borders, not 2"),
    ),
    (
        "a cell that is no segment",
        "breadth_value",
        "[wide_many, wide_many]",
        "[wide_many, wide_meny]",
        ("schemes.0.cells", "'wide_meny' is not among the segments", "deep_few, wide_many, occasional_few"),
    ),
    (
        "a threshold that there is not",
        "visiting_style",
        "at_least: regular_from_orders",
        "at_least: regular_from",
        ("schemes.0.rules.", "there is no threshold 'regular_from'", "regular_from_orders, window_days"),
    ),
    (
        "a misspelt key",
        "visiting_style",
        "thresholds:",
        "treshold:",
        ("schemes.0", "unknown key treshold, did you mean thresholds?"),
    ),
    (
        "a label without Chinese",
        "basket_size",
        "{en: Large baskets, zh: 大购物篮}",
        "{en: Large baskets}",
        ("schemes.0.segments.large.label", "zh", "needed"),
    ),
]


@pytest.mark.parametrize(
    ("scheme", "right", "wrong", "words"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG]
)
def test_a_wrong_scheme_is_one_error_that_says_where_and_what_is_allowed(
    tmp_path: Path, scheme: str, right: str, wrong: str, words: tuple[str, ...]
) -> None:
    write_company(tmp_path, customers=3, months=1, schemes=[])
    file = tmp_path / "project.yaml"
    settings = file.read_text(encoding="utf-8").replace("schemes: []\n", "")
    document = SCHEMES[scheme]
    assert right in document
    entry = "schemes:\n" + "".join(
        f"{'- ' if not number else '  '}{line}\n"
        for number, line in enumerate(document.replace(right, wrong, 1).splitlines())
    )
    first = settings.count("\n") + 2
    file.write_text(settings + entry, encoding="utf-8")

    result = CliRunner().invoke(app, ["check", "--project", str(tmp_path)])
    told = " ".join(result.output.split())
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert str(file) in result.output.replace("\n", "")
    assert [one for one in words if one not in told] == []
    (line,) = {int(one) for one in re.findall(r"project\.yaml, line (\d+), key", told)}
    assert first <= line < first + entry.count("\n")
