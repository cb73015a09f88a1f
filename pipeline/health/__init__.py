"""Source health: is a source whole? Judged before anything is segmented (law L13).

Belongs here: what is measured of every source and period (``profiling``), and its state (``judging``), from
signals that each see one kind of fault. Does not belong here: changes of customers (``drift``).
"""

from pipeline.health.judging import needed, source_health, withheld
from pipeline.health.profiling import profiles

__all__ = ["needed", "profiles", "source_health", "withheld"]
