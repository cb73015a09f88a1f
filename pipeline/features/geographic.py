"""Geography: where the customer lives, as the profiles say.

Belongs here: places. Does not belong here: stores bought in (``behaviour``).
"""

from pipeline.features.declaration import Family
from pipeline.tables.model import TEXT

FAMILY = Family("geographic", 100, ("Geographic", "地理"))

country = FAMILY.attribute("country", "Country.", ("Country", "国家"), "", TEXT)
region = FAMILY.attribute("region", "Region.", ("Region", "地区"), "", TEXT)
city = FAMILY.attribute("city", "City.", ("City", "城市"), "", TEXT)
