"""What the drills add to a small company: a ledger with two features, and three schemes as YAML.

Each text is the whole of a file that somebody would write, and nothing else has to be touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.company import FIRST

#: Modules of a ledger of web visits and of a family with two features over it, by path in ``pipeline``.
WEB_MODULES: dict[str, str] = {
    "ledgers/site.py": '''"""The ledger of visits to the site.

Belongs here: visits and pages seen. Does not belong here: any ratio (features).
"""

from pipeline.ledgers.declaration import Ledger, count, total

site = Ledger(
    "site",
    "one account in one period: visits and the pages seen",
    entities=("web_visits",),
    measures={
        "visits_count": count("Web visits.", "visits"),
        "pages_count": total("pages_count", "Pages seen.", "pages"),
    },
    events=("started_at", "started_at"),
)
''',
    "features/digital.py": '''"""Digital: how a customer uses the web site.

Belongs here: visits and pages. Does not belong here: purchases (``behaviour``).
"""

from pipeline.features.arithmetic import ratio
from pipeline.features.declaration import Family
from pipeline.ledgers.site import site
from pipeline.tables.model import INTEGER

FAMILY = Family("digital", 55, ("Digital", "数字化"))

visits_count_12p = FAMILY.feature(
    "visits_count_12p",
    "Web visits in the window.",
    ("Web visits", "网站访问次数"),
    "visits",
    lambda m, window: m[site.visits_count],
    [site.visits_count],
    type=INTEGER,
    null="",
    ripens=True,
)
pages_per_visit_12p = FAMILY.feature(
    "pages_per_visit_12p",
    "Pages seen per web visit.",
    ("Pages per visit", "每次访问页数"),
    "pages",
    lambda m, window: ratio(m[site.pages_count], m[site.visits_count]),
    [site.pages_count, site.visits_count],
    null="no visit in the window",
)
''',
}

#: A tier, a grid and scored rules, each the whole of a YAML document, by scheme.
SCHEMES: dict[str, str] = {
    "basket_size": """scheme: basket_size
kind: tier
label: {en: Size of baskets, zh: 购物篮大小}
score:
  - {feature: lines_per_order_12p, weight: 1}
borders: {quantiles: [0.5]}
segments:
  large: {label: {en: Large baskets, zh: 大购物篮}}
  small: {label: {en: Small baskets, zh: 小购物篮}}
""",
    "breadth_value": """scheme: breadth_value
kind: grid
label: {en: Breadth and value, zh: 广度与价值}
axes:
  breadth: {feature: products_count_12p, quantiles: [0.5]}
  value: {feature: net_amount_12p, quantiles: [0.5]}
rows: [breadth]
columns: [value]
cells:
  - [occasional_few, deep_few]
  - [wide_many, wide_many]
segments:
  deep_few: {label: {en: Few products of value, zh: 少而精}}
  wide_many: {label: {en: Many products, zh: 广泛购买}}
  occasional_few: {label: {en: Few small purchases, zh: 少量购买}}
""",
    "visiting_style": """scheme: visiting_style
kind: rules
label: {en: Visiting style, zh: 到店方式}
thresholds: {regular_from_orders: 4}
evidence: [orders_count_12p]
rules:
  - segment: regular
    when: {feature: orders_count_12p, at_least: regular_from_orders}
    reasons: [orders_count_12p]
  - segment: passing
    reasons: [orders_count_12p]
segments:
  regular: {label: {en: Regular guests, zh: 常客}}
  passing: {label: {en: Passing guests, zh: 过客}}
""",
}


@dataclass(frozen=True)
class Labels:
    """Labels of a scheme and of its segments, by id, in one language."""

    scheme: str
    segments: Mapping[str, str]


def labels(document: Mapping[str, Any], language: str) -> Labels:
    """What a reader sees of a scheme's document."""
    name = document["scheme"]
    shown = {f"{name}:{one}": said["label"][language] for one, said in document["segments"].items()}
    return Labels(document["label"][language], shown)


def visits_source(folder: Path, customers: int, months: int) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Write visits of every second customer; their source, and pages of each visit by customer."""
    pages: dict[str, list[int]] = {}
    rows = []
    for number in range(0, customers, 2):
        for month in range(months):
            for visit in range(number % 3):
                seen = 1 + (number + visit + month) % 5
                at = FIRST + timedelta(days=30 * month + 2 + visit, hours=9)
                rows.append({"who": f"k{number}", "at": at, "pages": seen})
                pages.setdefault(f"k{number}", []).append(seen)
    pq.write_table(pa.Table.from_pylist(rows), folder / "visits.parquet")
    source = {
        "entity": "web_visits",
        "account_space": "shop",
        "connector": {"kind": "file", "format": "parquet", "path": "visits.parquet"},
        "columns": {"source_account_id": "who", "started_at": "at", "pages_count": "pages"},
    }
    return source, pages
