"""JSON records of an HTTP address, page by page, as Arrow tables.

Belongs here: pages, when they end, records into rows. Does not belong here: asking a server and
its failures (``http_asking``), or what becomes of a JSON object (``jsonlines``).
"""

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import httpx
import pyarrow as pa

from pipeline.collect.addresses import shown
from pipeline.collect.http_asking import Answer, Asker, address, asker
from pipeline.collect.jsonlines import check_case, row_of, table
from pipeline.collect.network import is_same_origin
from pipeline.errors import InputError
from pipeline.settings import (
    CursorPaging,
    HttpConnector,
    LinkPaging,
    NextUrlPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
)

_BATCH_ROWS = 20_000
#: What records name as their ``_file``.
ANSWERS = "answers"
_ENDLESS = (
    "Check paging in the connector's settings; a server that ignores its parameters gives one page for ever."
)

Row = dict[str, str | None]


class _Page(NamedTuple):
    number: int
    answer: Answer
    records: list[Any]


def batches(connector: HttpConnector, where: str, since: str | None = None) -> Iterator[pa.Table]:
    """Records with ``_file``, ``_row`` (their number, from 1) and a text column for every key.

    Numbers keep their digits, nested values become JSON text, a key that a record lacks is null.
    ``since``: sent as ``since_param``, so that the server gives only records from there on. At most
    one page and one batch are held. Raises ``InputError``.
    """
    names: dict[str, None] = {}
    rows: list[Row] = []
    first = 1
    for row in _rows(connector, where, since):
        names.update(dict.fromkeys(row))
        rows.append(row)
        if len(rows) == _BATCH_ROWS:
            yield table(ANSWERS, list(names), rows, range(first, first + len(rows)))
            first, rows = first + len(rows), []
    check_case(where, list(names))
    yield table(ANSWERS, list(names), rows, range(first, first + len(rows)))


def content_aggregate(connector: HttpConnector, where: str) -> str:
    """Count of the records and the sum of their digests, whatever their order."""
    count, total = 0, 0
    for row in _rows(connector, where, None):
        count += 1
        content = json.dumps(row, sort_keys=True)
        total += int.from_bytes(hashlib.md5(content.encode(), usedforsecurity=False).digest())
    return f"{count}:{total % 2**128:032x}"


def newest(connector: HttpConnector, where: str, since: str | None = None) -> str | None:
    """The greatest value of the connector's cursor among the records (from ``since`` on), as text;
    none when no record has one. Numbers are compared as numbers when all are. Raises ``InputError``.
    """
    if connector.cursor is None:
        raise ValueError("the connector has no cursor")
    found = (row.get(connector.cursor) for row in _rows(connector, where, since))
    return greatest(value for value in found if value is not None)


def greatest(values: Iterator[str]) -> str | None:
    """The greatest text; of numbers alone the greatest number, as it was written."""
    text: str | None = None
    number: tuple[Decimal, str] | None = None
    has_only_numbers = True
    for value in values:
        text = value if text is None else max(text, value)
        if has_only_numbers:
            try:
                read = Decimal(value)
            except InvalidOperation:
                has_only_numbers = False
                continue
            if read.is_finite():
                number = (read, value) if number is None else max(number, (read, value))
    return number[1] if has_only_numbers and number else text


def _rows(connector: HttpConnector, where: str, since: str | None) -> Iterator[Row]:
    with asker(connector, where) as one:
        for page in _pages(connector, one, where, since):
            place = f"{where}, page {page.number}"
            plain: list[Any] = []

            def whole(at: int, page: _Page = page, plain: list[Any] = plain) -> dict[str, Any]:
                if not plain:
                    plain.extend(_at(json.loads(page.answer.text), connector.records))
                return plain[at]  # type: ignore[no-any-return]

            for at, record in enumerate(page.records):
                if not isinstance(record, dict):
                    raise InputError(
                        f"{place}, record {at + 1}",
                        "it is not a JSON object",
                        "a list of objects with named values",
                        "Correct records in the connector's settings: it must lead to the list of records.",
                    )
                yield row_of(record, lambda at=at: whole(at))  # type: ignore[misc]


