"""A definition as it counts, written down: without docstrings, annotations and words of declarations.

Belongs here: one text of a piece of syntax, and what is named on the way. Does not belong here: where
a name leads (``reach``).
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pipeline.lineage.modules import Module, is_docstring

#: Parameters of what is called, in order, and those of them that are words.
TextsOf = Callable[[Module, ast.expr], tuple[list[str], frozenset[str]]]


class Reading:
    """A definition as it counts, written down: no docstrings, no annotations, no words of declarations;
    and what is named on the way."""

    def __init__(self, module: Module, texts_of: TextsOf | None) -> None:
        self.module, self.texts_of = module, texts_of
        self.named: list[list[str]] = []
        self.annotated: list[list[str]] = []
        self.strings: list[str] = []

    def text(self, node: Any) -> str:
        """One text for ``node``, the same however it is laid out."""
        if isinstance(node, list):
            return f"[{','.join(map(self.text, node))}]"
        if not isinstance(node, ast.AST):
            return repr(node)
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                self.strings.append(node.value)
            return f"={node.value!r}"
        if isinstance(node, ast.Name):
            self.named.append([node.id])
            return node.id
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            node = self._call(node)
        return self._node(node)

    def _node(self, node: ast.AST) -> str:
        parts = []
        is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                self.annotated.extend(chains(value) if value is not None else ())
            elif name == "body" and is_definition and value and is_docstring(value[0]):
                parts.append(self.text(value[1:]))
            elif name not in ("ctx", "type_comment", "kind"):
                parts.append(self.text(value))
        return f"{type(node).__name__}({','.join(parts)})"

    def _attribute(self, node: ast.Attribute) -> str:
        chain = next(chains(node), [])
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if isinstance(inner, ast.Name):
            self.named.append(chain)
            return ".".join(chain)
        return f"{self.text(node.value)}.{node.attr}"

    def _call(self, node: ast.Call) -> ast.Call:
        """The call without words."""
        if isinstance(node.func, ast.Name) and node.func.id == "PackageLoader":
            self.strings.append("templates")  # where Jinja looks unless told
        if self.texts_of is None:
            return node
        names, texts = self.texts_of(self.module, node.func)
        texts |= {"description"}  # of a setting, for one
        places = [*names, *[""] * len(node.args)]
        return ast.Call(
            func=node.func,
            args=[
                one
                for name, one in zip(places, node.args, strict=False)
                if name not in texts or not _is_text(one)
            ],
            keywords=[one for one in node.keywords if one.arg not in texts or not _is_text(one.value)],
        )


def texts_listed(node: ast.ClassDef) -> frozenset[str]:
    """Names that a class lists in ``__texts__``."""
    for one in node.body:
        target = (
            one.targets[0]
            if isinstance(one, ast.Assign)
            else one.target
            if isinstance(one, ast.AnnAssign)
            else None
        )
        if (
            isinstance(target, ast.Name)
            and target.id == "__texts__"
            and isinstance(one, ast.Assign | ast.AnnAssign)
        ):
            return frozenset(
                part.value
                for part in ast.walk(one)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
    return frozenset()


_LITERAL = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.Name,
    ast.Attribute,
    ast.expr_context,
)


def _is_text(node: ast.expr) -> bool:
    """Whether an argument is written out where it stands: a computed one is code."""
    inside = {one for part in ast.walk(node) if isinstance(part, ast.JoinedStr) for one in ast.walk(part)}
    return all(
        isinstance(one, _LITERAL) and (one in inside or not isinstance(one, ast.Name | ast.Attribute))
        for one in ast.walk(node)
    )


def distinct(named: Iterable[list[str]]) -> list[list[str]]:
    """Each chain of names once, in order."""
    return [list(one) for one in dict.fromkeys(tuple(one) for one in named)]


def chains(node: ast.AST) -> Iterator[list[str]]:
    """``a.b.c`` of every name that is read; ``a`` alone where more is done with it."""
    if isinstance(node, ast.Attribute):
        parts, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield [inner.id, *reversed(parts)]
            return
        yield from chains(inner)
        return
    if isinstance(node, ast.Name):
        yield [node.id]
    for one in ast.iter_child_nodes(node):
        yield from chains(one)
