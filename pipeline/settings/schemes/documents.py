"""Which schemes there are: the documents that come along, changed and joined by a project's own.

Belongs here: reading the documents that stand in ``pipeline/schemes``, and laying a project's
over them. Does not belong here: what a document may say (the modules beside this one).
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

import pipeline
from pipeline.discovery import yaml_of
from pipeline.settings.base import wrong
from pipeline.settings.problems import meant, shown
from pipeline.settings.schemes.base import repeated
from pipeline.settings.schemes.clusters import ClustersDocument
from pipeline.settings.schemes.grid import GridDocument
from pipeline.settings.schemes.rules import RulesDocument
from pipeline.settings.schemes.taught import TaughtDocument
from pipeline.settings.schemes.tier import TierDocument

Document = TierDocument | GridDocument | RulesDocument | ClustersDocument | TaughtDocument
#: Every kind that a document can be of.
KINDS = tuple(one.model_fields["kind"].default for one in get_args(Document))


@cache
def built_in_documents() -> Mapping[str, Mapping[str, Any]]:
    """Documents in ``pipeline/schemes``, as written, by scheme. Raises ``ValueError`` for a wrong name."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in sorted((Path(pipeline.__file__).parent / "schemes").glob("*.yaml")):
        document = yaml_of(file.read_text(encoding="utf-8"))
        name = document["scheme"]
        if name in found or file.name != f"{name}.yaml":
            raise ValueError(
                f"pipeline/schemes/{file.name} declares the scheme {name!r}: one file a scheme, of its name"
            )
        found[name] = document
    return found


def _laid_over_built_in(given: Any) -> Any:
    """A project's document over the built-in one of the same name, of which it says what differs."""
    if not isinstance(given, Mapping):
        return given
    name = given.get("scheme")
    built_in = built_in_documents().get(name) if isinstance(name, str) else None
    if built_in is None:
        if "kind" in given and given["kind"] not in KINDS:
            raise wrong((("kind",), f"there is no kind {shown(given['kind'])}; there are {', '.join(KINDS)}"))
        if "kind" not in given and not meant("kind", map(str, given)):
            raise _no_kind(name)
        return given
    if "kind" in given and given["kind"] != built_in["kind"]:
        words = (
            f"scheme {name} is built in and of kind {built_in['kind']}: give one of another kind another name"
        )
        raise wrong((("kind",), words))
    return laid_over(built_in, given)


def _no_kind(name: Any) -> ValidationError:
    """A document that is of no built-in scheme and says no kind."""
    if close := meant(str(name), built_in_documents()):
        return wrong((("scheme",), f"there is no built-in scheme {shown(name)}, did you mean {close}?"))
    return wrong(
        (
            ("kind",),
            f"it says no kind, which a scheme of your own needs: one of {', '.join(KINDS)}; built-in "
            f"schemes, which need none, are {', '.join(built_in_documents())}",
        )
    )


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` with what ``above`` says: mappings key by key, everything else replaced."""
    found = dict(below)
    for key, value in above.items():
        known = found.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping) and key not in WHOLE:
            value = laid_over(known, value)
        found[key] = value
    return found


#: Mappings that are replaced as a whole: half of one and half of the other would mean nothing.
WHOLE = frozenset({"borders", "labels", "least_evidence"})

Scheme = Annotated[
    Annotated[Document, Field(discriminator="kind")],
    BeforeValidator(_laid_over_built_in),
]

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Scheme)


@cache
def _built_in() -> Mapping[str, Any]:
    schemes = [_ADAPTER.validate_python({"scheme": name}) for name in built_in_documents()]
    return {one.scheme: one for one in sorted(schemes, key=lambda one: (one.place, one.scheme))}


#: Every built-in scheme by name, in order.
BUILT_IN: Mapping[str, Document] = _built_in()


def distinct(own: list[Any]) -> list[Any]:
    """``own`` schemes of a project. Raises ``ValueError`` when two of them share a name."""
    names = [one.scheme for one in own]
    if twice := repeated(names):
        raise wrong(*(((at, "scheme"), f"{names[at]} is declared twice: join the two") for at in twice))
    return own


def in_order(own: list[Any]) -> dict[str, Any]:
    """Built-in schemes and a project's ``own``, which take the place of built-in ones of their name."""
    every = {**BUILT_IN, **{one.scheme: one for one in own}}
    return dict(sorted(every.items(), key=lambda item: (item[1].place, item[0])))
