"""Activity: ledgers of each period, additive measures by account."""

from dagster import AssetIn, AssetsDefinition, BackfillPolicy, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.lib.metadata import shown
from assets.lib.stages import stage
from pipeline.ledgers import PLACES, Ledger
from pipeline.settings import Project


def ledger_asset(ledger: Ledger, project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """One ledger of activity: additive measures by account and period, so that history is never rescanned."""

    places = {**PLACES, **project.extended.ledger_places}

    @asset(
        key=ledger.table.path.split("/"),
        **shown(ledger.table),
        ins={
            one: AssetIn(key=[ledger.zone, one]) for one in ledger.reads(project.entities, project.with_texts)
        },
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
    )
    @stage(
        *ledger.settings, stands_for={"ledger": (places[ledger.name], Ledger)}, declared={"ledger": ledger}
    )
    def summed(**cleaned: ir.Table) -> ir.Table:
        return ledger.of(cleaned, project)

    return summed
