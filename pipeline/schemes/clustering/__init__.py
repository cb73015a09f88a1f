"""Clusters: the space they lie in, how they are found, how stable they are, what they are called.

Belongs here: the machinery of the kind ``clusters``. Does not belong here: the kind itself
(``kinds.clusters``).
"""
