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

#: Longer ones belong in a lookup, or in several computed columns. Bounds parsing, and the SQL made of it.
LONGEST = 4_000
#: Parentheses, CASEs and signs within each other. sqlglot takes about 17 Python frames for each, of
#: which there are 1,000; and what guards against division by zero doubles with each.
DEEPEST = 16
#: Operators in a row (``a + b + c …``) make a tree as deep as they are many.
MOST_OPERATORS = 100

_KEYWORDS = {
    "AND": TokenType.AND,
    "OR": TokenType.OR,
    "NOT": TokenType.NOT,
    "IN": TokenType.IN,
    "BETWEEN": TokenType.BETWEEN,
    "LIKE": TokenType.LIKE,
    "ILIKE": TokenType.ILIKE,
    "IS": TokenType.IS,
    "NULL": TokenType.NULL,
    "TRUE": TokenType.TRUE,
    "FALSE": TokenType.FALSE,
    "CASE": TokenType.CASE,
    "WHEN": TokenType.WHEN,
    "THEN": TokenType.THEN,
    "ELSE": TokenType.ELSE,
    "END": TokenType.END,
    "AS": TokenType.ALIAS,
    "DATE": TokenType.DATE,
    "TIMESTAMP": TokenType.TIMESTAMP,
    "TEXT": TokenType.TEXT,
    "INTEGER": TokenType.INT,
    "NUMBER": TokenType.DECIMAL,
    "BOOLEAN": TokenType.BOOLEAN,
    "||": TokenType.DPIPE,
    "<>": TokenType.NEQ,
    "!=": TokenType.NEQ,
    "<=": TokenType.LTE,
    ">=": TokenType.GTE,
}
_SIGNS = {
    TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.DOT, TokenType.PLUS, TokenType.DASH,
    TokenType.STAR, TokenType.SLASH, TokenType.MOD, TokenType.EQ, TokenType.LT, TokenType.GT,
}  # fmt: skip
_TOKENS = {
    TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, *_SIGNS, *_KEYWORDS.values(),
}  # fmt: skip
#: Two signs that sqlglot reads as one each, and what is meant elsewhere by them.
_TOGETHER = {
    ("-", ">"): "JSON is not read here: name a column",
    ("=", ">"): "there are no named arguments and no lambdas: give arguments in their order",
    ("=", "="): "write one = to compare",
    ("*", "*"): "write power(x, y)",
    ("/", "/"): "write floor(x / y)",
}
_SINGLE = {
    ";": "one expression belongs here, not several statements: take the ; out",
    "?": "there are no parameters: write the value itself",
    ":": "there are no parameters, and no casts by ::; write CAST(x AS number)",
    "@": "there are no parameters: write the value itself",
    "[": "there are no lists: write x IN (1, 2), or a name with odd characters in double quotes",
    "{": "there are no structures: write a plain value",
    "`": 'names are quoted by double quotes, as "my column"',
    "^": "write power(x, y)",
    "~": "write x LIKE 'a%'",
    "&": "write AND, or || to join texts",
    "|": "write OR, or || to join texts",
    "!": "write NOT, or <> for unequal",
}
#: Words of SQL that ask for more than one row, or do more than compute.
_ELSEWHERE = {
    **dict.fromkeys(
        ("SELECT", "FROM", "WHERE", "WITH", "UNION", "EXISTS", "JOIN", "GROUP", "ORDER", "LIMIT"),
        "an expression looks at one row and has no queries",
    ),
    **dict.fromkeys(
        ("OVER", "PARTITION", "WINDOW"), "an expression looks at one row and has no window functions"
    ),
    **dict.fromkeys(
        ("COPY", "ATTACH", "PRAGMA", "SET", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER",
         "INSTALL", "LOAD", "CALL"),
        "an expression computes a value and does nothing else",
    ),
    "INTERVAL": "write add_days(d, 30) or add_months(d, 1)",
    "ESCAPE": "LIKE knows % and _ alone: write contains(x, '50%') for a text with such a sign",
    "DISTINCT": "an expression looks at one row and has no DISTINCT",
}  # fmt: skip


def _only(parsers: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: parsers[name] for name in names}


class _Language(Dialect):
    class Tokenizer(tokens.Tokenizer):
        KEYWORDS: ClassVar[dict[str, TokenType]] = _KEYWORDS

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
    if len(text) > LONGEST:
        raise ExpressionError(
            f"the expression has {len(text)} characters; at most {LONGEST:,} are possible: "
            "use several, or a lookup table"
        )
    if not text.strip():
        raise ExpressionError("the expression is empty; write a value, as quantity * price")
    found = _tokens(text)
    try:
        statements = _Language().parser().parse(found, text)
    except SqlglotError as error:
        raise _unparsed(text, found, error) from None
    except RecursionError:
        raise ExpressionError("parts stand too deeply within each other: use several expressions") from None
    if len(statements) != 1 or statements[0] is None:
        raise ExpressionError(_SINGLE[";"])
    root = statements[0]
    root.meta["text"] = text
    for node in root.walk():
        _check(node)
    return root


