"""What the next new category is: columns, of whom it is asked, what is learned from, what it must beat.

Belongs here: the declaration. Does not belong here: fitting (``fitting``), or models (``models.category``).

Of a customer with an order in the last twelve periods, and of each candidate category of which it bought no
line in them: does it buy one in the next period? Candidates are the categories that most customers bought as
of the same period, at most so many (``segments.categories_count``), each of as many customers as a fit needs:
of rarer ones nothing could be learned, and nothing is told.
"""

from collections.abc import Mapping
from dataclasses import replace

from pipeline.features import behaviour, value
from pipeline.features.categories import CATEGORY
from pipeline.features.declaration import Label
from pipeline.models.candidates import Method, Model
from pipeline.models.category.methods import AFFINITY, COMMON, CONSTANT, POPULAR
from pipeline.models.design import Column
from pipeline.tables.model import NUMBER, Field

NAME = "new_category_probability_1p"
HORIZON = 1
LABEL: Label = ("Probability of the next new category, next period", "下一期购买下一新品类的概率")
#: Feature that the sources must give: that categories of goods are known.
NEEDS = behaviour.top_category_12p
_INPUTS = (
    value.recency_days,
    value.orders_count_1p,
    value.orders_count_3p,
    value.orders_per_30_days_12p,
    value.net_amount_per_30_days_12p,
    behaviour.products_count_12p,
    behaviour.categories_count_12p,
    behaviour.lines_per_order_12p,
)
_COLUMNS = tuple(Column(one.name, is_skewed=True) for one in _INPUTS)
#: Features of a customer that fitting reads.
READS = tuple(one.name for one in (*_INPUTS, value.orders_count_12p))
AT_LEAST: Mapping[str, int] = {value.orders_count_12p.name: 1}
#: Of a customer that is missing later it is so known whether it ordered at all.
ORDERS_LATER = value.orders_count_1p.name

#: Every way that is tried: models that compete, then plain baselines.
METHODS: tuple[Method, ...] = (
    Method(AFFINITY, (Model(AFFINITY, _COLUMNS),), is_plain=False),
    Method(COMMON, (Model(COMMON, _COLUMNS),), is_plain=False),
    Method("constant", (Model(CONSTANT, ()),), is_plain=True),
    Method(POPULAR, (Model(POPULAR, ()),), is_plain=True),
    Method("popular_and_recent", (Model(COMMON, _COLUMNS[2:3]),), is_plain=True),
)
LABELS: Mapping[str, Label] = {
    AFFINITY: ("Popularity, customer and what it bought", "品类热度、客户特征与已购品类"),
    COMMON: ("Popularity and customer", "品类热度与客户特征"),
    POPULAR: ("Most popular category", "最热门品类"),
    "popular_and_recent": ("Most popular category, orders of three periods", "最热门品类与近三期订单数"),
}

_NULL = (
    "no order in the last twelve periods, or every candidate category was bought in them; or no method has "
    "earned it yet (model_backtests)"
)
NEW_CATEGORY = replace(
    CATEGORY,
    name="new_category_1p",
    meaning="Category not bought in the last twelve periods that is likeliest to be bought in the next, of "
    "the categories that most customers buy.",
    null_meaning=_NULL,
    safe_by="a category of goods that many customers buy",
    zh="最近十二期未购买、下一期最可能购买的品类（限购买客户最多的品类）。",
)
NEW_CATEGORY_PROBABILITY = Field(
    NAME,
    NUMBER,
    "Probability that new_category_1p is bought in the next period.",
    "probability 0-1",
    minimum=0,
    maximum=1,
    null_meaning=_NULL,
    zh="下一期购买 new_category_1p 的概率。",
)
FIELDS = (NEW_CATEGORY, NEW_CATEGORY_PROBABILITY)
