"""Channels: orders by kind, their spread and shift; contacts, answers and cost by kind."""

from decimal import Decimal
from math import exp, log
from typing import Any

import pytest

from pipeline.features import FEATURES
from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import at, contacts, line, order_lines

#: On Spark each of these takes most of a minute: what is whole runs there in ``test_customer_features``.
pytestmark = pytest.mark.duckdb_suffices

#: Month and channel of each order of one customer.
ORDERS = [
    *(("2023-10", one) for one in ("store", "store", "store", None)),
    *(("2024-01", one) for one in ("web", "web", "store", "tmall")),
]
SENT = contacts(
    ("a_1", "tea", "2024-01-30 08:00", {"channel": "email", "responded_at": at("2024-02-02 08:00"),
                                        "cost_amount": Decimal("0.10")}),
    ("a_1", "tea", "2024-02-02 08:00", {"channel": "email", "responded_at": at("2024-03-01 00:00"),
                                        "cost_amount": Decimal("0.10")}),
    ("a_1", "tea", "2024-02-03 08:00", {"channel": "sms"}),
    ("a_1", "tea", "2024-02-03 08:00", {"channel": "letter", "responded_at": at("2024-02-04 08:00"),
                                        "cost_amount": Decimal(2)}),
    ("a_1", "tea", "2024-02-04 08:00"),
)  # fmt: skip


@pytest.fixture
def project(write_project):
    sources: dict[str, Any] = shop_settings()["sources"]
    sources["till"]["columns"]["channel"] = "channel"
    mail = {"source_account_id": "c", "campaign_id": "k", "sent_at": "at", "channel": "h",
            "responded_at": "r", "cost_amount": "x"}  # fmt: skip
    connector = {"kind": "file", "format": "csv", "path": "mail.csv"}
    sources["mail"] = {"entity": "campaign_contacts", "connector": connector, "columns": mail}
    return write_project(sources=sources, first_period="2023-09", retention_days=3650)


@pytest.fixture
def row(engine, project):
    lines = [line(f"{month}-0{day} 10:00", channel=channel) for day, (month, channel) in enumerate(ORDERS, 1)]
    return features(engine, project, "2024-02", lines=order_lines(*lines), contacts=SENT)["c_1"]


def test_orders_are_shared_out_over_kinds_of_channel(row):
    kinds = ("store", "web", "app", "phone", "partner")
    assert [row[f"{kind}_orders_share_12p"] for kind in kinds] == pytest.approx(
        [4 / 7, 2 / 7, 0, 0, 1 / 7], abs=1e-6
    )
    assert row["channel_orders_count_12p"] == 7  # of eight, one does not tell its channel
    assert (row["top_channel_12p"], row["top_channel_share_12p"]) == ("store", pytest.approx(4 / 7, abs=1e-6))
    entropy = -sum(p * log(p) for p in (4 / 7, 2 / 7, 1 / 7))
    assert row["effective_channels_12p"] == pytest.approx(exp(entropy), abs=1e-6)


def test_a_shift_is_what_changed_channel_between_two_spans_of_three_periods(row):
    # all three by store before; of four now, one by store
    assert row["channel_shift_index_6p"] == pytest.approx(3 / 4)
    assert row["channel_orders_count_6p"] == 7


@pytest.mark.duckdb_suffices
def test_of_fewer_than_three_orders_in_a_span_no_shift_is_told(engine, project):
    lines = [
        line(f"{month}-0{day} 10:00", channel="web")
        for month, days in (("2023-10", 2), ("2024-01", 5))
        for day in range(1, days + 1)
    ]
    assert (
        features(engine, project, "2024-02", lines=order_lines(*lines))["c_1"]["channel_shift_index_6p"]
        is None
    )


def test_contacts_answers_and_cost_are_told_by_kind(row):
    kinds = ("email", "message", "phone", "post")
    assert [row[f"{kind}_contacts_count_12p"] for kind in kinds] == [2, 1, 0, 1]
    # the second e-mail was answered after the end of the period
    assert [row[f"{kind}_response_share_12p"] for kind in kinds] == [0.5, 0, None, 1]
    assert row["answering_channel_12p"] == "email"  # as often as post: alphabetical
    assert (row["contact_cost_amount_12p"], row["priced_contacts_count_12p"]) == (pytest.approx(2.2), 3)


def test_channels_that_no_source_tells_are_not_given(write_project):
    ours = {one.name for one in FEATURES.values() if one.family.name == "channels"}
    assert not ours & write_project().givable
