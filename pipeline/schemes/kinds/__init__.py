"""The kinds of scheme, found by being in this folder; each module declares one as ``KIND``.

Belongs here: fitting and scoring of each kind. Does not belong here: any scheme (the documents
in the folder above), or what is the same for all kinds (``pipeline.schemes.serving``).
"""

from collections.abc import Mapping

from pipeline.discovery import declared, modules_of, places
from pipeline.schemes.kind import Kind

_MODULES = modules_of(__name__, __path__)
#: Every kind by name, and where each is declared (``module:symbol``).
KINDS: Mapping[str, Kind] = declared(_MODULES, Kind)
PLACES: Mapping[str, str] = places(_MODULES, Kind)

__all__ = ["KINDS", "PLACES"]
