"""Series: how a number goes on from its own past, by plain methods that a record chose among.

Belongs here: methods, their rolling record, intervals from it. Does not belong here: what the numbers are of,
or where they come from (``segments``).
"""
