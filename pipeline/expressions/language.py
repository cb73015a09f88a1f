"""An expression as settings hold it: its text, and the names that it mentions.

Belongs here: parsing into that shape, its place in settings. Does not belong here: what it computes.
"""

from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from sqlglot import exp

from pipeline.expressions.calls import check_words
from pipeline.expressions.dialect import name_of, start, tree


@dataclass(frozen=True)
class Expression:
    """An expression that could be parsed, equal to others of the same text; made by ``parse``.

    ``names`` are those that it mentions, in their order, each once. In settings it is written, and
    dumped, as text.
    """

    text: str
    names: tuple[str, ...] = field(compare=False)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "description": "an expression, see docs/expressions.md"}


def _validated(given: object) -> Expression:
    if isinstance(given, Expression):
        return given
    if not isinstance(given, str):
        raise ValueError('an expression belongs here, as text: put it in quotes, as "quantity > 0"')
    return parse(given)


def parse(text: str) -> Expression:
    """``text`` as an expression. Raises ``ExpressionError`` for wrong syntax, what is not allowed, and
    functions that do not exist."""
    root = tree(text)
    check_words(root)
    columns = sorted(root.find_all(exp.Column), key=lambda one: start(one) or 0)
    return Expression(text, tuple(dict.fromkeys(name_of(one) for one in columns)))
