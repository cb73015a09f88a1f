"""Words that mean yes or no in sources, wherever text is read as a flag.

Belongs here: the words alone. Does not belong here: reading (``clean.typed``, ``expressions``).
"""

TRUE_WORDS = ("true", "t", "yes", "y", "1", "是")
FALSE_WORDS = ("false", "f", "no", "n", "0", "否")
