"""One customer, as the lake and the publication know it.

Belongs here: reading what ``segments show customer`` tells, and its layout. Does not belong
here: deciding anything about customers (``identity``).
"""

import json
from collections.abc import Iterable
from typing import Any

from ibis.expr import types as ir

from pipeline.cli import views
from pipeline.cli.explaining import explanations
from pipeline.cli.finding import accounts_meant, crosswalk_of, our_customer, written_otherwise
from pipeline.cli.summary import customer as published_segments
from pipeline.cli.terminal import say, say_error, styled
from pipeline.engine import Engine, Lake, open_engine
from pipeline.errors import InputError
from pipeline.publish.texts import Language
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES, Entity
from pipeline.tables.model import Table

#: Stands for a value of a direct identifier.
MASK = "•••"
_LINK = ("account_id", "link_kind", "linked_account_id", "match_weight", "first_seen_at", "last_active_at")
_SEGMENT = (
    "period", "scheme", "segment_id", "status", "score", "confidence", "runner_up_segment_id", "reasons",
)  # fmt: skip


def customer_record(project: Project, asked: str, reveal: bool = False) -> dict[str, Any]:
    """What is known of one customer, as of the newest period with links.

    ``asked`` is the id of the customer or of one of its accounts, or the company's own number of one
    (``number``, or ``space:number``); ``id:`` before it says that it is our id. Keys: ``customer_id``,
    ``status`` (live, merged, excluded), ``merged_into_customer_id``, ``born_period``, ``as_of``,
    ``accounts`` (each with its source, link kind, weight and evidence), ``pairs`` (compared accounts, also
    those too weak to link), ``values`` (surviving values with their account, source and rule), ``events``
    (of the id, and of others that concern it),
    ``segments`` (published, oldest period first), ``explanations`` (why it is in those of the newest period,
    see ``cli.explaining``) and ``crosswalk`` (what sources call its accounts).
    Direct identifiers and numbers that were not asked for are masked; with ``reveal`` they are read
    from the restricted zone.

    What several customers may be meant by gives ``asked`` and ``matches`` instead: one row an
    account, with what to ask for to ``choose`` it. Raises ``InputError`` for what nobody is called.
    """
    lake, engine = Lake(project.lake_path), open_engine(project)
    try:
        meant = accounts_meant(lake, engine, project, asked)
        ours = our_customer(lake, engine, asked)
        customers = {one["customer_id"] for one in (*meant, *([ours] if ours else []))}
        if len(customers) > 1:
            return {"asked": asked, "matches": [*meant, *([ours] if ours else [])]}
        customer_id = next(iter(customers), asked)
        found = identity_record(lake, engine, customer_id, reveal, project.entity(PROFILES.name))
        found["segments"] = published_segments(project, customer_id)
        found["explanations"] = explanations(project, lake, engine, customer_id)
        shown = {one["account_id"] for one in meant}
        found["crosswalk"] = [
            row if reveal or row["account_id"] in shown else row | {"source_account_id": MASK}
            for row in crosswalk_of(lake, engine, project, customer_id)
        ]
        if not (found["accounts"] or found["segments"] or found["born_period"]):
            raise _nobody(asked, written_otherwise(lake, engine, project, asked))
    finally:
        engine.close()
    return found


def _nobody(asked: str, near: list[str]) -> InputError:
    help = "Look an id up in the published tables; write a number as in the source, or source:number."
    return InputError(
        f"customer {asked}",
        "no customer has or had this id, and no account this number",
        "the id of a customer or account, or the number that a source gives one",
        f"Did you mean {' or '.join(near)}?" if near else help,
    )


