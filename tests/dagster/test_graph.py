"""The graph of assets: exact keys, checks, jobs and schedules of a project."""

from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml
from dagster import AssetKey, Definitions

from assets.definitions import build_defs, contracts_of
from pipeline.settings import ColumnMap, IdentitySettings, Project, load_project
from tests.company import write_company
from tests.texting import write_texting_company


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return write_company(tmp_path_factory.mktemp("graph"), customers=20, months=2)[0]


@pytest.fixture(scope="module")
def defs(project: Project) -> Definitions:
    return build_defs(project)


def keys(defs: Definitions) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}


def test_keys_mirror_the_zones(defs: Definitions) -> None:
    assert keys(defs) == {
        "raw/till", "raw/crm", "raw/catalogue", "raw/mailings",
        "clean/orders", "clean/profiles", "clean/products", "clean/campaign_contacts", "clean/row_accounts",
        "quarantine/orders", "quarantine/profiles", "quarantine/products", "quarantine/campaign_contacts",
        "restricted/profiles", "health/source_profiles", "health/source_health",
        "activity/orders", "activity/order_keys", "activity/campaigns", "activity/contact_channels",
        "activity/product_discounts",
        "customers/account_links", "customers/register", "customers/events", "restricted/guard_trips",
        "restricted/crosswalk",
        "customers/customers", "customers/surviving_values", "restricted/customer_identities",
        "features/customer_features", "features/customer_categories",
        "models/forecast_versions", "models/backtests", "features/customer_forecasts",
        "models/scheme_versions", "models/version_requests",
        "segments/assignments", "segments/previous_version_assignments", "segments/reconciled_assignments",
        "segments/outcomes", "segments/scheme_outcomes", "segments/overlap", "segments/scheme_overlap",
        "segments/states", "segments/register", "segments/portraits", "segments/forecasts",
        "drift/moves", "drift/flows", "drift/scheme_moves", "drift/stays", "drift/ended_stays",
        "drift/feature_profiles", "drift/findings", "drift/overview",
        "published/current_segments", "published/customer_history", "published/segment_sizes",
        "published/customer_segments", "published/segment_assignments", "published/segment_register",
        "published/segment_outcomes", "published/scheme_outcomes", "published/scheme_moves",
        "published/segment_portraits", "published/segment_forecasts",
        "published/segment_moves", "published/segment_flows",
        "published/playbooks", "published/segment_overlap", "published/scheme_overlap",
        "published/drift_findings", "published/feature_profiles",
        "published/model_cards", "published/data_quality", "published/source_health",
        "published/customer_forecasts", "published/forecast_cards", "published/model_backtests",
        "published/customer_register", "published/customer_events",
    }  # fmt: skip


def test_accounts_are_compared_where_a_source_gives_identifiers(defs: Definitions, tmp_path: Path) -> None:
    project, _ = write_company(tmp_path, customers=20, months=2)
    with_email = project.sources["crm"].model_copy(
        update={"columns": {**project.sources["crm"].columns, "email": ColumnMap(column="city")}}
    )
    linking = project.model_copy(update={"sources": {**project.sources, "crm": with_email}})
    linked = {"restricted/account_identities", "models/identity_versions", "customers/account_pairs"}
    assert keys(build_defs(linking)) - keys(defs) == linked
    alone = linking.model_copy(update={"identity": IdentitySettings(link=False)})
    assert keys(build_defs(alone)) == keys(defs)


def test_who_is_excluded_is_known_where_somebody_is(defs: Definitions, tmp_path: Path) -> None:
    exclude = [{"name": "staff", "accounts": {"shop": ["k1"]}}]
    project, _ = write_company(tmp_path, customers=20, months=2, exclude=exclude)
    assert keys(build_defs(project)) - keys(defs) == {"restricted/excluded_accounts"}


def test_a_plan_is_made_where_there_are_actions(defs: Definitions, tmp_path: Path) -> None:
    action = {"action": "thank", "label": {"en": "Thank", "zh": "感谢"}, "segments": {"loyalty": ["high"]}}
    project, _ = write_company(tmp_path, customers=20, months=2, action_plan={"actions": [action]})
    found = build_defs(project)
    assert keys(found) - keys(defs) == {
        "plans/action_plan", "plans/chosen", "plans/action_results",
        "published/action_plan", "published/action_results",
    }  # fmt: skip
    inner = {key for key in keys(found) if key.startswith("plans/")}
    assert inner <= set(contracts_of(project))


def test_texts_are_scored_where_a_source_tells_them(defs: Definitions, tmp_path: Path) -> None:
    project, _ = write_texting_company(tmp_path, customers=5)
    entities = {key.removeprefix("texts/") for key in keys(build_defs(project)) if key.startswith("texts/")}
    assert entities == {"support_contacts", "survey_answers", "interviews", "social_activity", "themes"}
    assert keys(build_defs(project)) >= {
        "activity/texts", "models/theme_versions", "segments/text_themes", "published/text_themes",
    }  # fmt: skip
    silent = {
        name: one.model_copy(update={"columns": {k: v for k, v in one.columns.items() if k != "text"}})
        for name, one in project.sources.items()
        if name != "of_interviews"
    }
    found = keys(build_defs(project.model_copy(update={"sources": silent})))
    assert not {key for key in found if "text" in key or "theme" in key}
    assert "restricted/support_contacts" in found


