"""``segments init`` as its users meet it: a folder of four formats and a database, and what it refuses."""

import json
import random
import sqlite3
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from tests.benchmarks.drafts import corrections, of_database, of_files

RUNNER = CliRunner()
#: Lines of a draft that a person may have to correct (issue 9).
MOST_CORRECTIONS = 5


def segments(*arguments: str) -> Result:
    return RUNNER.invoke(app, list(arguments))


def company(folder: Path) -> Path:
    """Orders as CSV drops, visits as JSON lines, products as Parquet, a survey as a workbook, and the
    customers in a SQLite database."""
    rng = random.Random(5)
    folder.mkdir(parents=True, exist_ok=True)
    customers = [f"C{at:04}" for at in range(1, 61)]
    for month in (1, 2, 3, 4):
        lines = ["order_no;client_no;ordered_on;sku;pieces;unit_price;currency"]
        for at in range(80):
            day, who = 1 + at % 28, rng.choice(customers)
            lines.append(
                f"{month}-{at};{who};{day:02}/{month:02}/2024 12:30;P{at % 12};{1 + at % 3};{at},50;EUR"
            )
        (folder / f"drops_{month:02}.csv").write_text("\n".join(lines), encoding="utf-8")
    visits = [
        {
            "visitor": rng.choice(customers),
            "ts": f"2024-0{1 + at % 4}-11T10:00:00Z",
            "pageviews": 4,
            "secs": 90,
        }
        for at in range(90)
    ]
    (folder / "visits.jsonl").write_text("\n".join(map(json.dumps, visits)), encoding="utf-8")
    skus = [f"P{at}" for at in range(12)]
    pq.write_table(
        pa.table(
            {"sku": skus, "title": [f"thing {one}" for one in skus], "department": ["toys", "home"] * 6}
        ),
        folder / "catalogue.parquet",
    )
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Client no", "Survey", "Question", "Answered on", "Score"])
    for who in customers[:30]:
        sheet.append([who, "S1", "nps", "2024-03-05", rng.randint(0, 10)])
    book.save(folder / "survey.xlsx")
    connection = sqlite3.connect(folder / "crm.db")
    connection.execute("CREATE TABLE clients (client_no TEXT, surname TEXT, mail TEXT, land TEXT)")
    people = [(who, f"Weber{at}", f"weber{at}@post.example", "Germany") for at, who in enumerate(customers)]
    connection.executemany("INSERT INTO clients VALUES (?, ?, ?, ?)", people)
    connection.commit()
    connection.close()
    return folder


def test_a_folder_of_four_formats_and_a_database_gives_a_project_that_passes_check(tmp_path: Path) -> None:
    folder = company(tmp_path / "weber")
    result = segments("init", str(folder))
    assert result.exit_code == 0, result.output
    text = (folder / "project.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    assert {name: one["entity"] for name, one in content["sources"].items()} == {
        "drops": "orders",
        "visits": "web_visits",
        "catalogue": "products",
        "survey": "survey_answers",
        "clients": "profiles",
    }
    assert content["sources"]["drops"]["columns"]["ordered_at"] == {
        "column": "ordered_on",
        "format": "%d/%m/%Y %H:%M",
    }
    assert content["sources"]["drops"]["decimal"] == ","
    shared = {name for name, one in content["sources"].items() if one.get("account_space") == "clients"}
    assert shared == {"drops", "visits", "survey"}
    assert (content["currency"], content["time_zone"]) == ("EUR", "Europe/Berlin")
    assert (content["first_period"], content["last_period"]) == ("2024-01", "2024-04")
    for told in (result.output, text):
        assert "Weber1" not in told
        assert "@post" not in told
    assert "ASK" in result.output
    checked = segments("check", "--project", str(folder), "--json")
    assert checked.exit_code == 0, checked.output
    found = json.loads(checked.stdout)
    assert found["problems"] == []
    # the files end on the 28th: nothing but that lies outside
    assert {one["source"]: one["rows"] - one["rows_inside"] for one in found["sources"]} == dict.fromkeys(
        content["sources"], 0
    )