def identity_record(
    lake: Lake, engine: Engine, customer_id: str, reveal: bool, profiles: Entity = PROFILES
) -> dict[str, Any]:
    """What the lake knows of one customer id: ``customer_record`` without what segments say.

    ``profiles`` have the project's own columns.

    Of an unknown id nothing is known: no account, no ``born_period``.
    """
    periods = lake.periods(zones.ACCOUNT_LINKS.path)
    newest = periods[-1] if periods else ""

    def table(contract: Table, some: list[str]) -> ir.Table:
        return engine.read(lake.files(contract.path, some), contract)

    def of_customer(contract: Table, some: list[str]) -> list[dict[str, Any]]:
        rows = table(contract, some)
        return _rows(rows.filter(rows.customer_id == customer_id), contract.key)

    registered = next(iter(of_customer(zones.CUSTOMER_REGISTER, [newest])), None)
    links = of_customer(zones.ACCOUNT_LINKS, [newest])
    accounts = [row["account_id"] for row in links]
    pairs = table(zones.ACCOUNT_PAIRS, [newest])
    mine = pairs.left_account_id.isin(accounts) | pairs.right_account_id.isin(accounts)
    compared = _rows(pairs.filter(mine), zones.ACCOUNT_PAIRS.key) if accounts else []
    sources = _sources(table(profiles.clean, [newest]), accounts)
    events = table(zones.CUSTOMER_EVENTS, lake.periods(zones.CUSTOMER_EVENTS.path))
    concerning = (events.customer_id == customer_id) | (events.related_customer_id == customer_id)
    known = registered or {}
    return {
        "customer_id": customer_id,
        "status": known.get("customer_status", "live"),
        "merged_into_customer_id": known.get("merged_into_customer_id"),
        "born_period": known.get("born_period"),
        "as_of": newest,
        "accounts": [
            {
                "account_id": row["account_id"],
                "source": sources.get(row["account_id"]),
                **{name: row[name] for name in _LINK[1:]},
                "evidence": _evidence(row, compared),
            }
            for row in links
        ],
        "pairs": [
            {
                name: row[name]
                for name in zones.ACCOUNT_PAIRS.columns
                if name not in ("period", "match_evidence")
            }
            for row in compared
        ],
        "values": _values(
            of_customer(zones.SURVIVING_VALUES, [newest]),
            next(iter(of_customer(zones.customers_table(profiles), [newest])), {}),
            next(iter(of_customer(zones.CUSTOMER_IDENTITIES, [newest])), {}) if reveal else {},
        ),
        "events": _rows(events.filter(concerning), zones.CUSTOMER_EVENTS.key),
    }


def _rows(rows: ir.Table, key: Iterable[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.order_by(list(key)).to_pyarrow().to_pylist()
    return found


def _sources(profiles: ir.Table, accounts: list[str]) -> dict[str, str]:
    rows = profiles.filter(profiles.account_id.isin(accounts)).select("account_id", "source")
    return {row["account_id"]: row["source"] for row in _rows(rows, ["account_id"])}


def _evidence(link: dict[str, Any], compared: list[dict[str, Any]]) -> Any:
    """What the pair of the account's own link says of each compared attribute; none without a pair."""
    both = {link["account_id"], link["linked_account_id"]}
    for pair in compared:
        if {pair["left_account_id"], pair["right_account_id"]} == both:
            told = pair["match_evidence"]
            return {"rule": pair["link_rule"]} | ({"attributes": json.loads(told)} if told else {})
    return None


def _values(
    surviving: list[dict[str, Any]], customer: dict[str, Any], identity: dict[str, Any]
) -> list[dict[str, Any]]:
    direct = {one.name for one in PROFILES.identifiers}
    return [
        {
            "attribute": row["attribute"],
            "value": identity.get(row["attribute"], MASK)
            if row["attribute"] in direct
            else customer.get(row["attribute"]),
            "account_id": row["account_id"],
            "source": row["source"],
            "survival_rule": row["survival_rule"],
        }
        for row in surviving
    ]


def show_customer(found: dict[str, Any], reveal: bool, language: Language) -> None:
    """Print what ``customer_record`` found."""
    if "matches" in found:
        views.grid("Several customers have this number: ask for one of them", found["matches"])
        return
    say()
    say(styled(f"Customer {found['customer_id']}", "bold"), f", as of {found['as_of']}: {_standing(found)}")
    if reveal:
        say_error("Identifiers below come from the restricted zone: do not pass them on.")
    views.grid("Accounts and their links", [_flat(one, "evidence") for one in found["accounts"]])
    views.grid("What sources call them", found["crosswalk"])
    views.grid("Compared accounts", found["pairs"])
    views.grid("Surviving values", found["values"])
    views.grid("Events", found["events"])
    views.grid("Segments", found["segments"], _SEGMENT)
    for one in found["explanations"]:
        say(one["sentence_zh" if language == "zh" else "sentence"])


def _standing(found: dict[str, Any]) -> str:
    if found["status"] == "merged":
        into = found["merged_into_customer_id"]
        return f"merged into {into}. See: segments show customer {into}"
    count = len(found["accounts"])
    return f"{count} account{'' if count == 1 else 's'}"


def _flat(row: dict[str, Any], name: str) -> dict[str, Any]:
    value = row[name]
    return {**row, name: None if value is None else json.dumps(value, ensure_ascii=False)}
