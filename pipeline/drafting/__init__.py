"""Drafting: from files and tables nobody has described yet to a commented ``project.yaml``.

Belongs here: looking at columns, guessing what they mean, and writing the guesses down with how sure
they are. Does not belong here: reading formats (``collect``), judging a project that somebody has
written (``segments check``), or the terminal (``cli``).
"""

from pipeline.drafting.drafting import Wishes, drafted
from pipeline.drafting.model import Draft

__all__ = ["Draft", "Wishes", "drafted"]
