"""Contracts: what every table of the lake holds.

Belongs here: columns (each defined once, ``fields``), features (``catalogue``), schemes and
segments with their labels (``schemes``), tables (one module a zone) and the model they are
written in (``model``). Does not belong here: any code that reads or writes data.
"""
