"""Dagster definitions of one project: assets, their checks, jobs over them.

Belongs here: putting together what ``defs`` defines. Does not belong here: which project the
UI shows and what runs on a schedule (``location``). Tests call ``build_defs`` with a platform
of their own.
"""

import warnings
from collections.abc import Sequence

from dagster import AssetChecksDefinition, BetaWarning, Definitions, in_process_executor

from assets.defs.activity import ledger_asset
from assets.defs.automation import jobs
from assets.defs.cleaned import clean_assets, row_accounts_asset
from assets.defs.collected import raw_asset
from assets.defs.crosswalk import crosswalk_asset
from assets.defs.customers import customer_assets, guard_check, resolved_assets
from assets.defs.described import described_assets
from assets.defs.drift import drift_assets
from assets.defs.excluded import excluded_assets
from assets.defs.features import feature_assets
from assets.defs.forecasts import forecast_assets
from assets.defs.health import health_assets, health_checks
from assets.defs.identity import identity_assets
from assets.defs.laws import law_checks
from assets.defs.mobility import scheme_moves_asset
from assets.defs.overview import finding_checks, overview_asset
from assets.defs.plans import plan_assets
from assets.defs.published import linked_tables, published_assets
from assets.defs.reconciled import reconciled_asset
from assets.defs.segments import segment_assets
from assets.defs.texts import text_scores_asset
from assets.defs.themes import theme_assets
from assets.lib.checks import by_expectations, by_queries, contract_checks
from assets.lib.instance import PROJECT_TAG, key_prefix
from assets.lib.io_manager import LakeIOManager
from assets.lib.keys import prefixed, table_of
from assets.lib.lineage import Lineage
from assets.lib.partitions import partitions_of
from assets.lib.platform import Platform
from assets.lib.stages import Told, remembered_of, stages_of, version_of, versioned
from assets.lib.turns import held
from pipeline.engine.blocks import STORED_KEYS
from pipeline.features import customer_features_table
from pipeline.features.categories import CUSTOMER_CATEGORIES
from pipeline.forecasts import CUSTOMER_FORECASTS
from pipeline.ledgers import ledgers_of
from pipeline.publish.contracts import tables_of
from pipeline.publish.documents import write_documents
from pipeline.settings import Project
from pipeline.tables import (
    health,
    mobility,
    outcomes,
    outlooks,
    overlaps,
    overview,
    plans,
    requests,
    texts,
    zones,
)
from pipeline.tables.entities import PROFILES
from pipeline.tables.model import Table

# Both are known and wanted: backfill policies and mappings to partitions that need not exist are
# beta; ``resegment`` runs one period at a time, because that is all that its later assets can do, and so does
# ``prepare`` where accounts are excluded.
warnings.filterwarnings("ignore", category=BetaWarning)
warnings.filterwarnings("ignore", message="Asset job (resegment|prepare) materializes assets with varying")


#: What the documents of a publication are made from, beside its tables.
DOCUMENTS = Told(
    reads=(
        "title",
        "currency",
        "report",
        "project",
        "drift",
        "publish",
        "action_plan",
        "segments.schemes",
        "sources.*.entity",
        "sources.*.columns",
    ),
    words=True,
)


def contracts_of(project: Project) -> dict[str, Table]:
    """Contract of every table that the IO manager may write for ``project``, by ``zone/name``."""
    entities = [project.entity(name) for name in sorted(project.entities)]
    tables = [one.clean for one in entities] + [zones.set_aside(one.name) for one in entities]
    tables += [one.restricted for one in entities if one.restricted]
    tables += [texts.text_scores(name) for name in project.with_texts]
    tables += [*(one.table for one in project.ledgers.values()), CUSTOMER_CATEGORIES]
    tables += [
        one
        for module in (
            zones,
            health,
            texts,
            outlooks,
            outcomes,
            overlaps,
            mobility,
            overview,
            plans,
            requests,
        )
        for one in vars(module).values()
        if isinstance(one, Table)
    ]
    schemes = project.every_scheme
    tables += [*_of_declarations(project), zones.states_table(schemes), zones.stays_table(schemes)]
    return {one.path: one for one in tables}


def _of_declarations(project: Project) -> list[Table]:
    """Contracts that a project's own attributes and features widen."""
    customers = zones.customers_table(project.entity(PROFILES.name))
    return [customers, customer_features_table(project.catalogue), CUSTOMER_FORECASTS]


def _blocking(checks: Sequence[AssetChecksDefinition]) -> dict[str, list[str]]:
    """Names of the blocking checks of each table."""
    found: dict[str, list[str]] = {}
    for spec in (spec for one in checks for spec in one.check_specs if spec.blocking):
        found.setdefault(table_of(spec.asset_key), []).append(spec.name)
    return found


def build_defs(project: Project, platform: Platform | None = None) -> Definitions:
    """Definitions of ``project``; ``platform``, which learns their lineage, replaces the real one."""
    platform = platform or Platform(project, prefix=key_prefix(project))
    partitions = partitions_of(project)
    contracts = contracts_of(project)
    entities = [project.entity(name) for name in sorted(project.entities)]
    assets = [
        *(raw_asset(name, source, partitions) for name, source in project.sources.items()),
        *excluded_assets(project, partitions),
        *(clean_assets(one, project, partitions) for one in entities),
        row_accounts_asset(project, entities, partitions),
        *health_assets(project, entities, partitions),
        *(text_scores_asset(project.entity(name), partitions) for name in project.with_texts),
        *(
            ledger_asset(project.ledgers[name], project, partitions)
            for name in ledgers_of(project.entities, project.ledgers, project.with_texts)
        ),
        *identity_assets(project, partitions),
        resolved_assets(project, partitions),
        crosswalk_asset(project, partitions),
        *customer_assets(project, partitions),
        *feature_assets(project, partitions),
        *forecast_assets(project, partitions),
        *segment_assets(project, partitions),
        *described_assets(project, partitions),
        *theme_assets(project, partitions),
        *plan_assets(project, partitions),
        reconciled_asset(project, partitions),
        *drift_assets(project, partitions),
        scheme_moves_asset(project, partitions),
        overview_asset(project, partitions),
        published_assets(project, partitions),
    ]
    checks = [
        *(contract_checks(one.clean, by_expectations) for one in entities),
        *(contract_checks(one, by_expectations) for one in _of_declarations(project)),
        *(contract_checks(one, by_queries) for one in (zones.ACCOUNT_LINKS, zones.ASSIGNMENTS)),
        *law_checks(),
        guard_check(),
        health_checks(),
        finding_checks(project),
    ]
    published = {one.path: one for one in tables_of(project).values()}
    stages = stages_of(assets, project, contracts | published)
    said = {"schemes": project.every_scheme, "features": project.readable}
    documents = version_of((write_documents,), DOCUMENTS, project, said)
    remembered_of(project).keep()
    platform.lineage = Lineage(project, platform.lake, stages, _blocking(checks), documents)
    return Definitions(
        assets=prefixed([versioned(one, stages) for one in assets], platform.prefix),
        asset_checks=prefixed(checks, platform.prefix),
        jobs=jobs({PROJECT_TAG: project.project}),
        resources={
            "platform": held(platform),
            "io_manager": LakeIOManager(
                platform,
                contracts,
                linked_tables(),
                {zones.ASSIGNMENTS.path: STORED_KEYS * len(project.every_scheme)},
            ),
        },
        executor=in_process_executor,
    )
