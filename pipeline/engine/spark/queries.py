"""Queries and conditions written in DuckDB's words, in Spark's: those of linking, which Splink hands over.

Belongs here: translating text, and the functions that it then calls. Does not belong here: expressions of
Ibis (``compiler``), which all other stages are made of.
"""

from typing import Any

import sqlglot
import sqlglot.expressions as sge
from ibis.expr import datatypes as dt

from pipeline.engine.spark.compiler import SparkText
from pipeline.engine.spark.functions import WorkersWord

#: Likeness of texts is what DuckDB says, on the workers: it looks at bytes, Spark and Splink's jar look at
#: characters. Of 20,000 pairs of words with letters beyond ASCII they answered otherwise for 40% (edit
#: distance) to 60% (Jaro), so that a pair would be one customer on one engine alone (law L3).
QUERY_WORDS = {
    name: WorkersWord(f"duckdb_{name}", f"{name}(a, b)", kind)
    for name, kind in (
        ("jaro_winkler_similarity", dt.float64),
        ("jaro_similarity", dt.float64),
        ("jaccard", dt.float64),
        ("levenshtein", dt.int64),
        ("damerau_levenshtein", dt.int64),
    )
}


def in_spark(query: str) -> str:
    """A query, or a condition, in Spark's words. ``len`` is that of lists."""
    tree = sge.Paren(this=sqlglot.parse_one(query, read="duckdb"))
    for node in list(tree.find_all(sge.Func)):
        if isinstance(node, sge.ArrayOverlaps):
            shared = sge.func("array_intersect", node.this, node.expression, dialect="spark")
            node.replace(sge.GT(this=_call("size", shared), expression=sge.convert(0)))
        elif isinstance(node, sge.Length):
            node.replace(_call("size", node.this))
        elif (name := _name(node)) in QUERY_WORDS:
            node.replace(_call(QUERY_WORDS[name].name, *_arguments(node)))
        elif name == "list_intersect":
            node.replace(_call("array_intersect", *_arguments(node)))
    whole = tree.this if isinstance(tree.this, sge.Query) else tree
    return whole.sql(SparkText)


def _name(node: sge.Func) -> str:
    name = node.name if isinstance(node, sge.Anonymous) else node.sql_names()[0]
    return name.lower().replace("jarowinkler", "jaro_winkler")


def _arguments(node: sge.Func) -> list[Any]:
    if isinstance(node, sge.Anonymous):
        return list(node.expressions)
    return [node.this, node.expression]


def _call(name: str, *arguments: Any) -> sge.Anonymous:
    return sge.Anonymous(this=name, expressions=list(arguments))
