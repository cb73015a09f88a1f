"""The one place that talks to Splink.

Belongs here: opening Splink on an engine, training, scoring, clearing its
tables. Does not belong here: levels (``comparisons``), keys (``blocking``), what is frozen (``model``).
"""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ibis.expr import types as ir

from pipeline.engine import Engine
from pipeline.engine.duck import connection_of
from pipeline.identity.linkage.on_spark import splink_on_spark, spoken

Settings = dict[str, Any]
#: Values of a column with their frequency, by column.
Frequencies = Mapping[str, ir.Table]
#: Share of matches among the pairs of a session from which it counts.
_LEAST_MATCHES_SHARE = 0.01
#: Pairs that a session sees, drawn by digest of the account.
_MOST_TRAINING_PAIRS = 200_000


@contextmanager
def splink_on(engine: Engine) -> Iterator[Any]:
    """Splink's database interface on ``engine``, silent; drops what it made at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import splink

        logging.getLogger(splink.__name__).setLevel(logging.ERROR)  # it sets its own level when imported
        is_here = engine is engine.in_process
        with _splink_here(engine) if is_here else splink_on_spark(engine) as db_api:
            yield db_api


@contextmanager
def _splink_here(engine: Engine) -> Iterator[Any]:
    """Splink's interface on the database of this process."""
    from splink import DuckDBAPI

    before = _tables(engine)
    try:
        yield DuckDBAPI(connection=connection_of(engine))
    finally:
        for kind, name in sorted(_tables(engine) - before):
            if name.startswith("__splink__"):
                connection_of(engine).execute(f'DROP {kind} IF EXISTS "{name}"')


def _tables(engine: Engine) -> set[tuple[str, str]]:
    rows = (
        connection_of(engine)
        .execute(
            "SELECT CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END, table_name"
            " FROM information_schema.tables"
        )
        .fetchall()
    )
    return {(str(kind), str(name)) for kind, name in rows}


def new_settings(comparisons: Sequence[Any]) -> Settings:
    """Untrained settings of Splink over ``comparisons``, as a plain dictionary."""
    from splink import SettingsCreator

    creator = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="account_id",
        comparisons=list(comparisons),
        blocking_rules_to_generate_predictions=["1=1"],  # type: ignore[list-item]
        retain_matching_columns=False,
        em_convergence=1e-4,
        max_iterations=50,
    )
    settings: Settings = creator.create_settings_dict("duckdb")
    return settings


def rule(key: Sequence[str]) -> str:
    """Blocking rule of a key in Splink's words."""
    return " and ".join(f"l.{one} = r.{one}" for one in key)


def random_agreement(db_api: Any, sample: ir.Table, settings: Settings) -> Settings:
    """``settings`` with u of each level: how often all pairs of ``sample`` reach it.

    All pairs are looked at: the outcome depends neither on threads nor on the order of rows.
    """
    linker = _linker(db_api, sample, settings, {})
    linker.training.estimate_u_using_random_sampling(max_pairs=1e15, min_count_per_level=None, num_chunks=1)
    after: Settings = linker.misc.save_model_to_json()
    return after


def trained(
    db_api: Any, table: ir.Table, settings: Settings, keys: Sequence[Sequence[str]], frequencies: Frequencies
) -> Settings:
    """``settings`` with m of each level: the mean over sessions of expectation maximisation, one a key.

    A session sees the pairs that share its key and leaves out the comparisons that the key decides. One
    that finds hardly any match among its pairs teaches nothing about matches and does not count.
    """
    sessions = [one for key in keys if (one := _session(db_api, table, settings, key, frequencies))]
    for place, comparison in enumerate(settings["comparisons"]):
        for number, level in enumerate(comparison["comparison_levels"]):
            found = [
                one["comparisons"][place]["comparison_levels"][number].get("m_probability")
                for one in sessions
            ]
            known = [float(one) for one in found if one is not None]
            if known and not level.get("is_null_level"):
                level["m_probability"] = sum(known) / len(known)
    return settings


def _session(
    db_api: Any, table: ir.Table, settings: Settings, key: Sequence[str], frequencies: Frequencies
) -> Settings | None:
    linker = _linker(db_api, table, settings, frequencies)
    try:
        session = linker.training.estimate_parameters_using_expectation_maximisation(
            rule(key), estimate_without_term_frequencies=True, max_pairs=_MOST_TRAINING_PAIRS
        )
    except ValueError:  # Splink's word for a probability that fell to zero: no match among the pairs
        return None
    if session.core_model_settings.probability_two_random_records_match < _LEAST_MATCHES_SHARE:
        return None
    after: Settings = linker.misc.save_model_to_json()
    return after


def scored(
    db_api: Any,
    sides: Sequence[ir.Table],
    settings: Settings,
    keys: Sequence[Sequence[str]],
    frequencies: Frequencies,
    floor: float,
) -> str:
    """Name of Splink's table of scored pairs that share a key and have at least ``floor`` bits of weight.

    Pairs within one held table, or of one row of each of two.
    """
    linker = _linker(db_api, sides[0], settings, frequencies)
    score = linker.inference.predict_within if len(sides) == 1 else linker.inference.predict_between
    found = score(
        *(db_api.register(_name(side)) for side in sides),
        blocking_rules_to_generate_predictions=[rule(key) for key in keys],
        threshold_match_weight=floor,
        warning_mode="never",
    )
    return str(found.physical_name)


def _linker(db_api: Any, table: ir.Table, settings: Settings, frequencies: Frequencies) -> Any:
    from splink import Linker

    linker = Linker(db_api.register(_name(table)), spoken(db_api, settings), log_level=None)
    for column, lookup in frequencies.items():
        linker.table_management.register_term_frequency_lookup(db_api.register(_name(lookup)), column)
    return linker


def _name(table: ir.Table) -> str:
    """Physical name of a held table."""
    return str(table.op().name)
