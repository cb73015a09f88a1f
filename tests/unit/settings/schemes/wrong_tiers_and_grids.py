"""Wrong documents of any kind, of tiers and of grids."""

from tests.unit.settings.schemes.examples import GRID, RULES, TIER
from tests.unit.settings.spoiling import changed

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
}  # fmt: skip
