"""Wrong documents of rules, of clusters and of what they are taught by."""

from tests.unit.settings.schemes.examples import CLUSTERS, RULES, TAUGHT
from tests.unit.settings.spoiling import changed

#: A condition that cuts a quasi-identifier into more classes than may be told.
_MANY = ", ".join(f"{{feature: income_amount, at_least: {10_000 * at}}}" for at in range(1, 6))

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
