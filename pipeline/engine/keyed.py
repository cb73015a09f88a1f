"""Keyed digests: HMAC-SHA-256 in Python and in the engine, bit for bit the same.

Belongs here: the key and the digest of a text. Does not belong here: where the key comes from
(``secret``), or what is digested with it (``accounts``).
"""

import hashlib
import hmac
from weakref import WeakKeyDictionary

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.engine.dialect import bytes_of, joined, sha256, utf8
from pipeline.engine.protocol import Engine, engine_of

#: Hexadecimal digits that are kept: 128 bits.
DIGITS = 32
_BLOCK_BYTES = 64
_PADS = pa.schema([("inner", pa.binary()), ("outer", pa.binary())])
#: Digits of a digest that a number is made of: all of them are numbers of 64 bits exactly.
_NUMBER_DIGITS = 13


def even(digest: str) -> float:
    """A number above 0 and below 1, even over all texts, of the ``digest`` of a text."""
    return (int(digest[:_NUMBER_DIGITS], 16) + 0.5) / 16.0**_NUMBER_DIGITS


class Key:
    """A project's key. It shows itself nowhere: not in ``repr``, not in SQL, not in errors."""

    __slots__ = ("__weakref__", "_pads", "_secret")

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._pads: WeakKeyDictionary[Engine, ir.Table] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return "Key(•••)"

    def digest(self, text: str) -> str:
        """HMAC-SHA-256 of the text's UTF-8 bytes, its first 128 bits as hexadecimal digits."""
        return hmac.digest(self._secret, text.encode(), "sha256").hex()[:DIGITS]

    def digests(self, table: ir.Table, texts: ir.StringValue) -> ir.StringValue:
        """``digest`` of every value of ``texts``, an expression over ``table``; null stays null.

        RFC 2104: H(key xor opad, H(key xor ipad, text)). The two padded keys stand in a table of one
        row, so that no statement, plan or error text of the engine holds them.
        """
        pads = self._padded(engine_of(table))
        inner = sha256(joined(pads.inner.as_scalar(), utf8(texts)))
        return sha256(joined(pads.outer.as_scalar(), bytes_of(inner))).left(DIGITS)

    def _padded(self, engine: Engine) -> ir.Table:
        if engine not in self._pads:
            key = hashlib.sha256(self._secret).digest() if len(self._secret) > _BLOCK_BYTES else self._secret
            block = key.ljust(_BLOCK_BYTES, b"\0")
            row = {"inner": bytes(one ^ 0x36 for one in block), "outer": bytes(one ^ 0x5C for one in block)}
            self._pads[engine] = engine.from_arrow(pa.Table.from_pylist([row], _PADS))
        return self._pads[engine]
