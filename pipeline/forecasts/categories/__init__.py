"""The next new category: which category of goods a customer buys next that it has not bought lately.

Belongs here: training sets, fitting through the gate, scoring. Does not belong here: models
(``models.category``), or forecasts of one number a customer (``forecasts.catalogue``).

It stands in ``customer_forecasts`` beside the other forecasts, but is one probability a customer and
category: what is told of a customer is the likeliest category, and how likely it is. So no scheme reads it.
"""
