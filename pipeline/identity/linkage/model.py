"""The linkage model: fitted once without labels, then frozen.

Belongs here: fitting, what a version holds, reading it back. Does not belong here: scoring
pairs (``pairs``) or any call of Splink itself (``splinked``).
"""

import json
from dataclasses import asdict, dataclass
from math import log2
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.dialect import md5
from pipeline.engine.values import held
from pipeline.identity.linkage import splinked
from pipeline.identity.linkage.blocking import STRONG_KEYS, chosen_keys, training_keys
from pipeline.identity.linkage.comparables import (
    COMPARABLE,
    Terms,
    comparables,
    found_terms,
    frequencies,
    plain_comparables,
)
from pipeline.identity.linkage.comparisons import comparisons
from pipeline.identity.linkage.households import GROUPS, Caps, group_weights, learned
from pipeline.settings import Project
from pipeline.tables.zones import IDENTITY_VERSIONS

#: A column that fewer accounts know is not compared.
_LEAST_KNOWN_SHARE = 0.005
#: Accounts whose pairs all show how often strangers agree: half a million pairs.
_STRANGERS = 1_000
#: Accounts, drawn by digest, whose pairs with all others show how many matches there are.
_SAMPLED = 20_000
#: Probability among matches of a level that hardly any of them reached.
_LEAST_M = 1e-3
#: The same for plain difference: people move, marry, change phones, even if none did in the data that taught
#: the model.
_LEAST_M_OF_DIFFERENCE = 0.01


@dataclass(frozen=True)
class Model:
    """A frozen version: what is compared and blocked on, Splink's settings, frequencies of terms."""

    columns: list[str]
    keys: list[tuple[str, ...]]
    settings: dict[str, Any]
    terms: Terms
    caps: Caps

    def to_json(self) -> str:
        """The same as text."""
        parts = {
            "columns": self.columns,
            "keys": self.keys,
            "splink": self.settings,
            "terms": self.terms,
            "caps": asdict(self.caps),
        }
        return json.dumps(parts, sort_keys=True, separators=(",", ":"))

    @property
    def prior_weight(self) -> float:
        """Odds, as log2, that two accounts taken at random are one customer."""
        return logit(self.settings["probability_two_random_records_match"])


def logit(probability: float) -> float:
    """Odds of ``probability`` as log2."""
    return log2(probability / (1 - probability))


def model_of(version: pa.Table) -> Model | None:
    """The model in force, or none where none has been fitted."""
    rows = version.to_pylist()
    if not rows or rows[-1]["parameters"] is None:
        return None
    parts = json.loads(rows[-1]["parameters"])
    keys = [tuple(one) for one in parts["keys"]]
    return Model(parts["columns"], keys, parts["splink"], parts["terms"], Caps(**parts["caps"]))


def fit(
    engine: Engine, identities: ir.Table, previous_version: pa.Table | None, period: str, project: Project
) -> pa.Table:
    """The linkage model in force in ``period``: one row of ``IDENTITY_VERSIONS``.

    ``identities`` are rows of ``ACCOUNT_IDENTITIES`` of the period. The first period with
    ``identity.min_accounts`` accounts that have a name, birth date or identifier fits the model; from then on
    it is frozen: the same parameters are carried from period to period (law L7).

    The model is that of Fellegi and Sunter (1969): u (how often strangers agree) from all pairs of a
    sample of accounts of which no two share a strong key, m (how often one customer's accounts agree)
    by expectation maximisation without labels (Winkler, 1988) over the pairs of several blocks, by
    Splink; agreement on rare values counts more (Winkler, 1989). The prior is the expected share of
    matches among all pairs under the model itself. ``parameters`` hold probabilities, levels, keys,
    and frequent terms as digests.
    """
    before = previous_version.to_pylist() if previous_version is not None else []
    if not project.identity.link:
        return _row(period, project, "not_applicable")
    if before and before[-1]["parameters"] is not None:
        return pa.Table.from_pylist([before[-1] | {"period": period}], IDENTITY_VERSIONS.schema)
    # Splink draws the pairs that it learns from by a hash of the database: one database, one model (law L3)
    engine = engine.in_process
    plain = held(plain_comparables(engine.taken(identities.filter(identities.period == period))))
    known = _known(plain)
    identified = [
        c for c in known if c in ("given", "family", "birth", "email", "phone", "national_id", "address")
    ]
    accounts = max((known[c] for c in identified), default=0)
    columns = [c for c in COMPARABLE if known.get(c, 0) >= max(_LEAST_KNOWN_SHARE * accounts, 2)]
    gates = {"accounts_identified": accounts, "min_accounts": project.identity.min_accounts}
    enough = accounts >= project.identity.min_accounts
    model = _fitted(engine, plain, columns, project.seed) if enough else None
    if model is None:
        return _row(period, project, "insufficient_data", gates=json.dumps(gates, sort_keys=True))
    return _row(
        period,
        project,
        "assigned",
        identity_version=f"i{period}",
        fitted_period=period,
        accounts_fitted_count=accounts,
        parameters=model.to_json(),
        gates=json.dumps(gates, sort_keys=True),
    )


def _row(period: str, project: Project, status: str, **values: Any) -> pa.Table:
    empty = dict.fromkeys(IDENTITY_VERSIONS.columns)
    row = empty | {"period": period, "status": status, "seed": project.seed} | values
    return pa.Table.from_pylist([row], IDENTITY_VERSIONS.schema)


