"""What may be named in a project's settings: features and entities, the project's own among them.

Belongs here: handing them to validators of parts that know nothing of the whole project. Does not
belong here: any declaration (``own``), or what a part may say of a name.

Pydantic hands a context to every validator. Parts that are validated alone (the schemes that come
along, for one) have none: then there is what comes with the program.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationInfo

from pipeline.extensions import NO_EXTENSIONS, Extensions
from pipeline.features import FEATURES, Feature
from pipeline.forecasts import FORECAST_FEATURES
from pipeline.tables.entities import ENTITIES, Entity

_KEY = "declared"


@dataclass(frozen=True)
class Declared:
    """Features, forecasts among them, and entities that there are, by name.

    Not ``is_whole``: there are more, in which something is wrong, so that of unknown names nothing can be
    said. ``extended``: what extensions declare of them.
    """

    features: Mapping[str, Feature]
    entities: Mapping[str, Entity]
    is_whole: bool = True
    extended: Extensions = NO_EXTENSIONS

    def as_context(self) -> dict[str, Any]:
        """The context that hands it to validators."""
        return {_KEY: self}


#: What comes with the program.
BUILT_IN_DECLARED = Declared({**FEATURES, **FORECAST_FEATURES}, ENTITIES)


def declared(info: ValidationInfo) -> Declared:
    """What there is where ``info`` comes from."""
    found: Declared = (info.context or {}).get(_KEY, BUILT_IN_DECLARED)
    return found
