"""A ledger is declared once: what its measures mean and their units; what features may read of it."""

from typing import Any

import pyarrow as pa
import pytest

from pipeline.ledgers import LEDGERS, Ledger, event_ledgers_of, ledgers_of
from pipeline.ledgers.declaration import Measure, amount, count, earliest, latest, total
from pipeline.tables.entities import ENTITIES
from pipeline.tables.model import DAY, TIMESTAMP

VISITS = count("Visits.", "visits")


def ledger(**changes: Any) -> Ledger:
    """A ledger of visits, with changes."""
    given: dict[str, Any] = {
        "name": "web",
        "row": "one account in one period: its visits",
        "entities": ("web_visits",),
        "measures": {"visits_count": VISITS},
    }
    return Ledger(**given | changes)


def test_contract_and_reading_follow_from_the_declaration() -> None:
    web = ledger()
    assert web.table.path == "activity/web"
    assert web.table.columns == ["period", "account_id", "visits_count"]
    assert web.visits_count.entities == ("web_visits",)
    assert web.visits_count.over(3, before=3).periods == 3


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (count("Visits.", ""), "visits_count needs a unit"),
        (total("pages", "Pages.", ""), "visits_count needs a unit"),
        (amount("amount", ""), "visits_count needs a meaning"),
        (count("", "visits"), "visits_count needs a meaning"),
    ],
)
def test_a_measure_without_a_unit_or_a_meaning_is_refused(measure: Measure, said: str) -> None:
    with pytest.raises(ValueError, match=f"ledger web: measure {said}"):
        ledger(measures={"visits_count": measure})


@pytest.mark.parametrize("name", ["events", "table", "of"])
def test_a_measure_does_not_hide_behind_a_word_of_every_ledger(name: str) -> None:
    with pytest.raises(ValueError, match=f"a ledger has a {name} of its own"):
        ledger(measures={name: VISITS})


def test_a_day_and_a_time_need_no_unit() -> None:
    days = {
        "first_date": earliest("at", "First day.", DAY, null="no visit"),
        "last_visit_at": latest("at", "Last visit.", TIMESTAMP, null="no visit"),
    }
    assert list(ledger(measures=days).measures) == list(days)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entities": ("invoices",)}, "unknown entities.*invoices.*web_visits"),
        ({"also": ("invoices",), "rows": lambda cleaned, company: cleaned["x"]}, "invoices"),
        ({"entities": ("web_visits", "orders")}, "say in rows="),
        ({"also": ("orders",)}, "say in rows="),
    ],
)
def test_what_a_ledger_is_made_of_must_be_known(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"ledger web.*{said}"):
        ledger(**changes)


def test_only_what_is_measured_can_be_read_within_the_window() -> None:
    with pytest.raises(AttributeError, match="no measure 'pages_count'; it has visits_count"):
        _ = ledger().pages_count
    with pytest.raises(ValueError, match="a window has 12 periods, not 13"):
        ledger().visits_count.over(12, before=1)
    with pytest.raises(ValueError, match="no keys of kind 'store'"):
        ledger().visits_count.of("store", "total")


@pytest.mark.parametrize("name", LEDGERS)
def test_every_measure_says_what_it_means_and_in_which_unit(name: str) -> None:
    for measure in LEDGERS[name].measures.values():
        assert measure.meaning.endswith(".")
        is_moment = pa.types.is_date(measure.type) or pa.types.is_timestamp(measure.type)
        assert measure.unit or is_moment
        assert measure.null or measure.adds == "sum", "the earliest and latest of nothing are unknown"


def test_every_entity_of_events_is_read_by_one_ledger_that_says_when_an_account_was_active() -> None:
    events = {name for name, one in ENTITIES.items() if one.event_time and one.has_account}
    read = [entity for one in LEDGERS.values() if one.events for entity in one.entities]
    assert sorted(read) == sorted(events)


def test_a_ledger_of_texts_is_filled_where_one_of_its_entities_tells_them() -> None:
    texts = LEDGERS["texts"]
    entities = {"orders", "support_contacts", "interviews"}
    assert "texts" not in ledgers_of(entities)
    assert "texts" in ledgers_of(entities, with_texts=["interviews"])
    assert texts.reads(entities, ["interviews"]) == ["interviews"]
    assert texts.texts_count.entities == ()
    assert (texts.zone, LEDGERS["support"].zone) == ("texts", "clean")


def test_a_project_fills_the_ledgers_of_its_entities() -> None:
    assert set(ledgers_of({"orders", "profiles"})) == {"orders", "order_keys", "product_discounts"}
    assert event_ledgers_of({"orders", "consents"}) == ["events", "orders"]
    assert LEDGERS["order_keys"].reads({"orders"}) == ["orders"]
    assert LEDGERS["order_keys"].reads({"products"}) == []
    assert ledgers_of(set()) == []
