"""docs/expressions.md says what there is, and what its examples give."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

import pipeline
from pipeline.engine import Engine
from pipeline.expressions import FUNCTIONS, compiled, parse
from pipeline.expressions.dates import DIRECTIVES
from pipeline.expressions.tokens import DEEPEST, LONGEST, MOST_OPERATORS

PAGE = Path(pipeline.__file__).parents[1] / "docs" / "expressions.md"
TEXT = PAGE.read_text(encoding="utf-8")
BEGIN, END = "a test holds the two equal -->\n", "<!-- end -->"
ROW = {
    "quantity": pa.array(["3"]),
    "price": pa.array(["9.99"]),
    "customer": pa.array(["17850.0"]),
    "signed_on": pa.array(["05/11/2021"]),
    "months": pa.array([7]),
    "born": pa.array([date(1990, 6, 15)]),
    "email_consent": pa.array(["Y"]),
    "country": pa.array(["United Kingdom"]),
    "returned": pa.array([None], pa.string()),
    # of examples of functions
    "city": pa.array(["Paris"]),
    "list_price": pa.array([Decimal("12.5")]),
    "birth_date": pa.array([date(1990, 6, 15)]),
    "email_domain": pa.array(["example.org"]),
}
UNTYPED = ("quantity", "price", "customer", "signed_on", "email_consent", "country", "returned")


def table_of_functions() -> str:
    lines = ["| function | meaning | example |", "| --- | --- | --- |"]
    lines += [f"| `{one.signature}` | {one.meaning} | `{one.example}` |" for one in FUNCTIONS.values()]
    return "\n".join(lines) + "\n"


def examples() -> list[tuple[str, str]]:
    rows = re.findall(
        r"^\| [^|`]+ \| `((?:[^`])+)` \| ([^|]+) \|$", TEXT.partition("## Examples")[2], re.MULTILINE
    )
    return [(expression.replace("\\|", "|"), gives.strip()) for expression, gives in rows]


def computed(engine: Engine, text: str) -> Any:
    table = engine.from_arrow(pa.table(ROW))
    value = compiled(parse(text), {name: table[name] for name in ROW}, untyped=UNTYPED)
    return engine.to_arrow(table.select(value=value)).column("value").to_pylist()[0]


def test_the_table_of_functions_is_that_of_the_code() -> None:
    assert TEXT.partition(BEGIN)[2].partition(END)[0] == table_of_functions()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_of_a_function_is_computed(name: str, duckdb: Engine) -> None:
    example = FUNCTIONS[name].example
    assert f"{name}(" in example
    assert computed(duckdb, example) is not None


@pytest.mark.parametrize(("text", "gives"), examples())
def test_an_example_gives_what_the_page_says(text: str, gives: str, duckdb: Engine) -> None:
    value = computed(duckdb, text)

    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        assert Decimal(str(value)) == Decimal(gives)
    else:
        assert {None: "null", True: "true"}.get(value, str(value)) == gives


def test_there_are_as_many_examples_as_rows_of_the_table() -> None:
    assert len(examples()) == TEXT.partition("## Examples")[2].count("\n| ") - 2


def test_the_yaml_is_an_expression() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert parse(yaml.safe_load(block)["where"]).names == ("country", "quantity")


def test_limits_and_directives_are_those_of_the_code() -> None:
    assert f"{LONGEST:,}\ncharacters, {MOST_OPERATORS} operators, and {DEEPEST} parts" in TEXT
    assert " ".join(f"`{one}`" for one in DIRECTIVES) in TEXT.replace("\n", " ")
