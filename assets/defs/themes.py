"""Themes of texts: versions in force, the themes of each text, how many customers of a segment write of each.

Texts are read in the restricted zone; what leaves it are ids of themes, counts, and words that many wrote.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial, reduce
from typing import Any

import ibis
import pyarrow as pa
from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, PartitionsDefinition, asset
from ibis.expr import types as ir

from assets.defs.segments import ASSIGNMENTS
from assets.lib.metadata import shown
from assets.lib.partitions import before, window
from assets.lib.platform import Platform
from assets.lib.stages import stage
from pipeline.engine import Engine
from pipeline.engine.dialect import md5
from pipeline.ledgers import WINDOW_PERIODS
from pipeline.models.versions import is_fit_due
from pipeline.settings import Project
from pipeline.tables import zones
from pipeline.tables.entities import PROFILES
from pipeline.tables.texts import TEXT_THEMES, THEME_VERSIONS, THEMED_TEXTS

VERSIONS = THEME_VERSIONS.path.split("/")
THEMED = THEMED_TEXTS.path.split("/")
COUNTS = TEXT_THEMES.path.split("/")
LINKS = ["customers", zones.ACCOUNT_LINKS.name]
CUSTOMERS = ["customers", zones.CUSTOMERS.name]
#: Columns of profiles whose words may not speak of a theme: who somebody is, and where.
_WITHHELD = {"restricted": ("full_name", "given_name", "family_name", "address"), "clean": ("city", "region")}
#: Keys of the inputs of an entity with texts.
_WRITTEN, _SCORES = "written_", "scores_"


def theme_versions_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Themes in force, frozen: carried forward, or found anew in a refit, at the cadence of schemes."""
    last_year = window(WINDOW_PERIODS)

    @asset(
        key=VERSIONS,
        **shown(THEME_VERSIONS),
        ins={
            **_texts(project, last_year),
            **(
                {zone: AssetIn(key=[zone, PROFILES.name]) for zone in _WITHHELD}
                if PROFILES.name in project.entities
                else {}
            ),
            "links": AssetIn(key=LINKS),
            "versions_before": AssetIn(key=VERSIONS, partition_mapping=before()),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("seed", "segments", "publish", "sources.*.entity", "sources.*.columns")
    def theme_versions(
        context: AssetExecutionContext,
        links: ir.Table,
        versions_before: ir.Table | None,
        **inputs: ir.Table,
    ) -> pa.Table:
        from pipeline.texts import theme_versions as themes

        platform: Platform = context.resources.platform
        engine, project, period = platform.engine, platform.project, context.partition_key
        earlier = None if versions_before is None else engine.to_arrow(versions_before)
        kept = themes.carried(earlier, period, project.seed)
        due = _due(kept, period, project)
        if not due:
            return kept
        written = _sample(_every_text(inputs), links, due, project.segments.sample_size)
        return themes.refitted(
            kept,
            themes.by_language(engine.to_arrow(written)),
            partial(_withheld, platform.engine, inputs),
            project.publish.min_group_count,
            project.segments.min_customers_to_fit,
            due,
        )

    return theme_versions


def themed_texts_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """The themes of each text of the period, by the versions in force."""

    @asset(
        key=THEMED,
        **shown(THEMED_TEXTS, "models"),
        ins={**_texts(project), "versions": AssetIn(key=VERSIONS)},
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage()
    def themed_texts(
        context: AssetExecutionContext, versions: ir.Table, **inputs: ir.Table
    ) -> pa.RecordBatchReader:
        from pipeline.texts.theme_scoring import themed
        from pipeline.texts.theme_versions import models_of

        platform: Platform = context.resources.platform
        table = THEMED_TEXTS
        models = models_of(platform.engine.to_arrow(versions))
        if not models:
            return pa.RecordBatchReader.from_batches(table.schema, ())
        texts = _every_text(inputs)
        rows = texts.filter(texts.text_language.isin(sorted(models))).order_by(table.key)
        found = platform.engine.map_batches(rows, partial(themed, models=models), table.schema)
        return pa.RecordBatchReader.from_batches(table.schema, found)

    return themed_texts


def text_themes_asset(project: Project, partitions: PartitionsDefinition) -> AssetsDefinition:
    """Customers who wrote of each theme, by segment, where they are enough to be shown."""

    @asset(
        key=COUNTS,
        **shown(TEXT_THEMES),
        ins={
            "themes": AssetIn(key=THEMED),
            "versions": AssetIn(key=VERSIONS),
            "links": AssetIn(key=LINKS),
            "customers": AssetIn(key=CUSTOMERS),
            "assignments": AssetIn(key=ASSIGNMENTS),
            "themes_before": AssetIn(key=COUNTS, partition_mapping=before()),
        },
        partitions_def=partitions,
        required_resource_keys={"platform"},
    )
    @stage("publish")
    def text_themes(
        context: AssetExecutionContext,
        themes: ir.Table,
        versions: ir.Table,
        links: ir.Table,
        customers: ir.Table,
        assignments: ir.Table,
        themes_before: ir.Table | None,
    ) -> pa.Table:
        from pipeline.texts.theme_scoring import counted, shown_themes
        from pipeline.texts.theme_versions import register_of

        platform: Platform = context.resources.platform
        engine = platform.engine
        register = register_of(engine.to_arrow(versions))
        if not register:
            return TEXT_THEMES.schema.empty_table()
        found, compared = counted(themes, links, customers, assignments)
        return shown_themes(
            engine.to_arrow(found),
            engine.to_arrow(compared),
            register,
            None if themes_before is None else engine.to_arrow(themes_before),
            context.partition_key,
            platform.project.publish.min_group_count,
        )

    return text_themes


def theme_assets(project: Project, partitions: PartitionsDefinition) -> list[AssetsDefinition]:
    """Three steps, of a project whose sources tell texts; the first looks back one period."""
    if not project.with_texts:
        return []
    return [
        theme_versions_asset(project, partitions),
        themed_texts_asset(project, partitions),
        text_themes_asset(project, partitions),
    ]


def _texts(project: Project, mapping: Any = None) -> dict[str, AssetIn]:
    """Texts and their scores, of every entity that tells some."""
    more = {} if mapping is None else {"partition_mapping": mapping}
    return {
        f"{said}{name}": AssetIn(key=[zone, name], **more)
        for name in project.with_texts
        for said, zone in ((_WRITTEN, "restricted"), (_SCORES, "texts"))
    }


def _every_text(inputs: Mapping[str, ir.Table]) -> ir.Table:
    """One row a text with its language and tone, of every entity."""
    on = ["period", "source", "line_key"]
    tables = []
    for key, scores in sorted(inputs.items()):
        if key.startswith(_SCORES):
            name = key.removeprefix(_SCORES)
            written = inputs[f"{_WRITTEN}{name}"].select(*on, "text")
            rows = scores.select(*on, "account_id", "text_language", "tone_index").inner_join(written, on)
            tables.append(rows.mutate(entity=ibis.literal(name)))
    return reduce(lambda one, other: one.union(other.select(*one.columns)), tables)


def _sample(texts: ir.Table, links: ir.Table, languages: Sequence[str], size: int) -> ir.Table:
    """Texts to find themes in, at most ``size`` of a language: whole customers, by the hash of their id."""
    known = texts.filter(texts.text_language.isin(languages)).inner_join(
        links.select("account_id", "customer_id"), "account_id"
    )
    order = [md5(known.customer_id), known.customer_id, *(known[one] for one in THEMED_TEXTS.key)]
    place = ibis.row_number().over(ibis.window(group_by=known.text_language, order_by=order))
    ranked = known.mutate(place=place)
    return ranked.filter(ranked.place < size).select("text_language", "text", "customer_id")


def _due(kept: pa.Table, period: str, project: Project) -> list[str]:
    """Languages whose themes are fitted in ``period``."""
    settings = project.segments
    seen = len(project.calendar.between(project.first_period, period))
    every = settings.refit_every(project.period)
    return [
        row["theme_language"]
        for row in kept.to_pylist()
        if is_fit_due(seen, settings.warm_up_periods, every, row["parameters"] is not None)
    ]


def _withheld(engine: Engine, inputs: Mapping[str, ir.Table]) -> Iterator[str]:
    """Names, cities and streets of everybody, streamed: no word of them may speak."""
    for zone, columns in _WITHHELD.items():
        for name in columns if zone in inputs else ():
            if name in inputs[zone].columns:
                some = inputs[zone].select(word=inputs[zone][name]).distinct()
                for batch in engine.batches(some.filter(some.word.notnull())):
                    yield from batch.column("word").to_pylist()
