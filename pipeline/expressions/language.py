"""An expression as settings hold it: its text, and the names that it mentions.

Belongs here: parsing into that shape, its place in settings. Does not belong here: what it computes.
"""

from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from sqlglot import exp

from pipeline.expressions.compiling import check_calls
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
        from_text = core_schema.no_info_after_validator_function(parse, core_schema.str_schema(strict=True))
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_text]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema()
            ),
        )


def parse(text: str) -> Expression:
    """``text`` as an expression. Raises ``ExpressionError`` for wrong syntax, what is not allowed, and
    functions that do not exist."""
    root = tree(text)
    check_calls(root)
    columns = sorted(root.find_all(exp.Column), key=lambda one: start(one) or 0)
    return Expression(text, tuple(dict.fromkeys(name_of(one) for one in columns)))
