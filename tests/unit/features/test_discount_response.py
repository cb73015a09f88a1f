"""Response to discounts: the slope that customers were drawn with, its evidence, and where it is not told."""

import random
from decimal import Decimal

import numpy as np
import pytest

from pipeline.features.discount_response import UNIT
from pipeline.models.traits import levels
from pipeline.models.traits.observed import Observed
from pipeline.settings import Project
from tests.conftest import shop_settings
from tests.unit.features.chain import features
from tests.unit.ledgers.lines import line, order_lines

pytestmark = pytest.mark.duckdb_suffices

RESPONSE, EVIDENCE = "discount_response_12p", "discount_response_evidence_12p"


@pytest.fixture
def project(write_project) -> Project:
    sources = shop_settings()["sources"]
    [till] = [one for one in sources.values() if one["entity"] == "orders"]
    till["columns"] = till["columns"] | {"discount_amount": "off"}
    return write_project(sources=sources, first_period="2023-11", retention_days=3650)


def bought(day: int, off: float, quantity: float, account: str = "a_1", product: str = "p"):
    before = 10 * quantity
    amounts = {
        "quantity": quantity,
        "net_amount": before * (1 - off),
        "discount_amount": before * off,
    }
    exact = {name: Decimal(str(round(value, 4))) for name, value in amounts.items()}
    return line(f"2024-02-{day:02} 10:00", account_id=account, product_id=product, **exact)


def test_the_slope_is_within_products_whatever_their_levels(engine, project):
    """Of what is always cheap many units are bought, of what is dear few: between them nothing is told."""
    lines = [
        bought(2, 0.0, 1.0), bought(3, 0.27, 1.0 / 0.73**0.5),
        bought(4, 0.5, 8.0, product="bulk"), bought(5, 0.5, 8.0, product="bulk"),
    ]  # fmt: skip
    row = features(engine, project, "2024-02", lines=order_lines(*lines))["c_1"]
    assert row[RESPONSE] == pytest.approx(0.5, abs=0.002)
    assert row[EVIDENCE] == int(np.log(0.73) ** 2 / 2 / UNIT) == 4


def test_without_changes_of_price_it_is_not_told(engine, project):
    lines = [
        bought(2, 0.0, 1.0), bought(3, 0.0, 5.0),  # one price
        bought(2, 0.0, 1.0, "a_2"), bought(3, 0.01, 2.0, "a_2"),  # hardly another one
        bought(2, 0.0, 1.0, "a_3"), bought(3, 0.4, 2.0, "a_3", "other"),  # each product at one
    ]  # fmt: skip
    found = features(engine, project, "2024-02", lines=order_lines(*lines))
    assert {row[RESPONSE] for row in found.values()} == {None}
    assert all(0 <= row[EVIDENCE] < 1 for row in found.values())


def test_lines_outside_the_window_do_not_count(engine, project):
    lines = [bought(2, 0.0, 1.0), bought(3, 0.3, 2.0)]
    later = line("2024-03-02 10:00", product_id="p", quantity=90, net_amount=100, discount_amount=800)
    one, two = (
        features(engine, project, "2024-02", lines=order_lines(*given)) for given in (lines, [*lines, later])
    )
    assert one["c_1"][RESPONSE] == two["c_1"][RESPONSE] is not None


def test_without_discounts_in_the_sources_it_cannot_be_given(write_project):
    assert not {RESPONSE, EVIDENCE} & write_project().givable


def test_shrinkage_finds_what_customers_were_drawn_with(engine, project):
    """Drawn with responses of their own; drawn towards what is usual they are nearer to them than as seen."""
    chance, truth, lines = random.Random(3), {}, []
    for customer in range(300):
        truth[f"c_{customer}"] = chance.gauss(0.5, 0.4)
        for day in range(1, 3 + customer % 24):
            off = chance.choice([0.0, 0.1, 0.2, 0.3])
            noise = chance.gauss(0.0, 0.2)
            quantity = 3 * np.exp(noise) * (1 - off) ** -truth[f"c_{customer}"]
            lines.append(bought(day, off, quantity, f"a_{customer}"))
    found = features(engine, project, "2024-02", lines=order_lines(*lines))
    names = [one for one, row in found.items() if row[RESPONSE] is not None]
    seen, evidence = (np.array([found[one][key] for one in names]) for key in (RESPONSE, EVIDENCE))
    true = np.array([truth[one] for one in names])
    fit = levels.fit(Observed(seen * evidence, evidence), 50)
    assert fit.parameters is not None, fit.gates
    assert fit.parameters["mean"] == pytest.approx(0.5, abs=0.15)
    believed = levels.posterior(fit.parameters, Observed(seen * evidence, evidence))
    assert ((believed.mean - true) ** 2).mean() < 0.7 * ((seen - true) ** 2).mean()
    assert ((believed.mean - true) ** 2).mean() < 0.7 * true.var()
