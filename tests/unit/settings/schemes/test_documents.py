"""Documents of schemes: those that come along, and what a project changes and adds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipeline
from pipeline.errors import InputError
from pipeline.schemes.kinds import KINDS
from pipeline.settings import BUILT_IN, Project, load_project
from pipeline.settings.schemes import built_in_documents, documents
from pipeline.settings.schemes.documents import laid_over
from tests.unit.settings.schemes.examples import CLUSTERS, GRID, RULES, TIER

WriteProject = Callable[..., Project]
FOLDER = Path(pipeline.__file__).parent / "schemes"


def changed(write_project: WriteProject, **document: Any) -> Any:
    """A built-in scheme with what a project says of it."""
    return write_project(schemes=[document]).every_scheme[document["scheme"]]


def own(write_project: WriteProject, text: str) -> Any:
    """The only scheme of a project's own in ``text``."""
    return write_project(**yaml.safe_load(text)).schemes[0]


def test_every_document_beside_the_code_is_a_scheme() -> None:
    assert set(BUILT_IN) == {one.stem for one in FOLDER.glob("*.yaml")}
    assert len(BUILT_IN) >= 9


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_built_in_document_says_what_it_is(name: str) -> None:
    document, scheme = built_in_documents()[name], BUILT_IN[name]
    assert scheme.scheme == scheme.name == document["scheme"] == name
    assert scheme.kind == document["kind"]
    assert scheme.label.en == document["label"]["en"]
    assert scheme.segment_ids() == [f"{name}:{one}" for one in document.get("segments", {})]


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_built_in_document_is_in_the_language_of_projects(name: str, write_project: WriteProject) -> None:
    """The same words, as a project's own scheme of another name, are the same scheme."""
    copied = dict(built_in_documents()[name]) | {"scheme": "copied"}
    scheme = write_project(schemes=[copied]).every_scheme["copied"]
    assert scheme.model_dump(exclude={"scheme"}) == BUILT_IN[name].model_dump(exclude={"scheme"})


def test_the_kinds_that_a_document_may_say_are_those_that_are_served() -> None:
    assert set(documents.KINDS) == set(KINDS)


