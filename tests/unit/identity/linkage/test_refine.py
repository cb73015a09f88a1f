"""``refined``: which pairs link, seen beside all others."""

import random
from datetime import date

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.identity.linkage import refined
from pipeline.identity.linkage.refine import UNLISTED_BITS
from pipeline.tables.zones import ACCOUNT_IDENTITIES, ACCOUNT_PAIRS


def pairs(*rows: tuple[str, str, float] | tuple[str, str, float, str]) -> pa.Table:
    empty = dict.fromkeys(ACCOUNT_PAIRS.columns)
    return pa.Table.from_pylist(
        [
            empty
            | {
                "period": "2024-01",
                "left_account_id": row[0],
                "right_account_id": row[1],
                "match_probability": row[2],
                "match_weight": 20 * row[2],
                "link_rule": row[3] if len(row) == 4 else "model",
            }
            for row in rows
        ],
        ACCOUNT_PAIRS.schema,
    )


def linked(table: pa.Table) -> set[str]:
    rows = refined(table, 0.95).to_pylist()
    return {row["left_account_id"] + row["right_account_id"] for row in rows}


def test_pairs_below_the_threshold_do_not_link() -> None:
    assert linked(pairs(("a", "b", 0.95), ("c", "d", 0.94))) == {"ab"}


def test_one_doubtful_pair_does_not_bridge_two_couples() -> None:
    assert linked(pairs(("a", "b", 0.999), ("c", "d", 0.998), ("b", "c", 0.96))) == {"ab", "cd"}


def test_weak_pairs_beside_it_support_a_bridge() -> None:
    supported = pairs(
        ("a", "b", 0.999), ("c", "d", 0.998), ("b", "c", 0.96), ("a", "c", 0.5), ("a", "d", 0.5)
    )
    assert linked(supported) == {"ab", "cd", "bc"}


def test_a_third_account_joins_by_one_pair() -> None:
    assert linked(pairs(("a", "b", 0.999), ("b", "c", 0.96))) == {"ab", "bc"}


def test_rules_link_whatever_the_other_pairs_say() -> None:
    table = pairs(("a", "b", 0.999), ("c", "d", 0.998), ("b", "c", 0.1, "national_id"))
    assert linked(table) == {"ab", "cd", "bc"}


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0.05, 1)), max_size=25),
    st.integers(0, 99),
)
def test_the_order_of_rows_does_not_matter(drawn: list[tuple[int, int, float]], seed: int) -> None:
    rows = {(str(min(a, b)), str(max(a, b))): p for a, b, p in drawn if a != b}
    table = pairs(*((a, b, p) for (a, b), p in rows.items()))
    order = list(range(table.num_rows))
    random.Random(seed).shuffle(order)
    assert (
        refined(table, 0.95).to_pylist() == refined(table.take(pa.array(order, pa.int64())), 0.95).to_pylist()
    )


@given(
    st.dictionaries(st.sampled_from(["ab", "cd", "ef"]), st.floats(0.05, 1)),
    st.sampled_from([0.1, 0.5, 0.95]),
)
def test_a_pair_of_which_neither_account_has_another_links_as_in_a_group(
    drawn: dict[str, float], threshold: float
) -> None:
    """A pair with no more weight than one that is not listed makes a group and says nothing."""
    alone = pairs(*((key[0], key[1], p) for key, p in drawn.items()))
    idle = pairs(*((key[0], f"z{key[1]}", UNLISTED_BITS / 20) for key in drawn))
    weights = pa.array([20 * (p - 0.5) for p in drawn.values()] + [UNLISTED_BITS] * len(drawn), pa.float64())
    both = pa.concat_tables([alone, idle])
    both = both.set_column(both.schema.names.index("match_weight"), "match_weight", weights)
    links = refined(both.slice(0, len(drawn)), threshold)
    assert links.to_pylist() == refined(both, threshold).to_pylist()
    expected = [key for key, p in sorted(drawn.items()) if p >= max(threshold, 0.5)]
    assert [row["left_account_id"] + row["right_account_id"] for row in links.to_pylist()] == expected


def told(engine: Engine, **accounts: dict[str, object]) -> ir.Table:
    """Identities that tell what is given of each account."""
    empty = dict.fromkeys(ACCOUNT_IDENTITIES.columns)
    rows = [
        empty | {"period": "2024-01", "account_id": name, "source": "crm", "identity_digest": "x"} | given
        for name, given in accounts.items()
    ]
    schema = pa.schema([one.with_nullable(True) for one in ACCOUNT_IDENTITIES.schema])
    return engine.from_arrow(pa.Table.from_pylist(rows, schema))


def joined(engine: Engine, **accounts: dict[str, object]) -> bool:
    """Whether an account that tells nothing joins a father's accounts (a, b) with his son's (c, d)."""
    bits = {"ab": 0.99, "cd": 0.99, "ac": 0.05, "ad": 0.05, "bc": 0.951, "bd": 0.05}
    table = pairs(*((key[0], key[1], probability) for key, probability in bits.items()))
    links = refined(table, 0.95, told(engine, **accounts)).to_pylist()
    return "bc" in {row["left_account_id"] + row["right_account_id"] for row in links}


def test_what_a_pair_alone_tells_is_in_its_weight(engine: Engine) -> None:
    identities = told(engine, a={"birth_date": date(1950, 3, 4)}, b={"birth_date": date(1981, 7, 19)})
    assert refined(pairs(("a", "b", 0.99)), 0.95, identities).num_rows == 1
    assert refined(pairs(), 0.95, identities).num_rows == 0


def test_birth_dates_that_contradict_keep_groups_apart(engine: Engine) -> None:
    father, son = {"birth_date": date(1950, 3, 4)}, {"birth_date": date(1981, 7, 19)}
    assert joined(engine, a=father, b={}, c={}, d={})
    assert not joined(engine, a=father, b={}, c={}, d=son)
    assert joined(engine, a=father, b={}, c={}, d={"birth_date": date(1950, 4, 3)}), "day and month swapped"


def test_contacts_that_differ_count_against_groups_less_than_birth_dates(engine: Engine) -> None:
    one, other = {"email": "a@x.example", "phone": "+491"}, {"email": "b@x.example", "phone": "+492"}
    assert joined(engine, a={"email": "a@x.example"}, b={}, c={}, d={"email": "b@x.example"})
    assert not joined(engine, a=one, b={}, c={}, d=other)
    assert joined(engine, a=one, b={}, c={}, d=one)
