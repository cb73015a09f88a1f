"""The words and signs of an expression, before they are parsed; limits; what is said of those that cannot be.

Belongs here: keywords, signs, depth and length. Does not belong here: syntax (``dialect``).
"""

from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError

from pipeline.expressions.errors import ExpressionError

#: Longer ones belong in a lookup, or in several computed columns. Bounds parsing, and the SQL made of it.
LONGEST = 4_000
#: Parentheses, CASEs and signs within each other. sqlglot takes about 17 Python frames for each, of
#: which there are 1,000; and what guards against division by zero doubles with each.
DEEPEST = 16
#: Operators in a row (``a + b + c …``) make a tree as deep as they are many.
MOST_OPERATORS = 100

KEYWORDS = {
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
    TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, *_SIGNS, *KEYWORDS.values(),
}  # fmt: skip
#: Two signs that sqlglot reads as one each, and what is meant elsewhere by them.
_TOGETHER = {
    ("-", ">"): "JSON is not read here: name a column",
    ("=", ">"): "there are no named arguments and no lambdas: give arguments in their order",
    ("=", "="): "write one = to compare",
    ("*", "*"): "write power(x, y)",
    ("/", "/"): "write floor(x / y)",
}
SINGLE = {
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
ELSEWHERE = {
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


def check_text(text: str) -> None:
    """Raises ``ExpressionError`` for a text that is too long, empty, or none that could be stored."""
    if len(text) > LONGEST:
        raise ExpressionError(
            f"the expression has {len(text)} characters; at most {LONGEST:,} are possible: "
            "use several, or a lookup table"
        )
    if not text.strip():
        raise ExpressionError("the expression is empty; write a value, as quantity * price")
    odd = (at for at, one in enumerate(text) if one == "\0" or 0xD800 <= ord(one) <= 0xDFFF)
    if (bad := next(odd, None)) is not None:
        raise ExpressionError("a character that no text has; take it out", bad)


def unclosed(text: str) -> ExpressionError:
    """Of a text that cannot be cut into words: a quote is never closed."""
    quote = "'" if text.count("'") % 2 else '"'
    what = f"a quote ({quote}) is opened and never closed; write it twice where it is meant as a character"
    return ExpressionError(what, text.rfind(quote))


def check_tokens(text: str, found: list[Token]) -> None:
    """Raises ``ExpressionError`` for signs that mean nothing here, comments, and what is too deep."""
    _check_depth(found)
    _refuse_comments(text, found)
    for at, token in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        if following and following.start == token.end + 1 and (token.text, following.text) in _TOGETHER:
            raise ExpressionError(
                _TOGETHER[token.text, following.text], token.start, token.text + following.text
            )
        if token.token_type not in _TOKENS:
            why = SINGLE.get(token.text[:1], "this sign has no meaning here")
            raise ExpressionError(why, token.start, text[token.start : token.end + 1])


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


def unparsed(text: str, found: list[Token], error: SqlglotError) -> ExpressionError:
    """What could not be parsed, in words; names of SQL that are no part of the language first."""
    for token in found:
        if token.token_type == TokenType.VAR and token.text.upper() in ELSEWHERE:
            return ExpressionError(ELSEWHERE[token.text.upper()], token.start, token.text)
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
        if word.upper() in KEYWORDS and word.isalpha()
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
