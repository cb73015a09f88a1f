"""Reading of source formats: Parquet and CSV through DuckDB, anything else through Arrow batches.

Belongs here: bytes of a source into a table of the engine, with ``_file`` and ``_row``. Does not
belong here: which files a source has, lookups, periods (``collect``), nor any typing of values.

What is not Parquet is staged: streamed into a Parquet file in the engine's scratch folder, so
that memory does not grow with the source and every later pass is fast.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from pipeline.engine.duck import connection_of
from pipeline.engine.protocol import Engine
from pipeline.engine.values import json_text, raw_name

#: Longest row of a CSV file. By itself DuckDB would take sixteen times as much for each buffer.
_LINE_BYTES = 1 << 24

_numbers = itertools.count()


class UnreadableError(Exception):
    """A file's bytes are not what its format says. ``path`` is the file; no values are named."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(str(path))


def parquet_columns(path: Path) -> list[str]:
    """Names of the columns of a Parquet file, from its footer. Raises ``UnreadableError``."""
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableError(path) from error


def read_parquet(engine: Engine, files: Mapping[Path, str]) -> ir.Table:
    """Rows of Parquet files with their own types; ``files`` gives each path its ``_file``.

    Every page is decoded once here, so that a damaged file is an ``UnreadableError`` now and
    not a surprise later. Nested values become JSON text.
    """
    parts = [_parquet(engine, path, name) for path, name in files.items()]
    return together(engine, parts)


def read_spans(engine: Engine, path: Path, name: str, spans: Iterable[tuple[int, int]]) -> ir.Table:
    """Some rows of a Parquet file, as ``read_parquet`` has them, for ``together``: of each span (first row,
    from 1; number of rows) those that it says. Other row groups are not opened. They are held, so that the
    file may change afterwards. Raises ``UnreadableError``."""
    reader = engine.in_process
    try:
        every = reader.backend.read_parquet(_literal(path), file_row_number=True, hive_partitioning=False)
        number = every["file_row_number"]
        wanted = [every.filter(number.between(first - 1, first + rows - 2)) for first, rows in spans]
        return reader.hold(ibis.union(*(_numbered(one, name) for one in wanted)))
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise UnreadableError(path) from error


def together(engine: Engine, parts: Sequence[ir.Table]) -> ir.Table:
    """Rows of several files as one table of ``engine``."""
    return engine.taken(_aligned(parts))


def _parquet(engine: Engine, path: Path, name: str) -> ir.Table:
    try:
        connection_of(engine).execute(
            "SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet(?, hive_partitioning=false)", [_literal(path)]
        ).fetchall()
        table = engine.in_process.backend.read_parquet(
            _literal(path), file_row_number=True, hive_partitioning=False
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise UnreadableError(path) from error
    return _numbered(table, name)


def _numbered(table: ir.Table, name: str) -> ir.Table:
    """Rows of a file under their raw names, with ``_file`` and ``_row``."""
    own = {raw_name(one): _kept(table[one]) for one in table.columns if one != "file_row_number"}
    return table.select(_file=ibis.literal(name), _row=table["file_row_number"].cast("int64") + 1, **own)


def _kept(value: ir.Value) -> ir.Value:
    """A value whose type survives a round trip through the raw zone."""
    kind = value.type()
    if kind.is_nested():
        return json_text(value)
    plain = (
        kind.is_numeric() or kind.is_boolean() or kind.is_temporal() or kind.is_string() or kind.is_binary()
    )
    return value if plain and not kind.is_interval() else value.cast("string")


def stage_csv(
    engine: Engine,
    path: Path,
    name: str,
    columns: Sequence[str],
    delimiter: str,
    quote: str,
    *,
    header: bool,
    first_row: int = 1,
) -> Path:
    """Stage a CSV file in UTF-8, with or without a header line: all columns text, empty fields null; rows
    count from ``first_row``.

    Quotes inside quotes are doubled; every line has as many fields as ``columns``.
    Raises ``UnreadableError``.
    """
    staged = _scratch(engine)
    types = "{" + ", ".join(f"{_quoted(raw_name(one))}: 'VARCHAR'" for one in columns) + "}"
    reader = (
        f"read_csv({_quoted(_literal(path))}, columns={types}, auto_detect=false, header={header}, "
        f"delim={_quoted(delimiter)}, quote={_quoted(quote)}, escape={_quoted(quote)}, compression='none', "
        "strict_mode=true, null_padding=false, nullstr='', "
        f"max_line_size={_LINE_BYTES}, buffer_size={2 * _LINE_BYTES})"
    )
    # A window without order numbers the rows as they stand in the file, streaming.
    rows = f"SELECT {_quoted(name)} AS _file, row_number() OVER () + {first_row - 1} AS _row, * FROM {reader}"
    query = f"COPY ({rows}) TO {_quoted(str(staged))} (FORMAT parquet)"
    # One thread: the numbering is serial, and what others read ahead would wait for it in memory.
    threads = connection_of(engine).execute("SELECT current_setting('threads')").fetchall()[0][0]
    connection_of(engine).execute("SET threads = 1")
    try:
        connection_of(engine).execute(query)
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, UnicodeDecodeError) as error:  # its messages quote lines, cut within a character
        staged.unlink(missing_ok=True)
        raise UnreadableError(path) from error
    finally:
        connection_of(engine).execute(f"SET threads = {threads}")
    return staged


def staged_rows(paths: Iterable[Path]) -> int:
    """Rows of Parquet files, as their footers say."""
    return sum(int(pq.read_metadata(one).num_rows) for one in paths)


def stage_batches(engine: Engine, batches: Iterable[pa.Table]) -> list[Path]:
    """Stage Arrow tables, each of bounded size; one file for each run of equal schemas."""
    paths: list[Path] = []
    writer: pq.ParquetWriter | None = None
    try:
        for batch in batches:
            if writer is None or writer.schema != batch.schema:
                if writer is not None:
                    writer.close()
                paths.append(_scratch(engine))
                writer = pq.ParquetWriter(paths[-1], batch.schema)
            writer.write_table(batch)
    finally:
        if writer is not None:
            writer.close()
    return paths


def read_staged(engine: Engine, paths: Sequence[Path]) -> ir.Table:
    """Rows of staged files; a column that a file lacks is null in its rows."""
    return engine.read_plain(paths)


def scratch_file(engine: Engine, suffix: str) -> Path:
    """A new path in the engine's scratch folder, which goes when the engine is closed."""
    return engine.scratch / f"source-{next(_numbers)}{suffix}"


def _scratch(engine: Engine) -> Path:
    return scratch_file(engine, ".parquet")


def _aligned(parts: Sequence[ir.Table]) -> ir.Table:
    """Union by name. A column whose type differs between files becomes text in all, unless they are
    integers, or floats, of different width: then the widest."""
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    types = {name: _shared([part[name].type() for part in parts if name in part.columns]) for name in names}

    def column(part: ir.Table, name: str) -> ir.Value:
        return part[name].cast(types[name]) if name in part.columns else ibis.null(types[name])

    return ibis.union(*(part.select(**{name: column(part, name) for name in names}) for part in parts))


def _shared(kinds: Sequence[dt.DataType]) -> dt.DataType:
    """The type that keeps values of all ``kinds`` as they are."""
    alike = [one(nullable=True) for one in kinds]
    if len(set(alike)) == 1:
        return alike[0]
    if all(one.is_integer() for one in alike) or all(one.is_floating() for one in alike):
        return dt.highest_precedence(alike)
    return dt.string


def _literal(path: Path) -> str:
    """A path in which DuckDB sees no wildcards."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in str(path))


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