def _known(plain: ir.Table) -> dict[str, int]:
    """Number of accounts that know each comparable column."""
    counts: dict[str, int] = (
        plain.agg(**{c: plain[c].count() for c in COMPARABLE}).to_pyarrow().to_pylist()[0]
    )
    return counts


def _fitted(engine: Engine, plain: ir.Table, columns: list[str], seed: int) -> Model | None:
    """The model of ``columns``, or none where no key gives pairs to learn from."""
    terms = found_terms(plain, columns)
    table = comparables(plain, terms)
    keys = chosen_keys(table, columns)
    if not keys:
        return None
    lookups = frequencies(engine, [table], terms)
    settings = splinked.new_settings(comparisons(columns))
    with splinked.splink_on(engine) as db_api:
        strangers = held(_strangers(table, seed))
        settings = splinked.random_agreement(db_api, strangers, settings)
        pairs = int(strangers.count().to_pyarrow().as_py()) ** 2 / 2
        for level in _levels(settings):
            level["u_probability"] = max(level.get("u_probability") or 0.0, 0.5 / pairs)
        settings = splinked.trained(db_api, table, settings, training_keys(keys, table), lookups)
        settings = _filled(settings, pairs)
        prior, caps = _prior_and_caps(engine, db_api, table, settings, keys, lookups, seed)
        settings["probability_two_random_records_match"] = prior
    return Model(columns, keys, _rounded(settings), terms, caps)


def _drawn(table: ir.Table, seed: int, most: int) -> ir.Table:
    """``most`` accounts, drawn by digest of the account, with the digest as ``draw``."""
    return held(
        table.mutate(draw=md5(ibis.literal(f"{seed}:") + table.account_id)).order_by("draw").limit(most)
    )


def _strangers(table: ir.Table, seed: int) -> ir.Table:
    """A sample of accounts, by digest of the account, of which no two share a strong key."""
    drawn = _drawn(table, seed, 2 * _STRANGERS)
    for key in STRONG_KEYS:
        known = ibis.and_(*(drawn[one].notnull() for one in key))
        first = drawn.draw == drawn.draw.min().over(group_by=[drawn[one] for one in key])
        drawn = drawn.filter(~known | first)
    return drawn.order_by("draw").limit(_STRANGERS).drop("draw")


def _filled(settings: dict[str, Any], pairs: float) -> dict[str, Any]:
    """``settings`` with m and u for every level, each summing to one.

    A level that strangers never reached counts as half a pair of ``pairs``. One that matches never
    reached gets ``_LEAST_M``, but never speaks for a match; a comparison without any session gets a
    cautious guess. Plain difference has at least ``_LEAST_M_OF_DIFFERENCE``.
    """
    for comparison in settings["comparisons"]:
        levels = _levels({"comparisons": [comparison]})
        u = _summing_to_one([max(one.get("u_probability") or 0.0, 0.5 / pairs) for one in levels])
        m = [float(one.get("m_probability") or 0.0) for one in levels]
        if not any(m):
            m = [0.9] + [min(0.1 / (len(levels) - 1), one) for one in u[1:]]
        least = [min(_LEAST_M, one) for one in u[:-1]] + [min(_LEAST_M_OF_DIFFERENCE, u[-1])]
        m = _summing_to_one([max(mine, one) for mine, one in zip(m, least, strict=True)])
        for level, mine, other in zip(levels, m, u, strict=True):
            level.update(m_probability=mine, u_probability=other)
    return settings


def _levels(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """All levels of all comparisons but those of unknown values."""
    every = [level for one in settings["comparisons"] for level in one["comparison_levels"]]
    return [level for level in every if not level.get("is_null_level")]


def _summing_to_one(values: list[float]) -> list[float]:
    return [one / sum(values) for one in values]


def _prior_and_caps(
    engine: Engine,
    db_api: Any,
    table: ir.Table,
    settings: dict[str, Any],
    keys: list[tuple[str, ...]],
    lookups: splinked.Frequencies,
    seed: int,
) -> tuple[float, Caps]:
    """Prior and caps as the model itself expects them from the pairs it looks at."""
    settings["probability_two_random_records_match"] = 0.5
    shown = settings | {"retain_intermediate_calculation_columns": True}
    accounts, sides, seen_share = int(table.count().to_pyarrow().as_py()), [table], 1.0
    if accounts > 2 * _SAMPLED:
        # a match is seen from either side: the share of pairs that are looked at is twice that of accounts
        sides, seen_share = [held(_drawn(table, seed, _SAMPLED).drop("draw")), table], 2 * _SAMPLED / accounts
    scored = engine.backend.table(splinked.scored(db_api, sides, shown, keys, lookups, floor=0.0))
    scored = scored.filter(scored.account_id_l != scored.account_id_r)
    groups = scored.select(**group_weights(scored)).to_pyarrow()
    weights = {name: np.asarray(groups[name].to_numpy(), np.float64) for name in GROUPS}
    prior, caps = learned(weights, accounts, seen_share)
    return prior, Caps(**{name: round(bits, 4) for name, bits in asdict(caps).items()})


def _rounded(settings: dict[str, Any]) -> dict[str, Any]:
    """Probabilities to nine significant digits: sums in another order give the same model (law L3)."""

    def digits(value: float) -> float:
        return float(f"{value:.8e}")

    settings["probability_two_random_records_match"] = digits(
        settings["probability_two_random_records_match"]
    )
    for level in _levels(settings):
        for name in ("m_probability", "u_probability"):
            level[name] = digits(level[name])
    settings.pop("linker_uid", None)
    return settings
