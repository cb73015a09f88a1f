"""A draft as YAML, with a comment after each guess.

Belongs here: how a draft is laid out. Does not belong here: any guess. Names of files, tables and columns
come from outside: each is quoted as YAML wants it, and none breaks out of a comment.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from pipeline.drafting.model import Draft, Guess, Mapped, Source

_HEAD = """\
# Drafted by `segments init` from the data. After each guess stands how sure it is, and why.
# Lines with ASK are for a person to decide. Then: segments check
"""


def yaml_text(draft: Draft) -> str:
    """The whole ``project.yaml`` of a draft."""
    lines = [*_HEAD.splitlines(), *_comments("ASK: ", draft.asks, "")]
    for key, guess in draft.project.items():
        lines.append(f"{key}: {scalar(guess.value)}{_said(guess)}")
    if draft.attributes:
        lines += [
            "",
            "# What profiles say beyond the columns that there are; labels and units are first drafts.",
        ]
        lines.append("attributes:")
        for attribute in draft.attributes:
            first, *others = (f"{key}: {scalar(value)}" for key, value in attribute.items())
            lines += [f"  - {first}", *(f"    {one}" for one in others)]
    lines += ["", "sources:" if any(one.entity for one in draft.sources) else "sources: {}"]
    for one in draft.sources:
        if one.entity:
            lines += ["", *_source(one)]
    left = [one for one in draft.sources if not one.entity]
    if left:
        lines += ["", "# --- tables that nothing was made of ---"]
    for one in left:
        lines += ["", *_left(one)]
    if draft.unread:
        lines += ["", "# --- what could not be read ---"]
        lines += [comment(f"{place}: {why}" if why else place, "") for place, why in draft.unread]
    return "\n".join(lines) + "\n"


def scalar(value: Any) -> str:
    """A value on one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def comment(text: str, indent: str) -> str:
    """``text`` as a comment on one line: whatever could end the line is written out."""
    plain = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in " ".join(text.split()))
    return f"{indent}# {plain}"


def _comments(head: str, texts: Iterable[str], indent: str) -> list[str]:
    return [comment(head + one, indent) for one in texts]


def _said(guess: Guess) -> str:
    return "  " + comment(f"{guess.sure}: {guess.why}", "")


def _source(one: Source) -> list[str]:
    said = (
        "a table of the database"
        if one.connector["kind"] == "sql"
        else f"{one.files} file{'s' * (one.files > 1)}"
    )
    lines = [comment(f"{one.table}: {one.rows:,} rows, {said}", "  ")]
    lines += _comments("", one.hints, "  ") + _comments("ASK: ", one.asks, "  ")
    lines.append(f"  {scalar(one.name)}:")
    guessed = comment(f"{one.sure}: {one.why}", "")
    if not one.told:
        lines.append(f"    entity: {one.entity}  {guessed}")
    lines.append(f"    connector: {_flow(one.connector)}")
    if one.account_space is not None:
        lines.append(f"    account_space: {scalar(one.account_space.value)}{_said(one.account_space)}")
    if one.row_key is not None and not one.told:
        lines.append(_row_key(one.row_key, "    "))
    lines += [f"    {key}: {scalar(mark)}  # numbers are written so" for key, mark in one.number_form.items()]
    if one.lookups:
        lines.append("    lookups:")
        for lookup in one.lookups:
            lines.append(f"      - connector: {_flow(lookup['connector'])}")
            lines.append(f"        match: {scalar(lookup['match'])}")
            lines.append(f"        columns: {scalar(lookup['columns'])}")
    if not one.told:
        return [*lines, *_columns(one.columns, "    "), *_unused(one, "      ")]
    lines += ["    gives:", f"      {one.entity}:  {guessed}"]
    if one.row_key is not None:
        lines.append(_row_key(one.row_key, "        "))
    lines += _columns(one.columns, "        ")
    lines.append("      profiles:  # told by these rows: no table of profiles has their accounts")
    lines.append(f"        latest_by: {scalar(one.latest_by)}")
    return [*lines, *_columns(one.told, "        "), *_unused(one, "      ")]


def _row_key(key: Guess, indent: str) -> str:
    return f"{indent}row_key: {scalar(key.value)}{_said(key)}"


def _columns(columns: Iterable[Mapped], indent: str) -> list[str]:
    lines = [f"{indent}columns:"]
    for mapped in columns:
        said = comment(f"{mapped.sure}: {mapped.why}", "")
        values = mapped.settings.get("values") if isinstance(mapped.settings, dict) else None
        if values:
            lines.append(f"{indent}  {mapped.column}:  {said}")
            lines += _block(mapped.settings, f"{indent}    ")
        else:
            lines.append(f"{indent}  {mapped.column}: {scalar(mapped.settings)}  {said}")
    return lines


def _block(settings: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in settings.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key}:")
            lines += [f"{indent}  {scalar(name)}: {scalar(one)}" for name, one in value.items()]
        else:
            lines.append(f"{indent}{key}: {scalar(value)}")
    return lines


def _flow(connector: Mapping[str, Any]) -> str:
    return scalar(dict(connector))


def _unused(one: Source, indent: str) -> list[str]:
    if not one.unused:
        return []
    head = "nothing reads these:"
    return [comment(head, indent), *(comment(f"  {name}: {what}", indent) for name, what in one.unused)]


def _left(one: Source) -> list[str]:
    lines = [comment(f"{one.name}: {one.rows:,} rows; {one.why}", "  ")]
    lines += _comments("ASK: ", one.asks, "  ")
    lines.append(comment(f"connector: {_flow(one.connector)}", "  "))
    return lines + [comment(f"  {name}: {what}", "  ") for name, what in one.unused]
