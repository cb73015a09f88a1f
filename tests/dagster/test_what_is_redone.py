"""A table of changes, and what each makes due: nothing less (law L3), and nothing more."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import pipeline
from tests.company import write_company
from tests.conftest import SECRET, SECRET_NAME

PERIODS = ["2024-01", "2024-02"]
ROOT = Path(pipeline.__file__).parents[1]
SCHEMES = {
    "models__scheme_versions",
    "segments__assignments",
    "segments__previous_version_assignments",
    "segments__reconciled_assignments",
    "segments__register",
}
LEDGERS = {
    "activity__orders",
    "activity__order_keys",
    "activity__campaigns",
    "activity__contact_channels",
    "activity__product_discounts",
}
#: What replays features and schemes: how many would move if nobody changed.
MOBILITY = {"drift__scheme_moves"}
SCHEMES |= MOBILITY
FEATURES = {"features__customer_features", "segments__reconciled_assignments"} | MOBILITY
#: Stages that fit.
FITS = {"models__forecast_versions", "models__scheme_versions"}
#: A built-in scheme with borders of its own.
LOYALTY = {"scheme": "loyalty", "borders": {"quantiles": [0.2, 0.7]}}
ONLY_DOCUMENTS: list[set[str]] = [set(), {"publication"}]
#: Of each period the stages that are due for sure, with the reasons.
Told: TypeAlias = list[dict[str, list[str]]]


@dataclass(frozen=True)
class Change:
    """Something that changes, what is due for sure in each period, and a word of the reason.

    ``texts`` are files of the program with what is replaced in them, ``settings`` top-level keys of the
    project, ``libraries`` versions; ``collected`` names a source that has a new row in the second period.
    Without a reason nothing is due; ``also`` are further reasons that speak of it.
    """

    name: str
    due: "list[set[str]] | Callable[[set[str]], bool]"
    why: str = ""
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    collected: str = ""
    also: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        return (self.why, *self.also)

    def is_among(self, reasons: Collection[str]) -> bool:
        """Whether a reason speaks of this change."""
        return any(phrase in one for one in reasons for phrase in self.phrases)

    def clashes(self, other: "Change") -> bool:
        """Whether both change one thing, or reasons could not tell which of them it was: documents alone are
        due where no more is."""
        of_one = (self.texts.keys() & other.texts.keys()) | (self.settings.keys() & other.settings.keys())
        apart = (self.due is ONLY_DOCUMENTS) != (other.due is ONLY_DOCUMENTS)
        alike = any(a in b or b in a for a in self.phrases for b in other.phrases)
        return bool(of_one) or apart or alike

    def apply(self, now: Path) -> None:
        """Change the copy of the program and of the company in the folder ``now``."""
        program, company = now / "program", now / "company"
        for name, (old, new) in self.texts.items():
            text = (program / name).read_text(encoding="utf-8")
            assert old in text, f"{name} has changed: mend this table ({self.name})"
            (program / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        settings = yaml.safe_load((company / "project.yaml").read_text(encoding="utf-8"))
        (company / "project.yaml").write_text(yaml.safe_dump(settings | self.settings), encoding="utf-8")
        if self.collected:
            file = company / "lake" / "raw" / self.collected / f"period={PERIODS[1]}" / "part-0.parquet"
            pq.write_table(pa.table({"rows": ["new"]}), file)


def both(stages: set[str]) -> list[set[str]]:
    return [stages, stages]


TABLE = [
    Change(
        "a docstring",
        both(set()),
        texts={
            "pipeline/features/value.py": (
                "Days from the last bought line to as_of;",
                "How long ago the last line was bought;",
            )
        },
    ),
    Change(
        "a module's docstring",
        both(set()),
        texts={"pipeline/clean/cleaning.py": ('"""', '"""One word more. ')},
    ),
    Change(
        "a comment and the layout",
        both(set()),
        texts={
            "pipeline/features/value.py": (
                "lambda m, window: m[orders.orders_count.over(3)],",
                "# as counted\n    lambda m, window: (\n        m[orders.orders_count.over(3)]\n    ),",
            )
        },
    ),
    Change(
        "an annotation",
        both(set()),
        texts={"pipeline/features/value.py": ("window: Window) ->", 'window: "Window") ->')},
    ),
    Change(
        "what the UI shows",
        both(set()),
        texts={"assets/lib/metrics.py": ("SHOWN = 15", "SHOWN = 16")},
    ),
    Change(
        "a family's formula",
        both(FEATURES),
        "code of pipeline.features.value changed",
        texts={
            "pipeline/features/value.py": (
                "lambda m, window: m[orders.bought_amount] - m[orders.returned_amount],",
                "lambda m, window: m[orders.bought_amount],",
            )
        },
    ),
    Change(
        "a ledger's formula",
        both({"activity__orders"}),
        "code of pipeline.ledgers.orders changed",
        texts={"pipeline/ledgers/orders.py": ("EVENING_HOUR = 18", "EVENING_HOUR = 19")},
    ),
    Change(
        "a rule of cleaning",
        lambda found: {"clean_orders", "clean_profiles"} <= found and not found & (LEDGERS | FEATURES),
        "code of pipeline.clean.",
        texts={"pipeline/clean/duplicates.py": ("\nimport ibis\n", "\nimport ibis\n\nprint()\n")},
    ),
    Change(
        "a scheme's label",
        both({"segments__register", "drift__overview"}),
        "declaration of schemes changed",
        texts={"pipeline/schemes/loyalty.yaml": ("en: Loyalty", "en: Faithfulness")},
    ),
    Change(
        "a feature's meaning",
        ONLY_DOCUMENTS,
        "declaration of features changed",
        texts={
            "pipeline/features/value.py": (
                "Days from the last order to as_of.",
                "Days since the last order.",
            )
        },
    ),
    Change(
        "a feature's bounds",
        lambda found: found >= FEATURES and not found & LEDGERS,
        "declaration of table features/customer_features changed",
        also=(
            "code of pipeline.features.value changed",
            "declaration of table published/customer_segments changed",
        ),
        texts={
            "pipeline/features/value.py": (
                '    words=("long silent", ',
                '    minimum=-1,\n    words=("long silent", ',
            )
        },
    ),
    Change(
        "a window in assets",
        [set(), {"features__customer_features"}],
        "activity/orders is read over other periods than before",
        also=("is read over other periods than before",),
        texts={
            "assets/defs/features.py": (
                "partition_mapping=window(WINDOW_PERIODS)",
                "partition_mapping=window(1)",
            )
        },
    ),
    Change(
        "a default border",
        both(SCHEMES),
        "declaration of schemes changed",
        texts={"pipeline/schemes/loyalty.yaml": ("quantiles: [0.3333333333333333,", "quantiles: [0.3,")},
    ),
    Change(
        "a tier's border in the settings",
        both(SCHEMES),
        "declaration of schemes changed",
        settings={"schemes": [LOYALTY]},
    ),
    Change(
        "retention",
        both(
            {
                "customers__customers",
                "models__forecast_versions",
                "segments__outcomes",
                "segments__reconciled_assignments",
            }
        ),
        "setting retention_days changed",
        settings={"retention_days": 100},
    ),
    Change("the seed", both(FITS | MOBILITY), "setting seed changed", settings={"seed": 5}),
    Change(
        "a threshold of drift",
        both({"drift__feature_profiles", "drift__findings"}),
        "setting drift",
        settings={"drift": {"min_customers": 60, "bins": 30}},
    ),
    Change(
        "the report's language",
        both({"publication", "drift__overview"}),
        "setting report.language changed",
        settings={"report": {"language": "zh"}},
    ),
    Change("the engine's memory", both(set()), settings={"engine": {"threads": 1, "memory_limit": "3GB"}}),
    Change(
        "a template",
        ONLY_DOCUMENTS,
        "code of pipeline/publish/templates/report.css changed",
        texts={"pipeline/publish/templates/report.css": ("{", "{ ")},
    ),
    Change("Altair", ONLY_DOCUMENTS, "library altair", libraries={"altair": "99"}),
    Change(
        "scikit-learn",
        both(FITS),
        "library scikit-learn",
        libraries={"scikit-learn": "99"},
    ),
    Change(
        "DuckDB",
        lambda found: found > LEDGERS | FEATURES | SCHEMES,
        "library duckdb",
        libraries={"duckdb": "99"},
    ),
    Change(
        "a new row",
        [set(), {"clean_orders", "clean__row_accounts", "restricted__crosswalk"}],
        "raw/till has new rows (2024-02)",
        collected="till",
    ),
]


class Planner:
    """Asks ``planning`` in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(Path(__file__).with_name("planning.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", SECRET_NAME: SECRET},
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, program: Path, project: Path, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked |= {"program": str(program), "project": str(project), "periods": PERIODS}
        self._process.stdin.write(json.dumps(asked) + "\n")
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "error" not in found, found["error"]
        return found

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def planner() -> Iterator[Planner]:
    one = Planner()
    yield one
    one.close()


@pytest.fixture(scope="module")
def made(planner: Planner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program beside a company whose lake it made: ``program`` and ``company``."""
    folder = tmp_path_factory.mktemp("made")
    for package in ("pipeline", "assets"):
        shutil.copytree(
            ROOT / package, folder / "program" / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    write_company(folder / "company", customers=5, months=2)
    planner.ask(folder / "program", folder / "company", write=True)
    return folder


def apart(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes in copies of the program that hold several: those that make nothing due in one, and of others
    those of which no two change the same file or setting, or could be taken for each other in a reason."""
    copies: list[list[Change]] = [[one for one in changes if not one.why]]
    for change in changes:
        if change.why:
            fitting = (some for some in copies[1:] if not any(map(change.clashes, some)))
            copy = next(fitting, None)
            if copy is None:
                copies.append(copy := [])
            copy.append(change)
    return copies


COPIES = apart(TABLE)


@pytest.fixture(scope="module")
def told(planner: Planner, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Told]:
    """By the number of a copy the reasons of each stage that is due in it, period by period."""

    @cache
    def ask(number: int) -> Told:
        now = tmp_path_factory.mktemp("changed") / "now"
        shutil.copytree(made, now)
        libraries: dict[str, str] = {}
        for change in COPIES[number]:
            change.apply(now)
            libraries |= change.libraries
        found = planner.ask(now / "program", now / "company", libraries=libraries)
        return [found[period]["due"] for period in PERIODS]

    return ask


@pytest.mark.parametrize("change", [one for one in TABLE if one.why], ids=lambda one: one.name)
def test_what_a_change_makes_due(change: Change, told: Callable[[int], Told]) -> None:
    """Told by the reasons: several changes stand in one copy of the program."""
    number = next(at for at, some in enumerate(COPIES) if change in some)
    assert any(change.why in one for some in told(number) for why in some.values() for one in why)
    due = [{stage for stage, why in some.items() if change.is_among(why)} for some in told(number)]
    if callable(change.due):
        assert change.due(due[1]), due
    else:
        assert due == change.due


@pytest.mark.parametrize("number", range(1, len(COPIES)))
def test_nothing_else_is_a_reason(number: int, told: Callable[[int], Told]) -> None:
    reasons = {one for some in told(number) for why in some.values() for one in why}
    assert [one for one in reasons if not any(change.is_among([one]) for change in COPIES[number])] == []


def test_what_changes_no_values_makes_nothing_due(told: Callable[[int], Told]) -> None:
    """Texts, layout, what the UI shows, memory: all of them at once."""
    assert len(COPIES[0]) > 5
    assert told(0) == [{}, {}]


def test_what_follows_waits_for_what_comes_out(planner: Planner, made: Path, tmp_path: Path) -> None:
    """A changed formula makes features due; segments may follow, ledgers and customers cannot."""
    shutil.copytree(made, tmp_path / "now")
    file = tmp_path / "now/program/pipeline/features/value.py"
    text = file.read_text(encoding="utf-8").replace(
        "lambda m, window: m[orders.bought_amount] - m[orders.returned_amount],",
        "lambda m, window: m[orders.bought_amount],",
    )
    file.write_text(text, encoding="utf-8")
    found = planner.ask(tmp_path / "now/program", tmp_path / "now/company")[PERIODS[0]]
    assert {"models__scheme_versions", "segments__assignments", "drift__moves", "publication"} <= set(
        found["may_follow"]
    )
    assert not {*LEDGERS, "customers_resolved", "clean_orders"} & {*found["due"], *found["may_follow"]}
