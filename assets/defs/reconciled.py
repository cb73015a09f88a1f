"""The movement ledger's step *identity reconciled*: the period before, with accounts as linked now."""

from collections.abc import Iterator
from functools import partial

import pyarrow as pa
from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.defs.customers import SURVIVAL
from assets.defs.features import features_of, formulae, ledgers_read
from assets.defs.segments import ASSIGNMENTS, RECONCILED, VERSIONS, scheme_stage, stream
from assets.lib.metadata import shown
from assets.lib.partitions import apart, before, window
from assets.lib.platform import Platform
from pipeline import identity, segments
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.settings import Project
from pipeline.tables import zones


def reconciled_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Customers that were merged or split: what the previous period would have said of them."""
    ledgers = ledgers_read(project)
    profiles = {"profiles": AssetIn(key=["clean", "profiles"], partition_mapping=before())}

    @asset(
        key=RECONCILED,
        **shown(zones.RECONCILED_ASSIGNMENTS),
        ins={
            "links": AssetIn(key=["customers", zones.ACCOUNT_LINKS.name], partition_mapping=window(2)),
            "versions_before": AssetIn(key=VERSIONS, partition_mapping=before()),
            "assignments_before": AssetIn(key=ASSIGNMENTS, partition_mapping=before()),
            **(profiles if "profiles" in project.entities else {}),
            **{
                one: AssetIn(key=["activity", one], partition_mapping=before(WINDOW_PERIODS))
                for one in ledgers
            },
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @scheme_stage(
        "retention_days", "population", "segments", *SURVIVAL, project=project, also=formulae(project)
    )
    def reconciled_assignments(
        context: AssetExecutionContext,
        links: ir.Table,
        versions_before: ir.Table | None,
        assignments_before: ir.Table | None,
        **inputs: ir.Table | None,
    ) -> pa.RecordBatchReader:
        platform: Platform = context.resources.platform
        now, earlier = apart(context, links)
        if earlier is None or versions_before is None or assignments_before is None:
            return stream(())
        theirs = identity.reconciled_links(now, earlier)
        return stream(
            _assigned(platform, context.partition_key, theirs, versions_before, assignments_before, inputs)
        )

    return reconciled_assignments


def _assigned(
    platform: Platform,
    period: str,
    links: ir.Table,
    versions: ir.Table,
    assignments: ir.Table,
    inputs: dict[str, ir.Table | None],
) -> Iterator[pa.RecordBatch]:
    """Segments that the versions of the period before give to ``links``, marked with ``period``.

    Nothing is computed in the usual period, in which nobody was merged or split.
    """
    if not links.count().execute():
        return
    project = platform.project
    earlier = project.calendar.previous(period)
    customers = identity.customers(links, inputs.get("profiles"), earlier, project)
    ledgers = {name: table for name in ledgers_read(project) if (table := inputs.get(name)) is not None}
    features = features_of(project, earlier, customers, links, ledgers)
    frozen = platform.engine.to_arrow(versions)
    read = segments.columns_read(frozen, project)
    rows = segments.scoring_input(features, assignments, project, read)
    score = partial(segments.assign, versions=frozen, period=period, project=project)
    scored = platform.engine.map_batches(rows, score, zones.ASSIGNMENTS.schema)
    for block in segments.in_blocks(scored, project.every_scheme):
        yield from block.values()