def test_a_project_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("customer,order,date,amount\n1,2,2024-01-01,3\n", encoding="utf-8")
    (tmp_path / "project.yaml").write_text("mine", encoding="utf-8")
    result = segments("init", str(tmp_path))
    assert result.exit_code == 2
    assert "never written over" in result.output
    assert (tmp_path / "project.yaml").read_text(encoding="utf-8") == "mine"


def test_output_may_lie_elsewhere_and_paths_are_whole_then(tmp_path: Path) -> None:
    source = company(tmp_path / "in")
    result = segments(
        "init", str(source / "drops_01.csv"), "--output", str(tmp_path / "new" / "out"), "--title", "Weber"
    )
    assert result.exit_code == 0, result.output
    content = yaml.safe_load((tmp_path / "new" / "out" / "project.yaml").read_text(encoding="utf-8"))
    assert content["title"] == "Weber"
    assert [one["connector"]["path"] for one in content["sources"].values()] == [str(source / "drops_01.csv")]
    assert [one.name for one in (tmp_path / "new" / "out").iterdir()] == ["project.yaml"], (
        "nothing else is left"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "no such file or folder"),
        (("{folder}",), "no table that can be read"),
        (("{folder}/a.pdf",), "none of the formats"),
        (("{folder}", "--time-zone", "Europe/Nowhere"), "not a time zone"),
        (("{folder}", "--currency", "euro"), "three capital letters"),
        (("{folder}", "--period", "year"), "is not one of"),
        (("mysql+nosuch://u:hush@h/d",), "not one that SQLAlchemy knows"),
        (("sqlite:///{folder}/none.db",), "no file at the url's path"),
        (("https://x.example/orders.csv",), "not drafted from"),
        (("package:no_such_package/data",), "not installed"),
        (("'${NO_SUCH_VARIABLE}'",), "no such file"),
        (("${NO_SUCH_VARIABLE}",), "not set in the environment"),
    ],
)
def test_what_cannot_be_drafted_from_is_one_paragraph(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    result = segments("init", *(one.replace("{folder}", str(tmp_path)) for one in arguments))
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert "hush" not in result.output
    assert not (tmp_path / "project.yaml").exists()


def test_a_database_is_drafted_from_and_its_url_stands_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with of_database(tmp_path) as company:
        ((url,), _, _) = company
        result = segments(
            "init", url, "--output", str(tmp_path / "new"), "--period", "week", "--title", "Crm"
        )
        assert result.exit_code == 0, result.output
        text = (tmp_path / "new" / "project.yaml").read_text(encoding="utf-8")
        assert url not in text + result.output
        (name,) = {line.split()[1] for line in result.output.splitlines() if line.startswith("Set ")}
        assert f"${{{name}}}" in text
        monkeypatch.setenv(name, url)
        checked = segments("check", "--project", str(tmp_path / "new"), "--json")
        assert json.loads(checked.stdout)["problems"] == []
        assert yaml.safe_load(text)["first_period"] == "2024-W01-1"
        monkeypatch.setenv("OF_THE_CRM", url)
        again = segments("init", "${OF_THE_CRM}", "--output", str(tmp_path / "other"))
        assert again.exit_code == 0, again.output
        assert "${OF_THE_CRM}" in (tmp_path / "other" / "project.yaml").read_text(encoding="utf-8")
        assert len(corrections(company, tmp_path)) <= MOST_CORRECTIONS


@pytest.mark.slow
@pytest.mark.real_data
def test_drafts_of_real_companies_need_few_corrections(tmp_path: Path) -> None:
    companies = of_files(tmp_path, with_drops=False)
    del companies["Demo company"]
    if not companies:
        pytest.skip("the data are not on this machine")
    needed = {name: corrections(one, tmp_path) for name, one in companies.items()}
    assert {name: lines for name, lines in needed.items() if len(lines) > MOST_CORRECTIONS} == {}
