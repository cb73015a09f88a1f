"""Which category of goods is bought for the first time: one probability a customer and category.

Belongs here: models of pairs of a customer and a category it has not bought, as pure functions on arrays, and
the target of a rolling origin made of them. Does not belong here: where pairs come from (``forecasts``).
"""
