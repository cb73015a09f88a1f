"""Demography: who the customer is, as the profiles say.

Belongs here: attributes of persons and households. Does not belong here: where they live
(``geographic``), or which account's value survives (``identity``).
"""

from pipeline.features.declaration import Family
from pipeline.tables.model import AMOUNT, INTEGER, TEXT

FAMILY = Family("demographic", 90, ("Demographic", "人口统计"))

age_group = FAMILY.attribute("age_group", "Age band.", ("Age group", "年龄段"), "", TEXT)
gender = FAMILY.attribute("gender", "Gender.", ("Gender", "性别"), "", TEXT)
income_amount = FAMILY.attribute(
    "income_amount",
    "Yearly income.",
    ("Income amount", "年收入"),
    "project currency",
    AMOUNT,
    0,
    ("high income", "low income", "高收入", "低收入"),
)
marital_status = FAMILY.attribute(
    "marital_status", "Marital status.", ("Marital status", "婚姻状况"), "", TEXT
)
household_size_count = FAMILY.attribute(
    "household_size_count", "Persons in the household.", ("Household size", "家庭人数"), "persons", INTEGER, 1
)
children_count = FAMILY.attribute(
    "children_count", "Children in the household.", ("Children", "子女数"), "persons", INTEGER, 0
)
home_ownership = FAMILY.attribute(
    "home_ownership", "Owner or renter.", ("Home ownership", "住房状况"), "", TEXT
)
