"""A draft that loads: what the settings would refuse is only described.

Belongs here: trying the text of a draft on the settings. Does not belong here: any guess, or reading the
sources once more (``segments check``).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.drafting.model import Draft
from pipeline.drafting.yaml_text import yaml_text
from pipeline.settings import Project
from pipeline.settings.own import declared_in


def loadable(draft: Draft, home: Path) -> Draft:
    """``draft`` with its text, its attributes, and the problem that it has as a whole, if any.

    A source that the settings do not take is changed into one that is only described; what it tells of its
    customers beside is left out first.
    """
    for one in draft.sources:
        if one.told and _refused(replace(draft, sources=(one,)), home, one.name):
            one.told = []
        if one.entity and (why := _refused(replace(draft, sources=(one,)), home, one.name)):
            one.entity, one.why = None, f"the settings do not take it: {why}"
            mapped = [(each.read[0], f"would be {each.column}") for each in one.columns if each.read]
            one.unused = [*mapped, *one.unused]
    whole = replace(draft, attributes=_attributes(draft))
    text = yaml_text(whole)
    problem = "; ".join(said for _, said in _problems(yaml.safe_load(text), home))
    return replace(whole, text=text, problem=problem or None)


def _attributes(draft: Draft) -> tuple[Mapping[str, Any], ...]:
    return tuple(attribute for one in draft.sources if one.entity for attribute in one.attributes)


def _refused(alone: Draft, home: Path, name: str) -> str | None:
    """What the settings say against a source, or none."""
    content = yaml.safe_load(yaml_text(replace(alone, attributes=_attributes(alone))))
    said = [message for key, message in _problems(content, home) if key[:2] == ("sources", name)]
    return "; ".join(said) or None


def _problems(content: dict[str, Any], home: Path) -> list[tuple[tuple[int | str, ...], str]]:
    context = declared_in(content).as_context()
    try:
        Project.model_validate(content | {"folder": home.resolve()}, context=context)
    except ValidationError as error:
        return [(one["loc"], str(one["msg"]).removeprefix("Value error, ")) for one in error.errors()]
    return []
