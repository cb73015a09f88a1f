"""Texts: what was written, read in the restricted zone; what leaves it are scores."""

from functools import partial

import pyarrow as pa
from dagster import (
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    BackfillPolicy,
    PartitionsDefinition,
    asset,
)
from ibis.expr import types as ir

from assets.lib.metadata import shown
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline.tables.entities import Entity
from pipeline.tables.texts import text_scores


def text_scores_asset(entity: Entity, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Language and tone of each text of an entity, by models that are frozen: nothing is fitted."""
    table = text_scores(entity.name)

    @asset(
        key=table.path.split("/"),
        **shown(table),
        ins={"written": AssetIn(key=["restricted", entity.name])},
        partitions_def=partitions,
        backfill_policy=BackfillPolicy.single_run(),
        required_resource_keys={"platform"},
    )
    @stage()
    def scores(context: AssetExecutionContext, written: ir.Table) -> pa.RecordBatchReader:
        from pipeline.texts import scored  # only where there are texts: it drags in models of languages

        platform: Platform = context.resources.platform
        rows = written.filter(written.text.notnull()).order_by(table.key)
        score = partial(scored, entity=entity)
        return pa.RecordBatchReader.from_batches(
            table.schema, platform.engine.map_batches(rows, score, table.schema)
        )

    return scores