def test_one_file_a_scheme_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schemes").mkdir()
    (tmp_path / "schemes" / "two.yaml").write_text("scheme: one\n")
    monkeypatch.setattr(pipeline, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(ValueError, match=r"two\.yaml declares the scheme 'one'"):
        built_in_documents.__wrapped__()


def test_schemes_come_by_place_and_then_by_name(write_project: WriteProject) -> None:
    names = list(write_project().every_scheme)
    assert names == [
        "purchasing_power", "purchase_frequency", "recent_trend", "purchase_potential", "satisfaction",
        "loyalty", "churn_risk", "customer_value", "rfm", "lifecycle", "relationship",
        "customer_type", "behaviour_clusters",
    ]  # fmt: skip
    tastes, others = yaml.safe_load(CLUSTERS)["schemes"][0], yaml.safe_load(TIER)["schemes"][0]
    given = [tastes, others, {"scheme": "rfm", "place": 1}]
    assert list(write_project(schemes=given).every_scheme) == [
        "rfm", *(one for one in names if one != "rfm"), "discounts", "tastes"
    ]  # fmt: skip


# laying over


def test_mappings_are_laid_over_key_by_key_and_everything_else_is_replaced() -> None:
    below = {"a": {"b": 1, "c": {"d": 2}}, "e": [1, 2], "f": 3}
    above = {"a": {"c": {"d": 4, "g": 5}}, "e": [6], "h": 7}
    assert laid_over(below, above) == {"a": {"b": 1, "c": {"d": 4, "g": 5}}, "e": [6], "f": 3, "h": 7}
    assert below == {"a": {"b": 1, "c": {"d": 2}}, "e": [1, 2], "f": 3}, "what lies below stays as it was"


@pytest.mark.parametrize("key", ["borders", "least_evidence"])
def test_borders_and_least_evidence_are_replaced_as_a_whole(key: str) -> None:
    assert laid_over({key: {"quantiles": [0.5], "x": 1}}, {key: {"scores": [3]}}) == {key: {"scores": [3]}}


def test_another_form_replaces_what_lies_below() -> None:
    assert laid_over({"a": {"b": 1}}, {"a": 2}) == {"a": 2}
    assert laid_over({"a": 2}, {"a": {"b": 1}}) == {"a": {"b": 1}}


# what differs in a built-in scheme


def test_one_threshold_of_a_built_in_scheme_is_changed_alone(write_project: WriteProject) -> None:
    scheme = changed(write_project, scheme="lifecycle", thresholds={"lost_after_days": 90})
    usual = BUILT_IN["lifecycle"]
    assert scheme.thresholds == usual.thresholds | {"lost_after_days": 90}
    assert scheme.rules == usual.rules
    assert scheme.label == usual.label


def test_borders_of_a_built_in_scheme(write_project: WriteProject) -> None:
    scheme = changed(write_project, scheme="churn_risk", borders={"scores": [30, 60]})
    assert scheme.borders.values == [30, 60]
    assert scheme.score == BUILT_IN["churn_risk"].score
    ranked = changed(write_project, scheme="churn_risk", scale="rank", borders={"quantiles": [0.2, 0.9]})
    assert (ranked.scale, ranked.borders.values, ranked.borders.scores) == ("rank", [0.2, 0.9], None)


def test_a_tier_on_the_value_scale_is_read(write_project: WriteProject) -> None:
    scheme = changed(
        write_project,
        scheme="loyalty",
        scale="value",
        score=[{"feature": "discount_share_12p"}],
        borders={"scores": [10, 30]},
    )
    assert (scheme.scale, scheme.borders.scores) == ("value", [10, 30])
    assert [(one.feature, one.weight, one.direction) for one in scheme.score] == [
        ("discount_share_12p", 1, "raises")
    ]


def test_a_label_of_a_built_in_scheme_and_of_its_segment(write_project: WriteProject) -> None:
    segments = {"high": {"label": {"en": "Regulars"}}}
    scheme = changed(write_project, scheme="loyalty", label={"zh": "忠实"}, segments=segments)
    assert (scheme.label.en, scheme.label.zh) == ("Loyalty", "忠实")
    assert (scheme.segments["high"].label.en, scheme.segments["high"].label.zh) == ("Regulars", "高")
    assert list(scheme.segments) == ["high", "medium", "low"]


def test_the_borders_of_an_axis(write_project: WriteProject) -> None:
    scheme = changed(write_project, scheme="rfm", axes={"recency": {"borders": [2, 3, 4, 5]}})
    assert scheme.axes["recency"].borders == [2, 3, 4, 5]
    assert scheme.axes["recency"].direction == "lowers"
    assert scheme.axes["monetary"] == BUILT_IN["rfm"].axes["monetary"]


@pytest.mark.parametrize(
    ("axis", "words"),
    [({"borders": [3, 2]}, "borders go up"), ({"step": 7}, "borders, or quantiles and a step")],
)
def test_an_axis_has_one_kind_of_borders(axis, words, write_project: WriteProject) -> None:
    with pytest.raises(InputError, match=words):
        changed(write_project, scheme="rfm", axes={"recency": axis})


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("{feature: lines_per_order_12p, at_least: full, keeps: nowhere}", "nowhere"),
        ("{feature: is_tenure_censored, is: true, keeps: 1}", "keeps goes with"),
    ],
)
def test_what_keeps_a_customer_is_a_number_or_a_threshold(condition, words, write_project) -> None:
    with pytest.raises(InputError, match=words):
        own(write_project, RULES.replace("{feature: lines_per_order_12p, at_least: full}", condition))


def test_a_built_in_scheme_may_name_its_kind(write_project: WriteProject) -> None:
    assert changed(write_project, scheme="rfm", kind="grid") == BUILT_IN["rfm"]


def test_a_change_of_one_project_is_none_of_the_next(write_project: WriteProject) -> None:
    before = BUILT_IN["lifecycle"].model_dump()
    changed(write_project, scheme="lifecycle", thresholds={"lost_after_days": 1})
    assert write_project().every_scheme["lifecycle"].model_dump() == before


def test_a_change_of_a_scheme_changes_the_digest_of_the_settings(write_project: WriteProject) -> None:
    usual = write_project().digest()
    given = [{"scheme": "lifecycle", "thresholds": {"lost_after_days": 90}}]
    assert write_project(schemes=given).digest() != usual


# schemes of a project's own


def test_a_tier_of_four_segments(write_project: WriteProject) -> None:
    scheme = own(
        write_project,
        TIER.replace("[0.25, 0.5]", "[0.25, 0.5, 0.9]").replace(
            "    segments:\n", "    segments:\n      all: {label: {en: All, zh: 全}}\n"
        ),
    )
    assert scheme.segment_ids() == ["discounts:all", "discounts:much", "discounts:some", "discounts:none"]
    assert scheme.borders.values == [0.25, 0.5, 0.9]
    assert scheme.least_evidence == {}


