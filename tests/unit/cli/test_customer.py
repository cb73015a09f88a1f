"""What ``segments show customer`` tells of one customer id, read from the lake's own files."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.cli import terminal
from pipeline.cli.customer import MASK, identity_record, show_customer
from pipeline.engine import Engine, Lake
from pipeline.engine.writing import write_partitions
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES
from pipeline.tables.model import Table
from tests.unit.ledgers.lines import at, rows_of

JAN, FEB = "2024-01", "2024-02"
SEEN = {"first_seen_at": at("2024-01-05 10:00"), "last_active_at": at("2024-01-06 10:00")}


def write(lake: Lake, contract: Table, period: str, *rows: dict[str, Any]) -> None:
    table = rows_of(contract, [{"period": period, **row} for row in rows]).combine_chunks()
    inner = pa.schema([one for one in contract.schema if one.name != "period"])
    write_partitions(table.to_batches(), inner, {period: lake.file(contract.path, period)})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Customer c_1 took over c_2 in February; c_3 has an account that was compared with c_1's."""
    lake = Lake(tmp_path)
    link = {"customer_id": "c_1", "link_kind": "model", "match_weight": 9.5, **SEEN}
    write(
        lake, zones.ACCOUNT_LINKS, FEB,
        {"account_id": "a_1", "linked_account_id": "a_2", **link},
        {"account_id": "a_2", "linked_account_id": "a_1", **link},
        {"account_id": "a_3", "customer_id": "c_3", "link_kind": "own_account", **SEEN},
    )  # fmt: skip
    write(
        lake, zones.ACCOUNT_PAIRS, FEB,
        {"left_account_id": "a_1", "right_account_id": "a_2", "link_rule": "model", "match_weight": 9.5,
         "match_probability": 0.998, "match_evidence": '{"email": {"level": "equal", "weight": 8.0}}'},
        {"left_account_id": "a_1", "right_account_id": "a_3", "link_rule": "model", "match_weight": 1.0,
         "match_probability": 0.667, "match_evidence": "{}"},
    )  # fmt: skip
    write(
        lake, zones.CUSTOMER_REGISTER, FEB,
        {"customer_id": "c_1", "customer_status": "live", "founding_account_id": "a_1", "born_period": JAN},
        {"customer_id": "c_2", "customer_status": "merged", "founding_account_id": "a_2", "born_period": JAN,
         "retired_period": FEB, "merged_into_customer_id": "c_1"},
        {"customer_id": "c_3", "customer_status": "live", "founding_account_id": "a_3", "born_period": JAN},
    )  # fmt: skip
    made = {"customer_event": "created", "event_cause": "accounts", "accounts_moved_count": 1}
    write(
        lake, zones.CUSTOMER_EVENTS, JAN,
        *({"customer_id": one, "related_customer_id": one, **made} for one in ("c_1", "c_2", "c_3")),
    )  # fmt: skip
    write(
        lake, zones.CUSTOMER_EVENTS, FEB,
        {"customer_id": "c_2", "customer_event": "merged", "related_customer_id": "c_1",
         "event_cause": "model", "accounts_moved_count": 1},
    )  # fmt: skip
    write(
        lake, PROFILES.clean, FEB,
        {"source": "crm", "account_id": "a_1", "city": "Oslo"},
        {"source": "shop", "account_id": "a_2"},
    )  # fmt: skip
    write(
        lake, zones.SURVIVING_VALUES, FEB,
        {"customer_id": "c_1", "attribute": "city", "account_id": "a_1", "source": "crm",
         "survival_rule": "only_value"},
        {"customer_id": "c_1", "attribute": "email", "account_id": "a_2", "source": "shop",
         "survival_rule": "most_recent"},
    )  # fmt: skip
    write(
        lake, zones.CUSTOMERS, FEB,
        {"customer_id": "c_1", "accounts_count": 2, "is_first_seen_censored": True, "is_in_population": True,
         "city": "Oslo", **SEEN},
    )  # fmt: skip
    write(lake, zones.CUSTOMER_IDENTITIES, FEB, {"customer_id": "c_1", "email": "kari@mail.no"})
    return lake


def test_accounts_come_with_their_sources_links_weights_and_evidence(lake: Lake, engine: Engine):
    found = identity_record(lake, engine, "c_1", reveal=False)
    assert (found["status"], found["born_period"], found["as_of"]) == ("live", JAN, FEB)
    first, second = found["accounts"]
    assert (first["account_id"], first["source"], first["link_kind"]) == ("a_1", "crm", "model")
    assert (second["source"], second["linked_account_id"], second["match_weight"]) == ("shop", "a_1", 9.5)
    assert second["evidence"] == {
        "rule": "model",
        "attributes": {"email": {"level": "equal", "weight": 8.0}},
    }
    # also the pair too weak to link
    assert [one["right_account_id"] for one in found["pairs"]] == ["a_2", "a_3"]


def test_surviving_values_say_where_they_come_from_and_identifiers_are_masked(lake: Lake, engine: Engine):
    found = identity_record(lake, engine, "c_1", reveal=False)
    assert found["values"] == [
        {"attribute": "city", "value": "Oslo", "account_id": "a_1", "source": "crm",
         "survival_rule": "only_value"},
        {"attribute": "email", "value": MASK, "account_id": "a_2", "source": "shop",
         "survival_rule": "most_recent"},
    ]  # fmt: skip
    assert "kari@mail.no" not in str(found)
    revealed = identity_record(lake, engine, "c_1", reveal=True)
    assert revealed["values"][1]["value"] == "kari@mail.no"


def test_events_are_those_of_the_id_and_those_that_concern_it(lake: Lake, engine: Engine):
    events = identity_record(lake, engine, "c_1", reveal=False)["events"]
    assert [(one["period"], one["customer_id"], one["customer_event"]) for one in events] == [
        (JAN, "c_1", "created"),
        (FEB, "c_2", "merged"),
    ]


def test_an_id_that_was_merged_says_into_whom(lake: Lake, engine: Engine):
    found = identity_record(lake, engine, "c_2", reveal=False)
    assert (found["status"], found["merged_into_customer_id"], found["accounts"]) == ("merged", "c_1", [])
    with terminal.out.capture() as printed:
        show_customer(found | {"segments": [], "explanations": [], "crosswalk": []}, False, "en")
    assert "merged into c_1" in printed.get()


def test_of_an_unknown_id_nothing_is_known(lake: Lake, engine: Engine):
    found = identity_record(lake, engine, "c_9", reveal=False)
    assert (found["accounts"], found["born_period"], found["events"]) == ([], None, [])


def test_a_lake_of_before_the_register_still_answers(tmp_path: Path, engine: Engine):
    assert identity_record(Lake(tmp_path), engine, "c_1", reveal=True)["accounts"] == []
