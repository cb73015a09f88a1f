"""Which tables a database has.

Belongs here: names and queries of tables and views. Does not belong here: their rows (``database``).
"""

from dataclasses import dataclass

import sqlalchemy
from pydantic import SecretStr

from pipeline.collect.database import connected
from pipeline.settings import SqlConnector


@dataclass(frozen=True)
class Listed:
    """A table or view, and the query that reads all of it."""

    name: str
    query: str


def tables(url: str, where: str) -> list[Listed]:
    """Tables and views of the database's default schema, by name. Raises ``InputError``."""
    with connected(SqlConnector(url=SecretStr(url), query="SELECT 1"), where) as connection:
        inspector = sqlalchemy.inspect(connection)
        names = sorted({*inspector.get_table_names(), *inspector.get_view_names()})
        quote = connection.dialect.identifier_preparer.quote
        return [Listed(one, f"SELECT * FROM {quote(one)}") for one in names]