def test_a_grid_of_two_by_three_with_one_axis_a_dimension(write_project: WriteProject) -> None:
    scheme = own(write_project, GRID)
    assert (scheme.size(scheme.rows), scheme.size(scheme.columns)) == (2, 3)
    assert scheme.exact_features() == ["orders_per_30_days_12p", "net_amount_per_30_days_12p"]


def test_rules_with_every_form_of_condition(write_project: WriteProject) -> None:
    text = RULES.replace(
        "{feature: lines_per_order_12p, at_least: full}",
        "{all: [{any: [{feature: recency_days, below: 30}, {feature: is_tenure_censored, is: true}]}, "
        "{first_known: [{feature: overdue_ratio, at_least: 2}, "
        "{feature: tenure_days, capped_at: window_days, at_least: full}]}]}",
    )
    scheme = own(write_project, text)
    features = [one.feature for one in scheme.rules[0].when.leaves()]
    assert features == ["recency_days", "is_tenure_censored", "overdue_ratio", "tenure_days"]
    assert scheme.features() == ["lines_per_order_12p", *features]
    assert scheme.facts() == []


def test_rules_over_what_may_not_be_published_tell_one_of_five_classes_at_most(
    write_project: WriteProject,
) -> None:
    """The same word that a built-in scheme has: four borders, no more, and the other features stay free."""
    borders = ", ".join(f"{{feature: income_amount, at_least: {10_000 * at}}}" for at in range(1, 5))
    text = RULES.replace("{feature: lines_per_order_12p, at_least: full}", f"{{any: [{borders}]}}")
    scheme = own(write_project, text)
    assert scheme.told_exactly(["income_amount", "gender"]) == []
    assert scheme.classes_of(["income_amount", "gender"]) == ["income_amount"]
    finer = text.replace("any: [", "any: [{feature: income_amount, below: 1}, ")
    with pytest.raises(InputError, match="one of 5 classes"):
        own(write_project, finer)
    named = {"publish": {"attributes": ["income_amount"]}}
    assert write_project(**yaml.safe_load(finer), **named).schemes[0].kind == "rules"


def test_a_text_is_compared_with_some(write_project: WriteProject) -> None:
    text = RULES.replace(
        "{feature: lines_per_order_12p, at_least: full}", "{feature: top_category_12p, one_of: [tea, coffee]}"
    )
    assert own(write_project, text).rules[0].when.one_of == ["tea", "coffee"]


def test_clusters_of_other_features(write_project: WriteProject) -> None:
    scheme = own(write_project, CLUSTERS)
    assert scheme.segment_ids() == []
    assert scheme.exact_features() == ["recency_days", "categories_count_12p"]


def test_what_may_not_be_published_is_allowed_once_the_project_names_it(write_project: WriteProject) -> None:
    text = CLUSTERS.replace("categories_count_12p", "income_amount")
    given = yaml.safe_load(text) | {"publish": {"attributes": ["income_amount"]}}
    assert write_project(**given).schemes[0].features == ["recency_days", "income_amount"]


def test_a_tier_may_count_what_may_not_be_published(write_project: WriteProject) -> None:
    scheme = own(write_project, TIER.replace("discount_share_12p", "income_amount"))
    assert scheme.exact_features() == []


def test_a_scheme_of_ones_own_is_used_or_not_like_any_other(write_project: WriteProject) -> None:
    given = yaml.safe_load(TIER)
    project = write_project(**given, segments={"schemes": ["discounts"]})
    assert [one.name for one in project.every_scheme.values() if project.is_in_use(one)] == ["discounts"]
    scheme = write_project(schemes=[given["schemes"][0] | {"needs_any_entity": ["survey_answers"]}])
    assert not scheme.is_in_use(scheme.every_scheme["discounts"])


@pytest.mark.parametrize("text", [TIER, GRID, RULES, CLUSTERS], ids=["tier", "grid", "rules", "clusters"])
def test_a_document_stands_in_yaml_as_it_is_meant(text: str, tmp_path: Path) -> None:
    from tests.conftest import shop_settings

    (tmp_path / "project.yaml").write_text(yaml.safe_dump(shop_settings()) + text, encoding="utf-8")
    given = yaml.safe_load(text)["schemes"][0]
    assert load_project(tmp_path).every_scheme[given["scheme"]].label.zh == given["label"]["zh"]
