"""Geography: where the customer lives, as the profiles say.

Belongs here: places, and what a project's own table says of them. Does not belong here: stores bought in
(``behaviour``).

Nothing is guessed from the name of a city: many cities bear one name, and one city many.
"""

from pipeline.features.declaration import Family
from pipeline.tables.model import AMOUNT, INTEGER, TEXT

FAMILY = Family("geographic", 100, ("Geographic", "地理"))

country = FAMILY.attribute("country", "Country.", ("Country", "国家"), "", TEXT)
region = FAMILY.attribute("region", "Region.", ("Region", "地区"), "", TEXT)
city = FAMILY.attribute("city", "City.", ("City", "城市"), "", TEXT)
city_tier = FAMILY.attribute(
    "city_tier",
    "Rank of the city as the project ranks cities, 1 the first.",
    ("City tier", "城市等级"),
    "rank",
    INTEGER,
    1,
    ("in smaller cities", "in first cities", "低线城市", "一线城市"),
)
settlement = FAMILY.attribute(
    "settlement", "Whether it is urban, suburban or rural there.", ("Settlement", "城乡类型"), "", TEXT
)
population_density = FAMILY.attribute(
    "population_density",
    "Inhabitants of a square kilometre there.",
    ("Population density", "人口密度"),
    "persons per square kilometre",
    AMOUNT,
    0,
    ("in dense places", "in sparse places", "人口稠密地区", "人口稀疏地区"),
)