def _pages(connector: HttpConnector, one: Asker, where: str, since: str | None) -> Iterator[_Page]:
    """Pages until there are no more. One that comes again is an error: the paging leads nowhere."""
    base = {connector.since_param: since} if connector.since_param and since is not None else {}
    url: httpx.URL | None = address(connector, base | _first(connector), where)
    asked: set[str] = set()
    given: set[bytes] = set()
    number = offset = 0
    while url is not None:
        number += 1
        place = f"{where}, page {number}"
        if number > connector.max_pages:
            raise InputError(
                place,
                f"there are more than {connector.max_pages} pages",
                f"at most {connector.max_pages} (max_pages)",
                _ENDLESS + " If there really are more, raise max_pages.",
            )
        answer = one.ask(url, place)
        records = _records(connector, answer, place)
        content = hashlib.md5(json.dumps(records).encode(), usedforsecurity=False).digest()
        if str(url) in asked or (records and content in given):
            raise InputError(place, "the server gives a page that it gave before", "new records", _ENDLESS)
        asked.add(str(url))
        given.add(content)
        yield _Page(number, answer, records)
        offset += len(records)
        url = _next(connector, base, _Page(number, answer, records), offset, place)


def _first(connector: HttpConnector) -> dict[str, str]:
    paging = connector.paging
    if isinstance(paging, PagePaging):
        return _numbered(paging, paging.first)
    if isinstance(paging, OffsetPaging):
        return {paging.param: "0", paging.limit_param: str(paging.limit)}
    return {}


def _numbered(paging: PagePaging, number: int) -> dict[str, str]:
    size = {paging.size_param: str(paging.size)} if paging.size_param else {}
    return {paging.param: str(number)} | size


def _next(
    connector: HttpConnector, base: dict[str, str], page: _Page, offset: int, where: str
) -> httpx.URL | None:
    """Address of the page after ``page``, or none. A page shorter than was asked for is no end:
    servers cap what they give; an empty one is."""
    paging = connector.paging
    match paging:
        case NoPaging():
            return None
        case PagePaging():
            params = _numbered(paging, paging.first + page.number)
            return address(connector, base | params, where) if page.records else None
        case OffsetPaging():
            params = {paging.param: str(offset), paging.limit_param: str(paging.limit)}
            return address(connector, base | params, where) if page.records else None
        case NextUrlPaging():
            return _joined(connector, page.answer, _word(page.answer.body, paging.path, where), where)
        case LinkPaging():
            return _joined(connector, page.answer, page.answer.link, where)
        case CursorPaging():
            token = _word(page.answer.body, paging.path, where)
            return address(connector, base | {paging.param: token}, where) if token else None


def _joined(connector: HttpConnector, answer: Answer, link: str | None, where: str) -> httpx.URL | None:
    """The next address, absolute. Another server is an error: it would be sent the headers."""
    if not link:
        return None
    try:
        url = answer.url.join(link)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if not is_same_origin(url, httpx.URL(connector.url.get_secret_value())):
        there = f"is of another server, {shown(str(url))}" if url.host else "is no address"
        raise InputError(
            where,
            f"the address of the next page {there}",
            "an address of the server that the url names",
            "Set url to the server that its answers name; headers with secrets are not sent to another.",
        )
    return url


def _word(body: Any, path: str, where: str) -> str | None:
    """The text at ``path`` of an answer; null, false, empty or absent: none."""
    try:
        found = _at(body, path)
    except KeyError:
        return None
    if found is None or found is False or found == "":
        return None
    if not isinstance(found, str):
        raise InputError(
            where,
            f"what stands at {path} is no text",
            "the address or token of the next page there, or nothing",
            "Correct path of paging in the connector's settings.",
        )
    return found


def _records(connector: HttpConnector, answer: Answer, where: str) -> list[Any]:
    place = connector.records
    try:
        found = _at(answer.body, place)
    except KeyError:
        raise InputError(
            where,
            f"the answer has nothing at {place}",
            "the list of records there",
            "Correct records in the connector's settings: names that lead to the list, dots between.",
        ) from None
    if not isinstance(found, list):
        raise InputError(
            where,
            f"what stands at {place} is no list" if place else "the answer is no list",
            "a list of records",
            "Set records in the connector's settings to the names that lead to the list, with dots between.",
        )
    return found


def _at(body: Any, path: str | None) -> Any:
    """What stands in ``body`` at a dotted path. Raises ``KeyError``."""
    for name in path.split(".") if path else ():
        if not isinstance(body, dict):
            raise KeyError(name)
        body = body[name]
    return body
