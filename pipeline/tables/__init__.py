"""Contracts: what every table of the lake holds.

Belongs here: columns (each defined once, ``fields``), tables (one module a zone), units and the
model they are written in (``model``). Does not belong here: what follows from a declaration (``ledgers``,
``features``, ``publish.contracts``), or any code that reads or writes data.
"""
