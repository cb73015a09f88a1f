"""Compiled queries, kept: the same steps are asked for in every period, with other tables and other dates.

Belongs here: when two expressions have the same SQL but for names, periods and instants, and keeping it from
one process to the next. Does not belong here: compiling (Ibis), running (``duck``).

Ibis takes .1 to .2 ms to compile a node of an expression, and a period asks for some hundred expressions. Its
SQL depends on the expression alone: kinds of nodes, their arguments, in their order. So a *shape*, all of
that but the words below, stands for SQL with gaps; into the gaps goes what Ibis would have written.

- names of tables that an engine has made up (each is used once in the life of an engine),
- texts that are a key of a period, instants, and whole numbers that are seconds of an instant. Nothing in
  Ibis asks for the value of these.

Whatever is not known for certain is compiled anew: nodes with arguments of other kinds, and expressions in
which a word also stands within another text.
"""

import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ibis
from ibis.common.grounds import Concrete
from ibis.expr import datatypes as dt
from ibis.expr import operations as ops

#: Changed whenever a shape, or a gap, is told otherwise.
_FORM = "1"
#: A name that Ibis makes up: no two tables have the same, and nothing else is called so.
_MADE_UP = re.compile(r"ibis_\w+_[a-z0-9]{20,}")
_PERIOD = re.compile(r"\d{4}-(\d\d|W\d\d)")
#: Seconds since 1970, of 1980 to 2100: no count, price or threshold of a pipeline is like these.
_SECONDS = range(315_532_800, 4_102_444_800)
_GAP = re.compile("\x00(\\d+)\x00")
_PLAIN = (str, bytes, bool, int, float, Decimal, datetime, date, time, timedelta, Enum, type(None))


class _UnknownError(Exception):
    """Something of which it is not known whether SQL depends on it."""


@cache
def made_by() -> tuple[str, ...]:
    """Versions of what shapes, and the SQL of shapes, depend on."""
    return _FORM, version("ibis-framework"), version("sqlglot")


@dataclass(frozen=True)
class Shape:
    """An expression as a text without its words, and the words, as they stand in SQL."""

    text: str
    words: tuple[str, ...]

    @property
    def key(self) -> str:
        """Equal for equal shapes, of the same versions of what compiles them."""
        return sha256("\n".join((*made_by(), self.text)).encode()).hexdigest()[:32]


@dataclass
class Queries:
    """SQL with gaps by the key of its shape; that of earlier processes is read from ``file``, if any.

    ``known`` may be shared by all engines of a process; each writes into its own file what it asked for.
    """

    file: Path | None = None
    known: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _in_file: set[str] | None = None

    def sql(self, node: ops.Node, written: Callable[[ops.Literal], str], compiled: Callable[[], str]) -> str:
        """SQL of ``node``: ``compiled``, unless that is known. ``written`` says how a literal is written."""
        shape = shape_of(node, written)
        if shape is None:
            return compiled()
        key = shape.key
        if self._in_file is None:
            kept = self._kept()
            self.known.update(kept)
            self._in_file = set(kept)
        if (known := self.known.get(key)) is None:
            found = compiled()
            known = _with_gaps(found, shape)
            if known is None or _filled(known, shape) != found:
                return found
            self.known[key] = known
        self._asked.add(key)
        return _filled(known, shape)

    def keep(self) -> None:
        """Write what this process asked for, where that is new, and the folder is there and may be written.

        SQL may hold values of settings: what is not asked for any more is not kept either.
        """
        if self.file is None or self._asked <= (self._in_file or set()) or not self.file.parent.is_dir():
            return
        asked = {one: self.known[one] for one in sorted(self._asked)}
        partial = self.file.with_name(f".{self.file.name}.{os.getpid()}.partial")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(zlib.compress(json.dumps(asked).encode(), 1))
            partial.replace(self.file)
        except OSError:  # a lake that others write: the next process compiles again
            return
        self._in_file = set(asked)

    def _kept(self) -> dict[str, str]:
        if self.file is None:
            return {}
        try:
            kept = json.loads(zlib.decompress(self.file.read_bytes()))
        except (OSError, ValueError, zlib.error):
            return {}
        return kept if isinstance(kept, dict) else {}


def shape_of(node: ops.Node, written: Callable[[ops.Literal], str]) -> Shape | None:
    """The shape of the expression that ends in ``node``, or none where SQL may depend on more."""
    try:
        return _Reading(written).shape(node)
    except _UnknownError:
        return None


