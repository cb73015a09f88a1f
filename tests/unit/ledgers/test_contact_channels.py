"""The ledger of contacts by channel: contacts, answers in time, cost."""

from decimal import Decimal

import pytest

from pipeline.ledgers.contact_channels import contact_channels
from tests.unit.ledgers.lines import Company, at, contacts


class Telling(Company):
    """A company whose source tells of answers."""

    def sources_telling(self, entity, columns):
        return ["mail"]


@pytest.mark.parametrize(("company", "answerable"), [(Telling(), 2), (Company(), 0)])
def test_contacts_are_counted_by_kind_of_channel(engine, company, answerable):
    sent = contacts(
        ("a_1", "tea", "2024-01-02 08:00", {"channel": "E-Mail", "responded_at": at("2024-01-31 23:59"),
                                            "cost_amount": Decimal("0.12")}),
        ("a_1", "tea", "2024-01-20 08:00", {"channel": "newsletter", "responded_at": at("2024-02-01 00:00")}),
        ("a_1", "tea", "2024-01-21 08:00", {"channel": "letter", "redeemed_at": at("2024-03-01 00:00"),
                                            "cost_amount": Decimal(2)}),
        ("a_1", "tea", "2024-01-22 08:00"),
    )  # fmt: skip
    table = contact_channels.of({"campaign_contacts": engine.from_arrow(sent)}, company)
    assert list(table.columns) == contact_channels.table.columns
    found = {row["channel_kind"]: row for row in engine.to_arrow(table).to_pylist()}
    assert found.keys() == {"email", "post"}
    names = ("contacts_count", "answerable_count", "answered_count", "answered_by_next_count", "cost_amount",
             "priced_contacts_count")  # fmt: skip
    assert [found["email"][name] for name in names] == [2, answerable, 1, 2, Decimal("0.12"), 1]
    assert [found["post"][name] for name in names] == [1, answerable // 2, 0, 0, 2, 1]
