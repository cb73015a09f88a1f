"""Law L4 under every population rule: who is in follows from what was seen, and the flows sum.

Random accounts buy, are listed by the CRM, or both, through some periods; who belongs is worked out by hand
beside.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.drift.movement import flows, imbalance
from pipeline.engine import Engine
from pipeline.identity import customers, resolve, seen_accounts
from pipeline.ledgers import LEDGERS
from pipeline.settings import Project
from pipeline.tables.zones import ACCOUNT_LINKS
from tests.conftest import KEY, shop_settings
from tests.unit.drift.tables import assignments, identity_events, moved, places_of
from tests.unit.ledgers.lines import at, profiles, rows_of

PERIODS = ("2024-01", "2024-02", "2024-03", "2024-04")
ENDS = {one: at(f"2024-0{number + 2}-01 00:00") for number, one in enumerate(PERIODS)}
ACCOUNTS = tuple(f"a_{number}" for number in range(6))
RETENTION = 40
CRM = {
    "entity": "profiles",
    "connector": {"kind": "file", "format": "csv", "path": "crm.csv"},
    "columns": {"source_account_id": "customer"},
}

few = settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
#: For each period: accounts that buy on the tenth, and accounts that the snapshot lists.
some = st.sets(st.sampled_from(ACCOUNTS))
histories = st.lists(st.tuples(some, some), min_size=len(PERIODS), max_size=len(PERIODS))


def expected(history: Any, number: int, rule: str) -> set[str]:
    """Who belongs to the population of a period, by hand."""
    since = ENDS[PERIODS[number]] - timedelta(days=RETENTION)

    def starts(one: int) -> datetime:
        return at(f"{PERIODS[one]}-01 00:00")

    past = range(number + 1)
    buys = {who for one in past if at(f"{PERIODS[one]}-10 00:00") >= since for who in history[one][0]}
    listed = {who for one in past if starts(one) >= since or one == number for who in history[one][1]}
    return {"events": buys, "profiles": listed, "either": buys | listed}[rule]


@pytest.mark.parametrize("rule", ["events", "profiles", "either"])
@few
@given(history=histories)
def test_the_population_is_as_the_rule_says_and_its_flows_sum(
    engine: Engine, write_project: Any, rule: str, history: Any
) -> None:
    project: Project = write_project(
        sources={**shop_settings()["sources"], "crm": CRM},
        population=rule,
        retention_days=RETENTION,
        last_period=PERIODS[-1],
    )
    links: Any = None
    register: Any = None
    before: Any = None
    known: Any = None
    for number, (period, (buyers, listed)) in enumerate(zip(PERIODS, history, strict=True)):
        moment = at(f"{period}-10 00:00")
        bought = [
            {"period": period, "account_id": one, "first_event_at": moment, "last_event_at": moment}
            for one in sorted(buyers)
        ]
        ledger = rows_of(LEDGERS["orders"].table, bought).select(
            ["period", "account_id", "first_event_at", "last_event_at"]
        )
        seen = seen_accounts(
            engine.from_arrow(rows_of(ACCOUNT_LINKS, [])) if links is None else links,
            [engine.from_arrow(ledger)],
            engine.from_arrow(profiles(*({"account_id": one} for one in sorted(listed)), period=period)),
            period,
            project,
        )
        found = resolve(seen, links, register, None, period, project, KEY)
        links, register = engine.from_arrow(found.links), engine.from_arrow(found.register)
        everyone = engine.from_arrow(customers(links, None, period, project).to_pyarrow())
        inside = everyone.filter(everyone.is_in_population).customer_id.to_pyarrow().to_pylist()
        assert set(inside) == {one.replace("a_", "c_") for one in expected(history, number, rule)}

        states = {(one, "loyalty"): "loyalty:high" for one in inside}
        current = assignments(states, period=period)
        places = places_of(engine, before, current)
        rows = moved(engine, places, period)
        flow = engine.from_arrow(flows(places, rows, known, identity_events(engine, {}), period).to_pyarrow())
        assert imbalance(flow).count().execute() == 0
        total = flow.population_count.sum().execute() if flow.count().execute() else 0
        assert total == len(inside)
        before, known = current, everyone
