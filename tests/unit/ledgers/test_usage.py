"""The ledger of usage: uses and quantities by service, each unit apart."""

from decimal import Decimal

from pipeline.ledgers.usage import UNITS, usage
from tests.unit.ledgers.lines import Company, at, events


def test_quantities_of_a_service_are_summed_unit_by_unit(engine):
    used = [("mobile", 10, "minutes", 1), ("mobile", "2.5", "minutes", 2), ("mobile", 3, "gigabytes", 3),
            ("extras", 1, "add_ons", 4)]  # fmt: skip
    rows = events(
        "product_usage",
        *({"used_at": f"2024-01-0{day} 10:00", "service": service, "usage_quantity": Decimal(much),
           "usage_unit": unit} for service, much, unit, day in used),
    )  # fmt: skip
    table = usage.of({"product_usage": engine.from_arrow(rows)}, Company())
    assert list(table.columns) == usage.table.columns
    found = {row["service"]: row for row in engine.to_arrow(table).to_pylist()}
    mobile = {unit: found["mobile"][f"{unit}_quantity"] for unit in UNITS}
    assert {unit: much for unit, much in mobile.items() if much} == {
        "minutes": Decimal("12.5"),
        "gigabytes": 3,
    }
    assert (found["mobile"]["uses_count"], found["mobile"]["last_use_at"]) == (3, at("2024-01-03 10:00"))
    assert (found["extras"]["uses_count"], found["extras"]["add_ons_quantity"]) == (1, 1)
