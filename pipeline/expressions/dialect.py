"""The words that an expression may consist of, and its parsing by sqlglot.

Belongs here: a dialect of few keywords, limits, and which nodes of syntax are allowed. Does not belong
here: what they mean (``compiling``), or functions (``functions``).

A whitelist throughout: the tokenizer knows only the keywords of the language, so that there are no
statements to parse, every function is one that sqlglot does not know, and ``order`` is a name like any
other; and of the nodes that come out, only those listed are let through.
"""

from functools import lru_cache
from typing import Any, ClassVar

from sqlglot import Token, TokenType, exp, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from pipeline.expressions.errors import ExpressionError
from pipeline.expressions.tokens import (
    ELSEWHERE,
    KEYWORDS,
    SINGLE,
    check_text,
    check_tokens,
    unclosed,
    unparsed,
)


def _only(parsers: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: parsers[name] for name in names}


class _Language(Dialect):
    class Tokenizer(tokens.Tokenizer):
        KEYWORDS: ClassVar[dict[str, TokenType]] = KEYWORDS

    class Parser(parser.Parser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = _only(parser.Parser.FUNCTION_PARSERS, "CAST", "TRY_CAST")
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = _only(
            parser.Parser.NO_PAREN_FUNCTION_PARSERS, "CASE"
        )


#: What an expression may consist of. ``If`` is a branch of CASE; names of functions are checked apart.
NODES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Not,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe,
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And, exp.Or,
    exp.In, exp.Between, exp.Like, exp.ILike, exp.Is, exp.Case, exp.If, exp.Cast, exp.TryCast,
    exp.DataType, exp.Anonymous,
)  # fmt: skip
_WHY_NOT: dict[type[exp.Expr], str] = {
    exp.Star: "* stands for no value: name a column",
    exp.Alias: "between two values belongs an operator; "
    "\"double quotes\" around odd names, 'single' around texts",
    exp.Tuple: "a list of values belongs behind IN only",
    exp.Dot: "functions have plain names, without a point, and names at most four parts",
    exp.DataTypeParam: "types have no digits: round(x, 2) keeps two places",
    exp.Concat: "two texts side by side: write || between them",
    exp.NullSafeEQ: "write x = y, or x IS NULL",
    exp.NullSafeNEQ: "write x <> y, or x IS NULL",
    exp.National: "write texts without a letter before them, as 'text'",
}


def start(node: exp.Expr) -> int | None:
    """Where ``node`` begins in the text, as far as it is known."""
    places = [one.meta["start"] for one in node.walk() if "start" in one.meta]
    return min(places) if places else None


def written(node: exp.Expr) -> str:
    """``node`` as it is written in the text, as far as its places are known."""
    ends = [one.meta["end"] for one in node.walk() if "end" in one.meta]
    at = start(node)
    if at is None or not ends:
        return node.sql()
    found = str(node.root().meta["text"])[at : max(ends) + 1]
    return found + ")" * max(0, found.count("(") - found.count(")"))


def name_of(node: exp.Column) -> str:
    """The name as it is known: the parts of ``orders.lines_count`` with points between."""
    return ".".join(part.name for part in node.parts)


@lru_cache(maxsize=4_096)
def tree(text: str) -> exp.Expr:
    """Syntax of ``text``, of allowed nodes only. Raises ``ExpressionError``."""
    check_text(text)
    try:
        found: list[Token] = _Language().tokenize(text)
    except SqlglotError:
        raise unclosed(text) from None
    check_tokens(text, found)
    try:
        statements = _Language().parser().parse(found, text)
    except SqlglotError as error:
        raise unparsed(text, found, error) from None
    except RecursionError:
        raise ExpressionError("parts stand too deeply within each other: use several expressions") from None
    if len(statements) != 1 or statements[0] is None:
        raise ExpressionError(SINGLE[";"])
    root = statements[0]
    root.meta["text"] = text
    for node in root.walk():
        _check(node)
    return root


def _check(node: exp.Expr) -> None:
    """Refuse what is not listed, or has parts that are not."""
    if type(node) not in NODES:
        why = next((words for kind, words in _WHY_NOT.items() if type(node) is kind), None)
        if isinstance(node, exp.Alias):
            _refuse_alias(node)
        raise ExpressionError(
            why or f"{type(node).__name__} (as SQL has it) is no part of an expression",
            start(node),
            written(node),
        )
    if isinstance(node, exp.Column) and not all(type(part) is exp.Identifier for part in node.parts):
        raise ExpressionError("a name does not end in a number or *", start(node), written(node))
    if isinstance(node, exp.In) and (
        not node.expressions or node.args.get("query") or node.args.get("field")
    ):
        raise ExpressionError("IN needs a list of values, as x IN (1, 2)", start(node), "IN")
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null):
        raise ExpressionError("IS is followed by NULL or NOT NULL only; write x = TRUE", start(node), "IS")


def _refuse_alias(node: exp.Alias) -> None:
    words = (str(node.alias), node.this.name if isinstance(node.this, exp.Column) else "")
    for word in words:
        if word.upper() in ELSEWHERE:
            raise ExpressionError(ELSEWHERE[word.upper()], start(node), word)
    raise ExpressionError(_WHY_NOT[exp.Alias], node.args["alias"].meta.get("start"), str(node.alias))
