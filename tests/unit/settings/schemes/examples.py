"""A good document of each kind, as it stands in a project.yaml."""

TIER = """\
schemes:
  - scheme: discounts
    kind: tier
    label: {en: Discounts, zh: 折扣}
    score:
      - {feature: discount_share_12p}
    borders: {quantiles: [0.25, 0.5]}
    segments:
      much: {label: {en: Much, zh: 多}}
      some: {label: {en: Some, zh: 中}}
      none: {label: {en: None, zh: 无}}
"""
GRID = """\
schemes:
  - scheme: matrix
    kind: grid
    label: {en: Matrix, zh: 矩阵}
    axes:
      often: {feature: orders_per_30_days_12p, quantiles: [0.5]}
      much: {feature: net_amount_per_30_days_12p, quantiles: [0.3, 0.6]}
    rows: [often]
    columns: [much]
    cells:
      - [small, small, middle]
      - [small, middle, big]
    segments:
      small: {label: {en: Small, zh: 小}}
      middle: {label: {en: Middle, zh: 中}}
      big: {label: {en: Big, zh: 大}}
"""
RULES = """\
schemes:
  - scheme: basket
    kind: rules
    label: {en: Basket, zh: 购物篮}
    thresholds: {full: 10}
    evidence: [lines_per_order_12p]
    rules:
      - segment: full
        when: {feature: lines_per_order_12p, at_least: full}
        reasons: [lines_per_order_12p]
      - segment: small
        reasons: [lines_per_order_12p]
    segments:
      full: {label: {en: Full, zh: 满}}
      small: {label: {en: Small, zh: 小}}
"""
CLUSTERS = """\
schemes:
  - scheme: tastes
    kind: clusters
    label: {en: Tastes, zh: 口味}
    features: [recency_days, categories_count_12p]
"""
TAUGHT = """\
features:
  - feature: is_silent
    label: {en: Silent, zh: 静默}
    meaning: No order in the period.
    formula: orders.orders_count = 0
    window: 1
schemes:
  - scheme: leavers
    kind: taught
    label: {en: Leavers, zh: 流失}
    labels:
      feature: is_silent
      values: {"true": leaves, "false": stays}
      periods_later: 2
      gone: leaves
    features: [recency_days, orders_count_12p]
    models: [tree, logistic]
    segments:
      leaves: {label: {en: Leaves, zh: 流失}}
      stays: {label: {en: Stays, zh: 留存}}
"""
