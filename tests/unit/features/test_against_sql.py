"""Features beside the oracle: the same counted by plain SQL from clean rows (tests/benchmarks/oracle).

Rows of every entity are drawn from the contracts; the oracle runs on real companies as a benchmark.
"""

import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipeline.features import FEATURES
from pipeline.settings import Project
from pipeline.tables.entities import ENTITIES
from tests.benchmarks.oracle import scores_of
from tests.conftest import shop_settings
from tests.unit.features.whole_company import (
    AS_OF,
    CATALOGUE,
    DAYS,
    FIRST,
    PERIOD,
    PERIODS,
    features,
    links_of,
)
from tests.unit.ledgers.every_event import random_events, scores, tables
from tests.unit.ledgers.lines import UTC_MONTHS

ORACLE = Path(__file__).parents[2] / "benchmarks" / "oracle"
START = UTC_MONTHS.starts_at(UTC_MONTHS.back(PERIOD, 12)[0])
EVENTS = random_events(8, UTC_MONTHS, FIRST, DAYS, each=150)


@pytest.fixture(scope="module")
def found(request, tmp_path_factory) -> dict[str, dict[str, Any]]:
    engine = request.getfixturevalue("duckdb")
    known = shop_settings(first_period=PERIODS[0], last_period=PERIODS[-1], retention_days=3650)
    return features(engine, Project(**known, folder=tmp_path_factory.mktemp("shop")), EVENTS)


@pytest.fixture(scope="module")
def oracle(found) -> duckdb.DuckDBPyConnection:
    """The views and parameters that a file of the oracle sees."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    links = links_of(EVENTS)
    views = tables(EVENTS) | {"products": CATALOGUE, "links": links.select(["account_id", "customer_id"])}
    columns = [
        {"entity": name, "source": "somewhere", "said": one}
        for name, it in ENTITIES.items()
        for one in it.clean.columns
    ]
    views["scores"] = scores_of(scores(EVENTS))
    views["tells"] = pa.Table.from_pylist(columns)
    views["known"] = links.select(["customer_id", "first_seen_at"])
    for name, rows in views.items():
        con.register(name, rows)
    con.execute(
        "CREATE TABLE population AS SELECT customer_id, greatest(1.0, date_diff('second', "
        "greatest(first_seen_at, $start), $as_of) / 86400.0) AS exposure_days FROM known",
        {"start": START, "as_of": AS_OF},
    )
    return con


@pytest.mark.parametrize("file", sorted(one.stem for one in ORACLE.glob("*.sql")))
def test_every_feature_of_the_oracle_agrees(found, oracle, file):
    sql = (ORACLE / f"{file}.sql").read_text(encoding="utf-8")
    given = {"first": UTC_MONTHS.starts_at(PERIODS[0]), "start": START, "as_of": AS_OF, "zone": "UTC"}
    used = {name: value for name, value in given.items() if f"${name}" in sql}
    rows = oracle.execute(sql, used).to_arrow_table().to_pylist()
    assert {row["customer_id"] for row in rows} == found.keys()
    for name in rows[0].keys() - {"customer_id"}:
        expected = {row["customer_id"]: row[name] for row in rows}
        got = {customer: found[customer][name] for customer in expected}
        if isinstance(next((one for one in expected.values() if one is not None), None), str):
            assert got == expected, name
            continue
        assert [one for one in expected if (expected[one] is None) != (got[one] is None)] == [], name
        known = {one: float(value) for one, value in expected.items() if value is not None}
        assert {one: float(got[one]) for one in known} == pytest.approx(known, abs=1.01e-6, rel=1e-9), name


#: What no event tells: survivorship of profiles, and the count of what is known.
OF_PROFILES = {"demographic", "geographic"}
OF_FEATURES = {"feature_evidence_share", "observed_periods_count", "is_tenure_censored"}


def test_every_feature_of_events_is_counted_by_the_oracle():
    said = "\n".join(one.read_text(encoding="utf-8") for one in ORACLE.glob("*.sql"))
    counted = set(re.findall(r"\w+", said))
    left = {name for name, one in FEATURES.items() if one.family.name not in OF_PROFILES} - counted
    assert left == OF_FEATURES