class _Reading:
    """One reading of an expression: nodes are numbered as they are met, and so are words."""

    def __init__(self, written: Callable[[ops.Literal], str]) -> None:
        self._written = written
        self._numbers: dict[int, int] = {}
        self._words: dict[str, int] = {}
        self._references: dict[tuple[type, int], int] = {}

    def shape(self, root: ops.Node) -> Shape:
        lines: list[str] = []
        waiting: list[tuple[ops.Node, bool]] = [(root, False)]
        while waiting:
            node, is_ready = waiting.pop()
            if id(node) in self._numbers:
                continue
            if is_ready:
                lines.append(self._line(node))
                self._numbers[id(node)] = len(lines)
            else:
                waiting.append((node, True))
                waiting += [(one, False) for one in _nodes(node.__args__)]
        fused = ibis.options.sql.fuse_selects
        return Shape("\n".join((*lines, f"fused {fused}")), tuple(self._words))

    def _line(self, node: ops.Node) -> str:
        kind = type(node)
        said = f"{kind.__module__}.{kind.__qualname__}"
        if isinstance(node, ops.Literal):
            return f"{said} {self._literal(node)} {_type(node.dtype)}"
        if isinstance(node, ops.DatabaseTable | ops.InMemoryTable):
            is_made_up = _MADE_UP.fullmatch(node.name)
            name = f"\x00{self._word(node.name)}" if is_made_up else repr(node.name)
            space = repr(getattr(node, "namespace", ""))
            return f"{said} {name} {space} {self._text(node.schema)}"
        if isinstance(node, ops.Reference):
            own = self._references.setdefault((kind, node.identifier), len(self._references))
            return f"{said} {self._text(node.parent)} {own}"
        if isinstance(node, ops.ScalarUDF | ops.AggUDF):
            of = (node.__func_name__, node.__input_type__, node.__udf_namespace__)
            said = f"{said} {kind.__name__} {of!r} {_type(node.dtype)}"
        return f"{said}({','.join(map(self._text, node.__args__))})"

    def _literal(self, node: ops.Literal) -> str:
        value, kind = node.value, node.dtype
        is_word = value is not None and (
            (kind.is_string() and _PERIOD.fullmatch(value))
            or (kind.is_timestamp() and isinstance(value, datetime))
            or (kind.is_integer() and value in _SECONDS)
        )
        return f"\x00{self._word(self._written(node))}" if is_word else repr(value)

    def _word(self, text: str) -> int:
        return self._words.setdefault(text, len(self._words))

    def _text(self, value: Any) -> str:
        if isinstance(value, ops.Node):
            return f"#{self._numbers[id(value)]}"
        if isinstance(value, dt.DataType):
            return _type(value)
        if isinstance(value, ibis.Schema):
            return ";".join(f"{name!r} {_type(kind)}" for name, kind in value.items())
        if isinstance(value, tuple | list):
            return f"({','.join(map(self._text, value))})"
        if isinstance(value, Mapping):
            return f"{{{','.join(f'{name!r}:{self._text(one)}' for name, one in value.items())}}}"
        if isinstance(value, frozenset):
            return f"<{','.join(sorted(map(self._text, value)))}>"
        if isinstance(value, Concrete):
            return f"{type(value).__qualname__}({','.join(map(self._text, value.__args__))})"
        if isinstance(value, _PLAIN):
            return f"{type(value).__name__}{value!r}"
        raise _UnknownError


def _nodes(value: Any) -> Iterator[ops.Node]:
    """Nodes in arguments, however deep."""
    if isinstance(value, ops.Node):
        yield value
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _nodes(one)
    elif isinstance(value, Mapping):
        yield from _nodes(tuple(value.values()))
    elif isinstance(value, Concrete) and not isinstance(value, dt.DataType | ibis.Schema):
        yield from _nodes(value.__args__)


_types: dict[dt.DataType, str] = {}


def _type(kind: dt.DataType) -> str:
    if kind not in _types:
        _types[kind] = repr(kind)
    return _types[kind]


def _with_gaps(sql: str, shape: Shape) -> str | None:
    """SQL with a gap for each word, or none where a word may also stand there for another reason."""
    if "\x00" in sql or any(word in shape.text for word in shape.words):
        return None
    if not shape.words:
        return sql
    numbers = {word: number for number, word in enumerate(shape.words)}
    longest_first = sorted(numbers, key=len, reverse=True)
    some = re.compile("|".join(rf"(?<![\w.]){re.escape(one)}(?![\w.])" for one in longest_first))
    return some.sub(lambda found: f"\x00{numbers[found.group()]}\x00", sql)


def _filled(gapped: str, shape: Shape) -> str:
    return _GAP.sub(lambda gap: shape.words[int(gap.group(1))], gapped)
