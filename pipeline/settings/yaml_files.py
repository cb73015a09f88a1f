"""YAML of people: read as plain values, with the line of every key, and nothing that does harm.

Belongs here: bounds of size, depth and unfolding; keys that are text and stand once; scalars that
can be read. Does not belong here: what a setting means (``project``), problems in words of
settings (``problems``), the environment (``loading``).

A file that cannot be read at all is an ``InputError`` at once; what is wrong with one key is a
problem, so that all of them can be told together.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from pipeline.errors import InputError
from pipeline.settings.problems import Key, Problem, shown_key

_LARGEST_BYTES = 1 << 20
_MOST_NODES = 50_000
#: Values once every alias is unfolded.
_MOST_VALUES = 100_000
_DEEPEST = 40
_MOST_DIGITS = 40
_SCALARS = {
    f"tag:yaml.org,2002:{name}": words
    for name, words in {
        "str": "text", "int": "a number", "float": "a number", "bool": "true or false", "null": "nothing",
        "timestamp": "a date", "value": "text",
    }.items()
}  # fmt: skip
_TEXT = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:value"}
_MERGE = "tag:yaml.org,2002:merge"
_CONTAINERS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
#: Characters that text does not hold: control characters, halves of characters.
_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
#: Settings that name a character of a file, which may be any but NUL.
_MARKS = ("delimiter", "quote", "escape", "comment")


@dataclass
class Document:
    """What a file holds: values, the line on which each key or item begins, what is wrong with some.

    A value that is wrong is left out as none; its key is there.
    """

    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read(path: Path) -> Document:
    """The mapping in ``path``. Raises ``InputError`` with the line for what cannot be read."""
    text = _text(path)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    except _TooMuchError as error:
        raise error.at(path) from None
    except yaml.MarkedYAMLError as error:
        raise _unreadable(path, error, text) from None
    except yaml.YAMLError:
        raise InputError(
            str(path), "it cannot be read as YAML", "valid YAML in UTF-8", "Correct the file."
        ) from None
    finally:
        loader.dispose()
    if not isinstance(node, yaml.MappingNode):
        found = "nothing" if node is None else _kind(node)
        raise InputError(
            f"{path}, line {1 if node is None else _line(node)}",
            f"it holds {found}",
            "a mapping of settings (key: value)",
            "See docs/settings.md.",
        )
    reading = _Reading()
    try:
        # A tag before the whole mapping is a problem, and leaves nothing of it.
        reading.document.content = reading.value(node, (), ()) or {}
    except _TooMuchError as error:
        raise error.at(path) from None
    return reading.document


class _TooMuchError(Exception):
    def __init__(self, line: int, found: str, expected: str) -> None:
        self.line, self.found, self.expected = line, found, expected
        super().__init__(found)

    def at(self, path: Path) -> InputError:
        return InputError(f"{path}, line {self.line}", self.found, self.expected, "Correct the file there.")


class _Loader(yaml.SafeLoader):
    """Composes nodes of bounded number and depth."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        self._nodes += 1
        line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
        if self._depth > _DEEPEST:
            raise _TooMuchError(line, "it is nested too deep", f"at most {_DEEPEST} levels")
        if self._nodes > _MOST_NODES:
            raise _TooMuchError(line, f"it holds more than {_MOST_NODES:,} values", "one company's settings")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Reading:
    """One walk through the nodes of a document, aliases unfolded."""

    def __init__(self) -> None:
        self.document = Document()
        self._values = 0
        self._constructor = SafeConstructor()

    def value(self, node: yaml.Node, key: Key, above: tuple[int, ...]) -> Any:
        self._enter(node, above)
        self.document.lines.setdefault(key, _line(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, key)
        if node.tag not in _CONTAINERS:
            return self._wrong(node, key, f"there is no tag {_tag(node)} in settings: take it off")
        above = (*above, id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, (*key, at), above) for at, one in enumerate(node.value)]
        return self._mapping(node, key, above)

    def _mapping(self, node: yaml.Node, key: Key, above: tuple[int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        lines: dict[str, int] = {}
        for name, one in node.value:
            if name.tag == _MERGE:
                merged.append(one)
                continue
            if not isinstance(name, yaml.ScalarNode) or name.tag not in _TEXT:
                self._no_text(name, key)
                continue
            text, inner = name.value, (*key, name.value)
            if _CONTROL.search(text):
                self._wrong(name, inner, "the key holds a control character: write it anew")
            elif text in lines:
                self._wrong(name, inner, f"the key stands twice (first in line {lines[text]})")
            else:
                lines[text] = _line(name)
                self.document.lines[inner] = _line(name)
                found[text] = self.value(one, inner, above)
        for one in merged:
            for name, given in self._merged(one, key, above).items():
                found.setdefault(name, given)
        return found

    def _merged(self, node: yaml.Node, key: Key, above: tuple[int, ...]) -> dict[str, Any]:
        """The mappings that ``<<`` names, the first before the later ones."""
        if isinstance(node, yaml.MappingNode):
            self._enter(node, above)
            return self._mapping(node, key, (*above, id(node)))
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, (*key, "<<"), "<< takes in a mapping, or a list of mappings")
            return {}
        self._enter(node, above)
        found: dict[str, Any] = {}
        for one in node.value:
            for name, given in self._merged(one, key, (*above, id(node))).items():
                found.setdefault(name, given)
        return found

    def _enter(self, node: yaml.Node, above: tuple[int, ...]) -> None:
        if id(node) in above:
            raise _TooMuchError(
                _line(node), "what an anchor (&) names stands within itself", "anchors that end before they"
                " are used (*)",
            )  # fmt: skip
        self._values += 1
        if self._values > _MOST_VALUES:
            raise _TooMuchError(
                _line(node),
                f"its anchors unfold to more than {_MOST_VALUES:,} values",
                "one company's settings",
            )

    def _scalar(self, node: yaml.ScalarNode, key: Key) -> Any:
        text = node.value
        if node.tag not in _SCALARS and node.tag != _MERGE:
            return self._wrong(node, key, f"there is no tag {_tag(node)} in settings: take it off")
        if node.tag in (*_TEXT, _MERGE):
            control = _CONTROL.search(text)
            if control and (control[0] == "\0" or not key or key[-1] not in _MARKS):
                return self._wrong(node, key, "the text holds a control character: write it anew")
            return text
        digits = sum(one.isalnum() for one in text)
        if _SCALARS[node.tag] == "a number" and digits > _MOST_DIGITS:
            words = f"a number of {digits} digits: at most {_MOST_DIGITS} are read; write text in quotes"
            return self._wrong(node, key, words)
        try:
            return self._constructor.construct_object(node)
        except (ValueError, KeyError, IndexError, AttributeError, OverflowError, yaml.YAMLError):
            kind = _tag(node).removeprefix("!!")
            return self._wrong(node, key, f"{text[:40]!r} is no {kind}: correct it, or write it in quotes")

    def _no_text(self, name: yaml.Node, key: Key) -> None:
        if not isinstance(name, yaml.ScalarNode):
            self._wrong(name, key, f"a key is {_kind(name)}: keys are text")
            return
        read_as = _SCALARS.get(name.tag, f"tagged {_tag(name)}")
        self._wrong(
            name, (*key, name.value), f"a key that is read as {read_as}, not as text: write it in quotes"
        )

    def _wrong(self, node: yaml.Node, key: Key, found: str) -> None:
        self.document.problems.append(Problem(key, _line(node), found))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise InputError(
            str(path),
            f"the file cannot be opened ({error.strerror})",
            "a file that the user who runs this may read",
            "Give that user the right to read it.",
        ) from None
    if len(content) > _LARGEST_BYTES:
        raise InputError(
            str(path),
            f"it is larger than {_LARGEST_BYTES >> 20} MiB",
            "settings of some kilobytes",
            "Name the project's YAML, not a file of data.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}, line {content[: error.start].count(10) + 1}",
            "it is not written in UTF-8",
            "valid YAML in UTF-8",
            "Save the file again with the encoding UTF-8.",
        ) from None
    if control := _CONTROL.search(text):
        raise InputError(
            f"{path}, line {text[: control.start()].count(chr(10)) + 1}",
            f"it holds a control character (U+{ord(control[0]):04X})",
            "text that can be seen, line breaks and spaces",
            'Take it out; in "quotes" it may be written as an escape where it is meant.',
        )
    return text


def _unreadable(path: Path, error: yaml.MarkedYAMLError, text: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    written = text.splitlines()[line - 1 : line]
    if written and "\t" in written[0][: len(written[0]) - len(written[0].lstrip())]:
        return InputError(
            f"{path}, line {line}",
            "the line is indented with a tab, which YAML does not allow",
            "spaces",
            "Replace the tabs in front of it with spaces.",
        )
    return InputError(
        f"{path}, line {line}",
        f"it cannot be read as YAML ({shown_key((error.problem or 'it breaks off',))})",
        "valid YAML in UTF-8",
        "Correct the file at that place.",
    )


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        if node.tag in _TEXT:
            return "a text"
        return _SCALARS.get(node.tag, "a value")
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"


def _tag(node: yaml.Node) -> str:
    return shown_key((node.tag.replace("tag:yaml.org,2002:", "!!"),))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