#: Made on the way from cleaned rows to customers, and so in their group, whatever their zone.
AMONG_CUSTOMERS = {
    "restricted/account_identities", "restricted/guard_trips", "restricted/customer_identities",
    "restricted/crosswalk", "models/identity_versions",
}  # fmt: skip

#: Measured as soon as rows are clean, of many periods at once.
AMONG_CLEAN = {"health/source_profiles"}

#: Made by models, which are made from features.
AMONG_MODELS = {"features/customer_forecasts", "texts/themes"}


@pytest.fixture(scope="module")
def demo() -> Definitions:
    """A company with every entity, whose accounts are linked."""
    return build_defs(load_project(Path(__file__).parents[2] / "data" / "demo_company"))


def test_groups_are_zones(demo: Definitions) -> None:
    graph = demo.resolve_asset_graph()
    assert set(map(AssetKey.from_user_string, AMONG_CUSTOMERS)) <= graph.get_all_asset_keys()
    for key in graph.get_all_asset_keys():
        name = key.to_user_string()
        apart = {"customers": AMONG_CUSTOMERS, "models": AMONG_MODELS, "clean": AMONG_CLEAN}
        among = next((group for group, some in apart.items() if name in some), key.path[0])
        assert graph.get(key).group_name == among


@pytest.fixture(scope="module")
def excluding(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    """The same company, which excludes somebody by each form of exclusion."""
    folder = tmp_path_factory.mktemp("excluding")
    text = (Path(__file__).parents[2] / "data" / "demo_company" / "project.yaml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    settings["exclude"] = [
        {"name": "employees", "source": "crm", "where": "job = 'staff'"},
        {"name": "test_accounts", "accounts": {"shop": [1]}},
        {"name": "abroad", "entity": "profiles", "where": "country = 'FR'"},
    ]
    (folder / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return build_defs(load_project(folder))


def test_a_company_that_links_accounts_keeps_what_excluded_ones_are_recognised_by(
    demo: Definitions, excluding: Definitions
) -> None:
    assert keys(excluding) - keys(demo) == {
        "restricted/excluded_accounts", "restricted/excluded_identities", "restricted/exclusion_versions",
    }  # fmt: skip
    graph = excluding.resolve_asset_graph()
    for name in ("clean/orders", "quarantine/orders", "clean/profiles", "customers/account_links"):
        parents = graph.get(AssetKey.from_user_string(name)).parent_keys
        assert AssetKey(["restricted", "excluded_accounts"]) in parents


@pytest.mark.parametrize("company", ["demo", "excluding"])
def test_neither_assets_nor_groups_lead_back_to_themselves(
    company: str, request: pytest.FixtureRequest
) -> None:
    """The UI draws nothing when it finds a cycle of assets, and a tangle when it finds one of groups;
    it does not look at periods."""
    graph = request.getfixturevalue(company).resolve_asset_graph()
    above = {key: graph.get(key).parent_keys - {key} for key in graph.get_all_asset_keys()}
    groups: dict[str | None, set[str | None]] = {}
    for key, parents in above.items():
        group = graph.get(key).group_name
        groups.setdefault(group, set()).update({graph.get(one).group_name for one in parents} - {group})
    TopologicalSorter(above).prepare()  # raises on a cycle
    order = list(TopologicalSorter(groups).static_order())
    assert (order[0], order[-1]) == ("raw", "published")


def test_every_table_that_the_lake_holds_has_a_contract(defs: Definitions, project: Project) -> None:
    inner = {key for key in keys(defs) if not key.startswith(("raw/", "published/"))}
    assert inner <= set(contracts_of(project))


def test_checks(defs: Definitions) -> None:
    checks = defs.resolve_asset_graph().asset_check_keys
    by_table: dict[str, set[str]] = {}
    for one in checks:
        by_table.setdefault(one.asset_key.to_user_string(), set()).add(one.name)
    contract = {"schema", "keys", "values", "plausibility"}
    assert by_table == {
        **{f"clean/{one}": contract for one in ("orders", "profiles", "products", "campaign_contacts")},
        "customers/customers": contract,
        "features/customer_features": contract,
        "features/customer_forecasts": contract,
        "segments/assignments": contract,
        "clean/row_accounts": {"accounted"},
        "health/source_health": {"whole", "sound"},
        "customers/account_links": contract | {"guards"},
        "drift/flows": {"balanced", "explained"},
        "drift/findings": {"no_major", "no_minor"},
    }


def test_jobs(defs: Definitions) -> None:
    repository = defs.get_repository_def()
    assert {"collect", "prepare", "segment", "resegment"} <= set(repository.job_names)


def test_published_tables_show_their_columns_and_freshness(defs: Definitions) -> None:
    node = defs.resolve_asset_graph().get(AssetKey(["published", "segment_flows"]))
    columns = {one.name for one in node.metadata["dagster/column_schema"].columns}
    assert {"scheme", "state", "population_count"} <= columns
    assert node.freshness_policy is not None


def test_segments_depend_on_their_own_previous_period(defs: Definitions, tmp_path: Path) -> None:
    graph = defs.resolve_asset_graph()
    for key in (
        "segments/assignments",
        "models/scheme_versions",
        "customers/account_links",
        "drift/findings",
    ):
        assert AssetKey.from_user_string(key) in graph.get(AssetKey.from_user_string(key)).parent_keys


@pytest.mark.real_data
def test_both_real_projects_load() -> None:
    from pipeline.settings import load_project

    for name in ("complete_journey", "online_retail"):
        project = load_project(Path(__file__).parents[2] / "data" / name)
        assert "published/customer_segments" in keys(build_defs(project))
