"""Every column of the lake that is not a feature, each defined once.

Belongs here: name, type, unit, meaning, privacy class, allowed values. Does not belong
here: which table lists a column (one module a zone), or features (their declarations).
"""

from pipeline.tables.fields.customers import *  # noqa: F403
from pipeline.tables.fields.schemes import *  # noqa: F403
from pipeline.tables.fields.sourced import *  # noqa: F403
from pipeline.tables.fields.watched import *  # noqa: F403