def _tokens(text: str) -> list[Token]:
    if bad := next((at for at, one in enumerate(text) if one == "\0" or 0xD800 <= ord(one) <= 0xDFFF), None):
        raise ExpressionError("a character that no text has; take it out", bad)
    try:
        found: list[Token] = _Language().tokenize(text)
    except SqlglotError:
        quote = "'" if text.count("'") % 2 else '"'
        what = (
            f"a quote ({quote}) is opened and never closed; write it twice where it is meant as a character"
        )
        raise ExpressionError(what, text.rfind(quote)) from None
    _check_depth(found)
    _refuse_comments(text, found)
    for at, token in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        if following and following.start == token.end + 1 and (token.text, following.text) in _TOGETHER:
            raise ExpressionError(
                _TOGETHER[token.text, following.text], token.start, token.text + following.text
            )
        if token.token_type not in _TOKENS:
            why = _SINGLE.get(token.text[:1], "this sign has no meaning here")
            raise ExpressionError(why, token.start, text[token.start : token.end + 1])
    return found


def _refuse_comments(text: str, found: list[Token]) -> None:
    """Comments stand between tokens: sqlglot takes them out."""
    covered = [False] * len(text)
    for token in found:
        covered[token.start : token.end + 1] = [True] * (token.end + 1 - token.start)
    for mark in ("--", "/*"):
        at = text.find(mark)
        while at >= 0:
            if not covered[at]:
                raise ExpressionError(
                    "-- and /* begin a comment, which an expression has none of; write a - (-b)", at
                )
            at = text.find(mark, at + 1)


def _check_depth(found: list[Token]) -> None:
    depth = signs = operators = 0
    for token in found:
        kind = token.token_type
        depth += kind in (TokenType.L_PAREN, TokenType.CASE)
        depth -= kind in (TokenType.R_PAREN, TokenType.END)
        is_sign = kind in (TokenType.NOT, TokenType.DASH, TokenType.PLUS)
        signs = signs + 1 if is_sign else 0
        operators += kind not in (
            TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, TokenType.COMMA,
            TokenType.L_PAREN, TokenType.R_PAREN, TokenType.WHEN, TokenType.THEN,
        )  # fmt: skip
        if depth > DEEPEST or signs > DEEPEST:
            raise ExpressionError(
                f"more than {DEEPEST} parts stand within each other; use several expressions",
                token.start,
                token.text,
            )
        if operators > MOST_OPERATORS:
            raise ExpressionError(
                f"more than {MOST_OPERATORS} operators; use several expressions, IN (…), or a lookup table",
                token.start,
                token.text,
            )


def _unparsed(text: str, found: list[Token], error: SqlglotError) -> ExpressionError:
    """What could not be parsed, in words; names of SQL that are no part of the language first."""
    for token in found:
        if token.token_type == TokenType.VAR and token.text.upper() in _ELSEWHERE:
            return ExpressionError(_ELSEWHERE[token.text.upper()], token.start, token.text)
    if lopsided := _lopsided(found):
        return lopsided
    details = getattr(error, "errors", None) or [{}]
    at = len(str(details[0].get("start_context") or ""))
    word = str(details[0].get("highlight") or "")
    # sqlglot shows 100 characters before the place
    place = text.find(word, max(0, int(details[0].get("col") or 0) - len(word) - 1)) if word else at
    ended = place < 0 or place + len(word) >= len(text.rstrip())
    if ended and found and found[-1].token_type not in (TokenType.R_PAREN, TokenType.VAR, TokenType.NUMBER):
        last = found[-1]
        return ExpressionError(
            "the expression ends where a value should follow", last.start, text[last.start : last.end + 1]
        )
    what = (
        f"{word} is a word of the language, and out of place; a column of that name stands in double quotes"
        if word.upper() in _KEYWORDS and word.isalpha()
        else "this is not understood here; an expression is like CASE WHEN quantity > 0 THEN price * 1.2 END"
    )
    return ExpressionError(what, None if place < 0 else place, word or None)


def _lopsided(found: list[Token]) -> ExpressionError | None:
    opened: list[Token] = []
    for token in found:
        if token.token_type in (TokenType.L_PAREN, TokenType.CASE):
            opened.append(token)
        elif token.token_type in (TokenType.R_PAREN, TokenType.END):
            wanted = TokenType.L_PAREN if token.token_type == TokenType.R_PAREN else TokenType.CASE
            if not opened or opened.pop().token_type != wanted:
                return ExpressionError("it closes what was never opened", token.start, token.text)
    if opened:
        last = opened[-1]
        closing = "END" if last.token_type == TokenType.CASE else ")"
        return ExpressionError(f"it is never closed; {closing} is missing", last.start, last.text)
    return None


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
        if word.upper() in _ELSEWHERE:
            raise ExpressionError(_ELSEWHERE[word.upper()], start(node), word)
    raise ExpressionError(_WHY_NOT[exp.Alias], node.args["alias"].meta.get("start"), str(node.alias))
