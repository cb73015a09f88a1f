"""Laws that every run is held to: rows accounted for (L1), flows balanced (L4)."""

from collections.abc import Sequence

from dagster import AssetChecksDefinition
from ibis.expr import types as ir

from assets.lib.checks import law_check
from assets.lib.platform import Platform
from pipeline import drift
from pipeline.tables import zones


def unaccounted(platform: Platform, periods: Sequence[str]) -> ir.Table:
    """Sources and periods in which rows read differ from kept + duplicates + withdrawn + quarantined
    + excluded."""
    rows = platform.read(zones.ROW_ACCOUNTS, periods)
    aside = rows.duplicates_dropped_count + rows.rows_withdrawn_count + rows.rows_quarantined_count
    explained = rows.rows_kept_count + aside + rows.rows_excluded_count
    return rows.filter(rows.rows_read_count != explained)


def unbalanced(platform: Platform, periods: Sequence[str]) -> ir.Table:
    """States whose flows do not sum to the population."""
    return drift.imbalance(platform.read(zones.FLOWS, periods))


def unexplained(platform: Platform, periods: Sequence[str]) -> ir.Table:
    """Schemes and causes in which the flows differ from the movement ledger."""
    return drift.uncaused(platform.read(zones.FLOWS, periods), platform.read(zones.MOVES, periods))


def law_checks() -> list[AssetChecksDefinition]:
    """One blocking check a law, on the table that shows it."""
    return [
        law_check(
            zones.ROW_ACCOUNTS.path.split("/"),
            "accounted",
            "L1: rows read = kept + duplicates dropped + withdrawn + quarantined + excluded, by source and"
            " period.",
            unaccounted,
        ),
        law_check(
            zones.FLOWS.path.split("/"),
            "balanced",
            "L4: previous + entered + returned - left + moved in - moved out = population, for every state.",
            unbalanced,
        ),
        law_check(
            zones.FLOWS.path.split("/"),
            "explained",
            "L4: every move in the flows has its one cause in the movement ledger.",
            unexplained,
        ),
    ]
