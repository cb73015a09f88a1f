"""Teaching: what labels of some customers teach, tested before it is believed, and how it is told.

Belongs here: the machinery of the kind ``taught``: lessons, fitting, rules of its tree in words, SQL and
YAML. Does not belong here: the kind itself (``kinds.taught``), or models (``models.classes``).
"""
