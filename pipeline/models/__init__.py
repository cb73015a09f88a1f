"""Models: fit, freeze, version, gate; the same machinery for everything that is fitted.

Belongs here: what a fit reads (``frame``), what it hands over (``fitting``), how it is frozen
(``parameters``), when one is due and whether it replaces the one in force (``versions``); probabilities
that were tested before they are told (``probability``). Does not belong here: anything that one way of
segmenting, or one forecast, alone knows.
"""
