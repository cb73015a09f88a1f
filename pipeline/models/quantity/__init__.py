"""Quantities: how many orders, how much money; methods that expect one, with intervals, measured and tested.

Belongs here: from rows of known numbers and an outcome to frozen parameters as plain numbers, and back to
expectations and intervals. Does not belong here: what is forecast, from which features, or where rows come
from (``forecasts``).
"""
