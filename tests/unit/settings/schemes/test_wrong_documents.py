"""What may be wrong with a document of a scheme: each an error with file, line, key and what is allowed."""

from pathlib import Path

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.settings.schemes.examples import CLUSTERS, GRID, RULES, TAUGHT, TIER

SHOP = yaml.safe_dump(shop_settings(), sort_keys=False)
#: Marks the line that the error must name.
HERE = "#!"
#: A condition that cuts a quasi-identifier into more classes than may be told.
_MANY = ", ".join(f"{{feature: income_amount, at_least: {10_000 * at}}}" for at in range(1, 6))


def refused(folder: Path, text: str) -> InputError:
    (folder / "project.yaml").write_text(SHOP + text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_project(folder)
    return caught.value


def changed(document: str, old: str, new: str) -> str:
    assert document.count(old) == 1, old
    return document.replace(old, new)


def line_of(text: str) -> int:
    return (SHOP + text).split(HERE)[0].count("\n") + 1


@pytest.mark.parametrize(
    "document", [TIER, GRID, RULES, CLUSTERS, TAUGHT], ids=["tier", "grid", "rules", "clusters", "taught"]
)
def test_the_documents_that_are_spoiled_below_are_good(tmp_path: Path, document: str) -> None:
    (tmp_path / "project.yaml").write_text(SHOP + document, encoding="utf-8")
    project = load_project(tmp_path)
    assert len(project.schemes) == 1


#: An attribute with codes.
OUTCOME = """\
attributes:
  - attribute: outcome
    label: {en: Outcome, zh: 结果}
    meaning: What became of the customer.
    type: text
    values: [gone, kept]
    privacy: none
"""
#: What is wrong: the document, the key that the error names, words that it says.
WRONG: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # what every kind says
    "an unknown kind": (
        changed(TIER, "kind: tier", "kind: tear #!"),
        "schemes.0.kind", ("tear", "tier, grid, rules, clusters, taught"),
    ),
    "no kind": (
        changed(changed(TIER, "    kind: tier\n", ""), "scheme: discounts", "scheme: discounts #!"),
        "schemes.0",
        ("kind", "tier, grid, rules, clusters, taught", "market_product, price_sensitivity, price_tier"),
    ),
    "a misspelt kind": (
        changed(TIER, "kind: tier", "knd: tier #!"),
        "schemes.0.knd", ("unknown key knd, did you mean kind?",),
    ),
    "a built-in of another kind": (
        "schemes:\n  - scheme: loyalty\n    kind: grid #!\n",
        "schemes.0.kind", ("loyalty is built in and of kind tier", "another name"),
    ),
    "a misspelt built-in": (
        "schemes:\n  - scheme: loyaltie #!\n    borders: {quantiles: [0.2, 0.4]}\n",
        "schemes.0.scheme", ("did you mean loyalty?",),
    ),
    "a name that is none": (
        changed(TIER, "scheme: discounts", "scheme: Price hunters #!"),
        "schemes.0.scheme", ("pattern",),
    ),
    "a name that is a status": (
        changed(TIER, "scheme: discounts", "scheme: not_applicable #!"),
        "schemes.0.scheme", ("not_applicable", "status"),
    ),
    "a segment whose name is a status": (
        changed(TIER, "none: {label: {en: None, zh: 无}}", "insufficient_data: {label: {en: N, zh: 无}} #!"),
        "schemes.0.segments.insufficient_data", ("status",),
    ),
    "a segment whose name is none": (
        changed(TIER, "much: {label", "Very much: {label").replace("多}}", "多}} #!"),
        "schemes.0.segments.Very much", ("pattern",),
    ),
    "two of a name": (
        TIER + changed(TIER.removeprefix("schemes:\n"), "scheme: discounts", "scheme: discounts #!"),
        "schemes.1.scheme", ("discounts", "twice"),
    ),
    "a built-in twice": (
        "schemes:\n  - {scheme: rfm, place: 1}\n  - {scheme: rfm, place: 2} #!\n",
        "schemes.1.scheme", ("rfm", "twice"),
    ),
    "a label without Chinese": (
        changed(TIER, "{label: {en: Much, zh: 多}}", "{label: {en: Much}} #!"),
        "schemes.0.segments.much.label.zh", ("needed, and missing",),
    ),
    "a label of a scheme of rules without Chinese": (  # rules is a kind and a key
        changed(RULES, "label: {en: Basket, zh: 购物篮}", "label: {en: Basket} #!"),
        "schemes.0.label.zh", ("needed, and missing",),
    ),
    "an empty label": (
        changed(TIER, "zh: 多", "zh: ''").replace("''}}", "''}} #!"),
        "schemes.0.segments.much.label.zh", ("at least 1 character",),
    ),
    "no label": (
        changed(changed(TIER, "    label: {en: Discounts, zh: 折扣}\n", ""), "discounts", "discounts #!"),
        "schemes.0.label", ("needed, and missing",),
    ),
    "a misspelt key": (
        changed(TIER, "borders:", "bordrs:").replace("0.5]}", "0.5]} #!"),
        "schemes.0.bordrs", ("unknown key bordrs, did you mean borders?",),
    ),
    "an unknown entity": (
        TIER + "    needs_any_entity: [invoices] #!\n",
        "schemes.0.needs_any_entity.0", ("no entity 'invoices'", "orders"),
    ),
    "least evidence of what is no count": (
        TIER + "    least_evidence: {recency_days: 3} #!\n",
        "schemes.0.least_evidence.recency_days", ("orders_count_12p", "counts"),
    ),
    "least evidence of nothing": (
        TIER + "    least_evidence: {orders_count_12p: 0} #!\n",
        "schemes.0.least_evidence.orders_count_12p", ("greater than or equal to 1",),
    ),
    "a scheme that is no mapping": (
        "schemes:\n  - loyalty #!\n",
        "schemes.0", ("a mapping belongs here",),
    ),
    "schemes as a mapping": (
        "schemes: #!\n  loyalty: {place: 1}\n",
        "schemes", ("a list belongs here",),
    ),
    # tier
    "an unknown feature": (
        changed(TIER, "discount_share_12p}", "shoe_size} #!"),
        "schemes.0.score.0.feature", ("shoe_size", "recency_days", "docs/data_dictionary.md"),
    ),
    "a misspelt feature": (
        changed(TIER, "discount_share_12p}", "discount_shares_12p} #!"),
        "schemes.0.score.0.feature", ("did you mean discount_share_12p?",),
    ),
    "a feature that is no number": (
        changed(TIER, "discount_share_12p}", "top_category_12p} #!"),
        "schemes.0.score.0.feature", ("'top_category_12p' is no number", "recency_days"),
    ),
    "a feature twice": (
        changed(TIER, "_12p}\n", "_12p}\n      - {feature: discount_share_12p} #!\n"),
        "schemes.0.score.1.feature", ("twice", "weights"),
    ),
    "no feature": (
        changed(TIER, "score:\n      - {feature: discount_share_12p}", "score: [] #!"),
        "schemes.0.score", ("at least 1 item",),
    ),
    "a weight of nothing": (
        changed(TIER, "_12p}\n", "_12p, weight: 0} #!\n"),
        "schemes.0.score.0.weight", ("greater than 0",),
    ),
    "borders that go down": (
        changed(TIER, "[0.25, 0.5]}", "[0.5, 0.25]} #!"),
        "schemes.0.borders", ("go up", "[0.5, 0.25]"),
    ),
    "borders that coincide": (
        changed(TIER, "[0.25, 0.5]}", "[0.5, 0.5]} #!"),
        "schemes.0.borders", ("go up",),
    ),
    "borders beyond the scale": (
        changed(TIER, "[0.25, 0.5]}", "[0.5, 20]} #!"),
        "schemes.0.borders", ("between 0 and 1",),
    ),
    "no borders": (
        changed(TIER, "{quantiles: [0.25, 0.5]}", "{} #!"),
        "schemes.0.borders", ("either quantiles or scores",),
    ),
    "both borders": (
        changed(TIER, "[0.25, 0.5]}", "[0.25, 0.5], scores: [20, 50]} #!"),
        "schemes.0.borders", ("either quantiles or scores",),
    ),
    "too many borders": (
        changed(TIER, "[0.25, 0.5]}", "[0.2, 0.5, 0.7]} #!"),
        "schemes.0.borders", ("3 segments need 2 borders, not 3",),
    ),
    "too few borders, of a built-in": (
        "schemes:\n  - scheme: loyalty\n    borders: {quantiles: [0.5]} #!\n",
        "schemes.0.borders", ("3 segments need 2 borders, not 1",),
    ),
    "scores on the rank scale": (
        changed(TIER, "{quantiles: [0.25, 0.5]}", "{scores: [20, 50]} #!"),
        "schemes.0.borders", ("scale: rank has borders as quantiles",),
    ),
    "quantiles on the value scale": (
        changed(TIER, "[0.25, 0.5]}", "[0.25, 0.5]} #!\n    scale: value"),
        "schemes.0.borders", ("scale: value has borders as scores",),
    ),
    "a value scale without an end": (
        changed(
            changed(TIER, "quantiles: [0.25, 0.5]}", "scores: [25, 50]}\n    scale: value"),
            "discount_share_12p}", "recency_days} #!",
        ),
        "schemes.0.score.0.feature", ("recency_days", "scale: rank"),
    ),
    "an unknown scale": (
        TIER + "    scale: log #!\n",
        "schemes.0.scale", ("'rank' or 'value'",),
    ),
    # grid
    "quantiles of an axis that go down": (
        changed(GRID, "[0.3, 0.6]}", "[0.6, 0.3]} #!"),
        "schemes.0.axes.much.quantiles", ("go up, between 0 and 1",),
    ),
    "a step of nothing": (
        "schemes:\n  - scheme: rfm\n    axes: {recency: {step: 0}} #!\n",
        "schemes.0.axes.recency.step", ("greater than 0",),
    ),
    "an unknown axis": (
        changed(GRID, "rows: [often]", "rows: [oftn] #!"),
        "schemes.0.rows.0", ("oftn", "often, much"),
    ),
    "an axis twice": (
        changed(changed(GRID, "columns: [much]", "columns: [much, often]"), "s: [0.5]}", "s: [0.5]} #!"),
        "schemes.0.axes.often", ("once",),
    ),
    "an axis without a place": (
        changed(GRID, "    rows:", "      idle: {feature: recency_days} #!\n    rows:"),
        "schemes.0.axes.idle", ("once",),
    ),
    "axes of one dimension that differ": (
        changed(GRID, "rows: [often]", "rows: [often, rare] #!").replace(
            "    rows:", "      rare: {feature: recency_days, quantiles: [0.2, 0.4]}\n    rows:"
        ),
        "schemes.0.rows", ("equally many",),
    ),
    "cells of a row too few": (
        changed(GRID, "cells:", "cells: #!").replace("      - [small, small, middle]\n", ""),
        "schemes.0.cells", ("2 rows of 3 segments", "rows of 3"),
    ),
    "cells of a row too short": (
        changed(GRID, "cells:", "cells: #!").replace("[small, small, middle]", "[small, middle]"),
        "schemes.0.cells", ("2 rows of 3 segments", "2, 3"),
    ),
    "an unknown segment in a cell": (
        changed(GRID, "[small, middle, big]", "[small, huge, big] #!"),
        "schemes.0.cells.1.1", ("huge", "small, middle, big"),
    ),
    "a segment without a cell": (
        GRID + "      giant: {label: {en: Giant, zh: 巨}} #!\n",
        "schemes.0.segments.giant", ("nobody can ever be in",),
    ),
    "a quasi-identifier on an axis": (
        changed(changed(GRID, "net_amount_per_30_days_12p", "income_amount"), "matrix", "matrix #!"),
        "schemes.0", ("income_amount", "publish.attributes"),
    ),
    # rules
    "an unknown segment of a rule": (
        changed(RULES, "- segment: full", "- segment: ful #!"),
        "schemes.0.rules.0.segment", ("ful", "full, small"),
    ),
    "a segment without a rule": (
        RULES + "      huge: {label: {en: Huge, zh: 巨}} #!\n",
        "schemes.0.segments.huge", ("nobody can ever be in",),
    ),
    "two rules of a segment": (
        changed(
            RULES,
            "- segment: small\n",
            "- {segment: full, reasons: [recency_days]} #!\n      - segment: small\n",
        ),
        "schemes.0.rules.1.segment", ("two rules", "any"),
    ),
    "a last rule with a condition": (
        RULES.replace(
            "      - segment: small\n",
            "      - segment: small\n        when: {feature: recency_days, below: 9} #!\n",
        ),
        "schemes.0.rules.1.when", ("everybody else",),
    ),
    "an earlier rule without a condition": (
        changed(RULES, "        when: {feature: lines_per_order_12p, at_least: full}\n", "").replace(
            "- segment: full", "- segment: full #!"
        ),
        "schemes.0.rules.0", ("no when", "no later rule"),
    ),
    "an unknown threshold": (
        changed(RULES, "at_least: full}", "at_least: ful} #!"),
        "schemes.0.rules.0.when", ("ful", "full, window_days"),
    ),
    "a threshold of the length of the window": (
        changed(RULES, "thresholds: {full: 10}", "thresholds: {full: 10, window_days: 30} #!"),
        "schemes.0.thresholds.window_days", ("periods",),
    ),
    "no reasons": (
        RULES[::-1].replace("]p21_redro_rep_senil[ :snosaer", "!# ][ :snosaer", 1)[::-1],
        "schemes.0.rules.1.reasons", ("at least 1 item",),
    ),
    "a condition of two things": (
        changed(RULES, "at_least: full}", "at_least: full, all: [{feature: recency_days, below: 3}]} #!"),
        "schemes.0.rules.0.when", ("exactly one of feature, all, any, first_known",),
    ),
    "a condition without a test": (
        changed(RULES, ", at_least: full}", "} #!"),
        "schemes.0.rules.0.when", ("exactly one of at_least, below, is, one_of",),
    ),
    "a test without a feature": (
        changed(RULES, "{feature: lines_per_order_12p, at_least: full}",
                "{any: [{feature: recency_days, below: 9}], at_least: full} #!"),
        "schemes.0.rules.0.when", ("need a feature",),
    ),
    "a number that is a flag": (
        changed(RULES, "at_least: full}", "is: true} #!"),
        "schemes.0.rules.0.when", ("is a number: say at_least or below",),
    ),
    "a flag that is a number": (
        changed(RULES, "{feature: lines_per_order_12p, at", "{feature: is_tenure_censored, at").replace(
            "full}\n", "full} #!\n"
        ),
        "schemes.0.rules.0.when", ("is a flag: say is: true or false",),
    ),
    "a first known of several features": (
        changed(RULES, "when: {feature: lines_per_order_12p, at_least: full}",
                "when: {first_known: [{any: [{feature: recency_days, below: 9}]},"
                " {feature: tenure_days, below: 9}]} #!"),
        "schemes.0.rules.0.when", ("first_known lists conditions on features",),
    ),
    "a misspelt key deep in a condition": (
        changed(RULES, "{feature: lines_per_order_12p, at_least: full}",
                "{any: [{feature: recency_days, at_leest: 3}]} #!"),
        "schemes.0.rules.0.when.any.0.at_leest", ("did you mean at_least?",),
    ),
    "a text that is no number": (
        changed(RULES, "lines_per_order_12p, at_least: full}", "top_category_12p, at_least: 1} #!"),
        "schemes.0.rules.0.when", ("is a text: say one_of",),
    ),
    "a quasi-identifier in many classes": (
        changed(
            changed(RULES, "{feature: lines_per_order_12p, at_least: full}", f"{{any: [{_MANY}]}}"),
            "scheme: basket", "scheme: basket #!",
        ),
        "schemes.0", ("income_amount", "one of 5 classes", "publish.attributes"),
    ),
    "a condition that is known and at least": (
        changed(RULES, "at_least: full}", "at_least: full, known: true} #!"),
        "schemes.0.rules.0.when", ("exactly one of at_least, below, is, one_of, known",),
    ),
    # clusters
    "segments of clusters": (
        CLUSTERS + "    segments: {a: {label: {en: A, zh: 甲}}} #!\n",
        "schemes.0.segments", ("discovered",),
    ),
    "fewer clusters at most than at least": (
        CLUSTERS + "    k_min: 9 #!\n",
        "schemes.0.k_min", ("greater than k_max 8",),
    ),
    "a feature of clusters twice": (
        changed(CLUSTERS, "[recency_days, categories_count_12p]", "[recency_days, recency_days] #!"),
        "schemes.0.features.1", ("twice",),
    ),
    "one feature of clusters": (
        changed(CLUSTERS, "[recency_days, categories_count_12p]", "[recency_days] #!"),
        "schemes.0.features", ("at least 2 items",),
    ),
    "a quasi-identifier in clusters": (
        changed(changed(CLUSTERS, "categories_count_12p", "income_amount"), "tastes", "tastes #!"),
        "schemes.0", ("income_amount", "publish.attributes"),
    ),
    # taught
    "a label that is no text or flag": (
        changed(TAUGHT, "feature: is_silent\n      values", "feature: recency_days #!\n      values"),
        "schemes.0.labels.feature", ("'recency_days' is neither a text nor a flag", "recency_days > 0"),
    ),
    "a label that nothing gives": (
        changed(TAUGHT, "feature: is_silent\n      values", "feature: is_silnt #!\n      values"),
        "schemes.0.labels.feature", ("did you mean is_silent?",),
    ),
    "a value of a flag that it cannot have": (
        changed(TAUGHT, '"true": leaves, "false": stays}', '"yes": leaves, "false": stays} #!'),
        "schemes.0.labels.values.yes", ("is_silent is a flag", '"true"', '"false"'),
    ),
    "a flag without what its values mean": (
        changed(
            changed(TAUGHT, '      values: {"true": leaves, "false": stays}\n', ""), "labels:", "labels: #!"
        ),
        "schemes.0.labels", ("is_silent is a flag", '"true"', '"false"'),
    ),
    "a value of no segment": (
        changed(TAUGHT, '"false": stays}', '"false": remains} #!'),
        "schemes.0.labels.values.false", ("'remains' is not among the segments (leaves, stays)",),
    ),
    "a value that the attribute cannot have": (
        OUTCOME + changed(
            changed(TAUGHT, "feature: is_silent\n      values", "feature: outcome\n      values"),
            '"true": leaves, "false": stays}', "gone: leaves, remained: stays} #!",
        ),
        "schemes.0.labels.values.remained", ("'remained' is none", "outcome has the codes gone, kept"),
    ),
    "a segment without a label": (
        TAUGHT + "      other: {label: {en: Other, zh: 其他}} #!\n",
        "schemes.0.segments.other", ("nobody can ever be in it",),
    ),
    "one segment to learn": (
        changed(
            changed(
                changed(TAUGHT, '"false": stays', '"false": leaves'),
                "      stays: {label: {en: Stays, zh: 留存}}\n", "",
            ),
            "    segments:", "    segments: #!",
        ),
        "schemes.0.segments", ("at least two segments",),
    ),
    "nobody is gone by now": (
        changed(changed(TAUGHT, "      periods_later: 2\n", ""), "gone: leaves", "gone: leaves #!"),
        "schemes.0.labels.gone", ("periods_later",),
    ),
    "who is gone in no segment": (
        changed(TAUGHT, "gone: leaves", "gone: away #!"),
        "schemes.0.labels.gone", ("'away' is not among the segments (leaves, stays)",),
    ),
    "labels of a far future": (
        changed(TAUGHT, "periods_later: 2", "periods_later: 12 #!"),
        "schemes.0.labels.periods_later", ("less than or equal to 6",),
    ),
    "a label learned from itself": (
        changed(
            changed(TAUGHT, "      periods_later: 2\n      gone: leaves\n", ""),
            "[recency_days, orders_count_12p]", "[recency_days, is_silent] #!",
        ),
        "schemes.0.features.1", ("is_silent", "made of the same", "periods_later"),
    ),
    "a forecast to learn from": (
        changed(TAUGHT, "[recency_days, orders_count_12p]", "[recency_days, churn_probability_2p] #!"),
        "schemes.0.features.1", ("churn_probability_2p is a forecast", "name features"),
    ),
    "a text to learn from": (
        changed(TAUGHT, "[recency_days, orders_count_12p]", "[recency_days, top_category_12p] #!"),
        "schemes.0.features.1", ("'top_category_12p' is neither a number nor a flag",),
    ),
    "a feature to learn from twice": (
        changed(TAUGHT, "[recency_days, orders_count_12p]", "[recency_days, recency_days] #!"),
        "schemes.0.features.1", ("recency_days is named twice",),
    ),
    "an unknown model": (
        changed(TAUGHT, "[tree, logistic]", "[tree, oracle] #!"),
        "schemes.0.models.1", ("'logistic', 'tree', 'boosting' or 'network'",),
    ),
    "a model twice": (
        changed(TAUGHT, "[tree, logistic]", "[tree, tree] #!"),
        "schemes.0.models.1", ("tree is named twice",),
    ),
    "a tree of one leaf": (
        changed(TAUGHT, "    segments:", "    tree_leaves: 1 #!\n    segments:"),
        "schemes.0.tree_leaves", ("greater than or equal to 2",),
    ),
    "a quasi-identifier to learn from": (
        changed(
            changed(TAUGHT, "orders_count_12p]", "income_amount]"), "scheme: leavers", "scheme: leavers #!"
        ),
        "schemes.0", ("income_amount", "publish.attributes"),
    ),
    # settings of segments
    "an unknown scheme in use": (
        "segments:\n  schemes: [loyalty, horoscope] #!\n",
        "segments.schemes", ("horoscope", "behaviour_clusters"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_error_with_line_key_and_what_is_allowed(case: str, tmp_path: Path) -> None:
    text, key, said = WRONG[case]
    assert text.count(HERE) == 1
    error = refused(tmp_path, text)
    assert error.where == f"{tmp_path / 'project.yaml'}, line {line_of(text)}, key {key}"
    for words in said:
        assert words in error.found
    assert "more problem" not in error.found


@pytest.mark.parametrize("key", ["tiers", "rfm", "lifecycle", "clusters", "least_evidence"])
def test_a_key_that_moved_is_answered_with_its_new_place(key: str, tmp_path: Path) -> None:
    text = f"segments:\n  warm_up_periods: 2\n  {key}: {{}} #!\n"
    error = refused(tmp_path, text)
    assert error.where.endswith(f"line {line_of(text)}, key segments.{key}")
    assert "schemes:" in error.found


def test_all_that_is_wrong_in_several_documents_is_told_together(tmp_path: Path) -> None:
    text = changed(TIER, "zh: 多", "zh: ''") + changed(
        RULES.removeprefix("schemes:\n"), "evidence: [lines_per_order_12p]", "evidence: [shoe_size]"
    )
    error = refused(tmp_path, text)
    assert "schemes.0.segments.much.label.zh" in str(error)
    assert "schemes.1.evidence.0" in str(error)


def test_names_in_messages_are_short(tmp_path: Path) -> None:
    long = "x" * 5000
    for text in (
        changed(TIER, "discount_share_12p", long),
        changed(TIER, "kind: tier", f"kind: {long}"),
        f"schemes:\n  - scheme: {long}\n",
        changed(RULES, "at_least: full", f"at_least: {long}"),
        changed(RULES, "- segment: full", f"- segment: {long}"),
        f"segments: {{schemes: [{long}]}}\n",
        TIER + f"    needs_any_entity: [{long}]\n",
    ):
        assert len(str(refused(tmp_path, text))) < 3000
