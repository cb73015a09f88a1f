"""The ledger of social activity: acts by kind."""

from pipeline.ledgers.social import ACTS, social
from tests.unit.ledgers.lines import Company, at, events


def test_acts_are_counted_by_kind(engine):
    kinds = ["like", "like", "share", "comment", "follow"]
    acts = [
        {"occurred_at": f"2024-01-0{day} 08:00", "network": "weibo", "act_kind": kind}
        for day, kind in enumerate(kinds, 1)
    ]
    acts.append({"occurred_at": "2024-02-03 08:00", "network": "x", "act_kind": "mention"})
    table = social.of({"social_activity": engine.from_arrow(events("social_activity", *acts))}, Company())
    assert list(table.columns) == social.table.columns
    first, second = sorted(engine.to_arrow(table).to_pylist(), key=lambda row: row["period"])
    counts = {kind: first[f"{many}_count"] for kind, many in ACTS.items()}
    assert counts == {"like": 2, "share": 1, "comment": 1, "follow": 1, "unfollow": 0, "mention": 0}
    assert (first["acts_count"], first["last_act_at"]) == (5, at("2024-01-05 08:00"))
    assert (second["acts_count"], second["mentions_count"]) == (1, 1)
