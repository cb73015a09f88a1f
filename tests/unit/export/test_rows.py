"""What an export holds: rows of the publication under the company's own numbers, and of whom."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import Engine
from pipeline.export import Asked, Known, Reach, customers_who_consent, exported, purposes_of, reach, reached
from pipeline.tables.entities import CONSENTS
from pipeline.tables.model import Table
from pipeline.tables.zones import ASSIGNMENTS, CROSSWALK, CUSTOMER_IDENTITIES, MOVES
from tests.unit.ledgers.lines import at, rows_of

JAN, FEB = "2024-01", "2024-02"
NOW = at("2024-03-01 12:00")
LABELS = {"rfm:champions": "Champions", "rfm:lost": "Lost", "insufficient_data": "Insufficient data"}
#: Account, customer in January, customer in February (none: gone), space, number.
ACCOUNTS = [
    ("a_1", "c_1", "c_1", "crm", "100"),
    ("a_2", "c_1", "c_1", "crm", "101"),
    ("a_3", "c_1", "c_1", "shop", "100"),
    ("a_4", "c_2", "c_1", "crm", "102"),
    ("a_5", "c_3", "c_3", "shop", "7"),
    ("a_6", "c_4", None, "crm", "103"),
    ("a_7", "c_5", "c_5", "crm", "104"),
]
SEGMENTS = [("c_1", "champions"), ("c_2", "lost"), ("c_3", "champions"), ("c_4", "champions"), ("c_5", None)]


def table(engine: Engine, contract: Table, *rows: dict[str, Any]) -> Any:
    return engine.from_arrow(rows_of(contract, list(rows)))


@pytest.fixture
def assignments(engine: Engine) -> Any:
    return table(
        engine, ASSIGNMENTS,
        *({"period": JAN, "customer_id": customer, "scheme": scheme, "evidence_share": 1.0,
           "segment_id": f"{scheme}:{name}" if name else None, "confidence": 0.75 if name else None,
           "status": "assigned" if name else "insufficient_data"}
          for customer, name in SEGMENTS for scheme in ("rfm", "other")),
        {"period": FEB, "customer_id": "c_1", "scheme": "rfm", "segment_id": "rfm:lost", "status": "assigned",
         "evidence_share": 1.0},
    )  # fmt: skip


@pytest.fixture
def known(engine: Engine) -> Known:
    def crosswalk(period: str, place: int) -> Any:
        return table(
            engine, CROSSWALK,
            *({"period": period, "account_id": one[0], "customer_id": one[place], "account_space": one[3],
               "source_account_id": one[4]} for one in ACCOUNTS if one[place]),
        )  # fmt: skip

    labels = engine.from_arrow(pa.table({"state": list(LABELS), "label": list(LABELS.values())}))
    return Known(crosswalk(JAN, 1), crosswalk(FEB, 2), labels)


ASKED = Asked("assignments", JAN, "crm", scheme="rfm", segment_id="rfm:champions")


def rows(asked: Asked, published: Any, known: Known) -> list[dict[str, Any]]:
    found = exported(asked, published, known).to_pyarrow().to_pylist()
    return sorted(found, key=lambda one: (one["source_account_id"], one["scheme"]))


def test_each_account_in_the_space_is_a_row_and_none_of_another_space(assignments: Any, known: Known) -> None:
    assert rows(ASKED, assignments, known) == [
        {"period": JAN, "account_space": "crm", "source_account_id": number, "scheme": "rfm",
         "segment_id": "rfm:champions", "segment_label": "Champions", "status": "assigned",
         "confidence": 0.75}
        for number in ("100", "101")
    ]  # fmt: skip


def test_our_own_ids_are_in_no_export(assignments: Any, known: Known) -> None:
    everything = str(rows(replace(ASKED, scheme=None, segment_id=None), assignments, known))
    assert "c_" not in everything.replace("source_", "").replace("insufficient_", "")
    assert "a_" not in everything.replace("data", "")


def test_a_scheme_gives_all_its_assignments_also_those_without_a_segment(
    assignments: Any, known: Known
) -> None:
    found = rows(replace(ASKED, segment_id=None), assignments, known)
    assert [(one["source_account_id"], one["segment_id"], one["status"]) for one in found] == [
        ("100", "rfm:champions", "assigned"),
        ("101", "rfm:champions", "assigned"),
        ("102", "rfm:lost", "assigned"),
        ("104", None, "insufficient_data"),
    ]
    assert found[-1]["segment_label"] is None


def test_a_customer_has_the_accounts_that_it_had_in_the_period(assignments: Any, known: Known) -> None:
    """In February c_2 was merged into c_1: its number still stands for what was published in January."""
    lost = rows(replace(ASKED, segment_id="rfm:lost"), assignments, known)
    assert [one["source_account_id"] for one in lost] == ["102"]


def test_who_is_left_out_is_counted_with_the_reason(assignments: Any, known: Known, engine: Engine) -> None:
    every = replace(ASKED, segment_id=None)
    assert reached(engine, reach(every, assignments, known)) == Reach(5, 1, 1, 0)
    willing = replace(
        known, consenting=known.current.filter(known.current.customer_id == "c_5").select("customer_id")
    )
    found = reached(engine, reach(every, assignments, willing))
    assert (found, found.exported) == (Reach(5, 1, 1, 2), 1)
    assert [one["source_account_id"] for one in rows(every, assignments, willing)] == ["104"]


def test_an_empty_export_reaches_nobody(assignments: Any, known: Known, engine: Engine) -> None:
    nobody = replace(ASKED, segment_id="rfm:nobody")
    assert rows(nobody, assignments, known) == []
    assert reached(engine, reach(nobody, assignments, known)) == Reach(0, 0, 0, 0)


def test_moves_are_those_into_and_out_of_a_segment_by_cause(engine: Engine, known: Known) -> None:
    states = [
        ("c_1", "insufficient_data", "rfm:champions", "model"),
        ("c_2", "rfm:champions", "rfm:lost", "behaviour"),
        ("c_5", "rfm:lost", "insufficient_data", "behaviour"),
    ]
    moved = table(
        engine, MOVES,
        *({"period": JAN, "customer_id": customer, "scheme": "rfm", "from_state": before, "to_state": after,
           "identity_state": before, "behaviour_state": after, "cause": cause}
          for customer, before, after, cause in states),
    )  # fmt: skip
    asked = replace(ASKED, exported="moves")
    columns = ("source_account_id", "from_label", "to_label", "cause")
    assert [tuple(one[name] for name in columns) for one in rows(asked, moved, known)] == [
        ("100", "Insufficient data", "Champions", "model"),
        ("101", "Insufficient data", "Champions", "model"),
        ("102", "Champions", "Lost", "behaviour"),
    ]
    by_behaviour = replace(asked, segment_id=None, cause="behaviour")
    assert [one["source_account_id"] for one in rows(by_behaviour, moved, known)] == ["102", "104"]


def test_identifiers_are_those_of_the_customer_of_today(
    assignments: Any, known: Known, engine: Engine
) -> None:
    identities = table(
        engine,
        CUSTOMER_IDENTITIES,
        {"period": FEB, "customer_id": "c_1", "email": "kari@mail.no", "phone": "+47"},
    )
    asked = replace(ASKED, segment_id="rfm:lost", identifiers=("email",))
    [row] = rows(asked, assignments, replace(known, identities=identities))
    assert list(row) == asked.schema.names
    assert (row["source_account_id"], row["email"]) == ("102", "kari@mail.no")
    assert "phone" not in row


# --- consent --------------------------------------------------------------------------


def consenting(engine: Engine, known: Known, *decisions: tuple[str, str, str, bool]) -> list[str]:
    """Who consents to mail at ``NOW``: account, time, purpose, and whether it is a yes."""
    told = table(
        engine, CONSENTS.clean,
        *({"period": JAN, "source": "crm", "line_key": f"{number}", "account_id": account,
           "decided_at": at(when), "purpose": purpose, "is_granted": is_granted}
          for number, (account, when, purpose, is_granted) in enumerate(decisions)),
    )  # fmt: skip
    found = customers_who_consent(told, known.current, "mail", NOW).to_pyarrow()
    return sorted(found.column("customer_id").to_pylist())


EARLY, LATE, FUTURE = "2024-01-05 10:00", "2024-02-05 10:00", "2024-03-02 10:00"


@pytest.mark.parametrize(
    ("decisions", "who"),
    [
        ([], []),
        ([("a_1", EARLY, "mail", True)], ["c_1"]),
        ([("a_1", EARLY, "mail", False)], []),
        ([("a_1", EARLY, "phone", True)], []),
        ([("a_1", EARLY, "mail", True), ("a_1", LATE, "mail", False)], []),
        ([("a_1", LATE, "mail", True), ("a_1", EARLY, "mail", False)], ["c_1"]),
        ([("a_1", EARLY, "mail", True), ("a_3", LATE, "mail", False)], []),
        ([("a_1", EARLY, "mail", True), ("a_4", LATE, "mail", False)], []),
        ([("a_1", LATE, "mail", True), ("a_2", LATE, "mail", False)], []),
        ([("a_1", FUTURE, "mail", True)], []),
        ([("a_1", EARLY, "mail", False), ("a_1", FUTURE, "mail", True)], []),
        ([("a_6", EARLY, "mail", True)], []),
        ([("a_5", EARLY, "mail", True), ("a_7", EARLY, "mail", True)], ["c_3", "c_5"]),
    ],
    ids=[
        "who never decided", "yes", "no", "another purpose", "withdrawn", "granted again",
        "withdrawn by another account", "by an account that was merged since", "both at one moment",
        "a yes of tomorrow", "a no, and a yes of tomorrow", "an account that is gone", "several",
    ],
)  # fmt: skip
def test_the_latest_decision_of_the_customer_counts(
    engine: Engine, known: Known, decisions: Any, who: list[str]
) -> None:
    assert consenting(engine, known, *decisions) == who


def test_purposes_are_those_that_anybody_decided_on(engine: Engine) -> None:
    told = table(
        engine, CONSENTS.clean,
        *({"period": JAN, "source": "crm", "line_key": one, "account_id": "a", "decided_at": NOW,
           "purpose": one, "is_granted": False} for one in ("phone", "mail")),
    )  # fmt: skip
    assert purposes_of(told) == ["mail", "phone"]
