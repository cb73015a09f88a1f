"""L2, L7 and L10 on features: what a customer's features may depend on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import yaml

from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.collect.test_collecting_keys import FIRST, Row, Till, keyed_settings
from tests.unit.features.chain import computed, feature_inputs, features
from tests.unit.ledgers.lines import UTC_MONTHS, order_lines, products, random_lines

CATEGORIES = {f"p{number:02}": ("tea", "coffee", "cocoa")[number % 3] for number in range(15)}
PERIODS = ["2024-01", "2024-02", "2024-03"]
AS_OF = UTC_MONTHS.as_of("2024-02")


@pytest.fixture(scope="module")
def lines():
    return random_lines(4, UTC_MONTHS, date(2024, 1, 1), days=60, accounts=8, orders=60)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """One project for all examples of a property."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "project.yaml").write_text(yaml.safe_dump(shop_settings()), encoding="utf-8")
    return load_project(folder)


@pytest.fixture(scope="module")
def alone(engine, shop, lines):
    """Features as of the end of February from ``lines`` and nothing else."""
    catalogue = products(PERIODS, CATEGORIES)
    return features(engine, shop, "2024-02", lines=order_lines(*lines), catalogue=catalogue)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_l2_rows_at_or_after_as_of_change_no_feature(engine, shop, lines, alone, seed):
    future = random_lines(seed, UTC_MONTHS, date(2024, 3, 1), days=30, accounts=12, orders=20)
    future[0] |= {"ordered_at": AS_OF, "ordered_date": AS_OF.date(), "ordered_hour": 0, "period": "2024-03"}
    catalogue = products(PERIODS, CATEGORIES)
    with_future = features(engine, shop, "2024-02", lines=order_lines(*lines, *future), catalogue=catalogue)
    assert with_future == alone
    assert alone


def test_l2_the_last_instant_before_as_of_counts(engine, shop, lines):
    last = AS_OF - timedelta(microseconds=1)
    moved = {"ordered_at": last, "ordered_date": last.date(), "ordered_hour": 23, "period": "2024-02"}
    late = [*lines, {**lines[0], "order_id": "late", "is_return": False, **moved}]
    row = features(engine, shop, "2024-02", lines=order_lines(*late))[f"c_{lines[0]['account_id'][2:]}"]
    assert 0 <= row["recency_days"] < 0.0001


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_l7_rows_of_others_change_nobody_elses_features(engine, shop, lines, alone, seed):
    strangers = random_lines(seed, UTC_MONTHS, date(2024, 1, 1), days=60, accounts=5, orders=25)
    strangers = [
        {**one, "account_id": one["account_id"] + "_stranger", "order_id": "s" + one["order_id"]}
        for one in strangers
    ]
    catalogue = products(PERIODS, CATEGORIES)
    among = features(engine, shop, "2024-02", lines=order_lines(*strangers, *lines), catalogue=catalogue)
    assert {customer: row for customer, row in among.items() if not customer.endswith("_stranger")} == alone


def test_l10_features_read_no_more_than_twelve_periods_of_ledgers(engine, write_project):
    project = write_project(first_period="2023-01", last_period="2024-03")
    lines = random_lines(6, UTC_MONTHS, date(2023, 1, 1), days=450, accounts=8, orders=120)
    inputs = feature_inputs(engine, project, "2024-03", lines=order_lines(*lines))
    window = UTC_MONTHS.back("2024-03", 12)
    recent = {name: one.filter(one.period.isin(window)) for name, one in inputs.ledgers.items()}
    assert {"orders", "order_keys"} <= set(recent)
    assert inputs.ledgers["orders"].count().execute() > recent["orders"].count().execute() > 0
    whole = computed(engine, inputs, "2024-03", project)
    assert computed(engine, replace(inputs, ledgers=recent), "2024-03", project) == whole


def test_l2_what_was_collected_is_never_changed_by_what_comes_later(engine, write_project):
    """Corrections and deletions are further rows: an earlier publication can be told from the raw zone."""
    till = Till(engine, write_project(sources=keyed_settings(deletions="missing")))
    till.gives(Row("A"), Row("B"), Row("C", at="2024-02-05"))
    then = till.raw.to_pylist()
    till.at += timedelta(days=1)
    till.gives(Row("A", price="2.00"), Row("C", at="2024-03-05"), Row("D"))
    known_then = [one for one in till.raw.to_pylist() if one["_collected_at"] <= FIRST]
    assert sorted(map(str, known_then)) == sorted(map(str, then))
    assert till.live() == [("2024-01", "A", "2.00"), ("2024-01", "D", "1.00"), ("2024-03", "C", "1.00")]
