"""Keyed digests: HMAC-SHA-256 as Python's own library has it, and a key that shows nowhere."""

import hmac

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.engine import Engine
from pipeline.engine.duck import DuckEngine, connection_of
from pipeline.engine.keyed import Key

SECRET = "0123456789abcdef" * 4
TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=1, max_size=20)


def hmac_of(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()[:32]


def in_engine(engine: Engine, key: Key, texts: list[str | None]) -> list[str | None]:
    table = engine.from_arrow(pa.table({"at": range(len(texts)), "text": pa.array(texts, pa.string())}))
    found = table.select("at", digest=key.digests(table, table.text)).order_by("at")
    digests: list[str | None] = engine.to_arrow(found)["digest"].to_pylist()
    return digests


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), texts=TEXTS)
def test_digests_are_hmac_sha_256_in_python_and_in_the_engine(
    engine: Engine, secret: str, texts: list[str | None]
) -> None:
    key = Key(secret)
    expected = [None if one is None else hmac_of(secret, one) for one in texts]
    assert [None if one is None else key.digest(one) for one in texts] == expected
    assert in_engine(engine, key, texts) == expected


@pytest.mark.parametrize("text", ["", "13085", "Müller", "王小明", "👩‍👩‍👧", "x" * 10_000])
@pytest.mark.parametrize("secret", [SECRET, "short", "longer than a block of the hash " * 4, "ключ"])
def test_texts_and_keys_of_every_length_and_script(engine: Engine, secret: str, text: str) -> None:
    assert in_engine(engine, Key(secret), [text]) == [hmac_of(secret, text)] == [Key(secret).digest(text)]


def test_a_vector_of_rfc_4231(engine: Engine) -> None:
    """Test case 2, its first 128 bits."""
    expected = "5bdcc146bf60754e6a042426089575c7"
    assert Key("Jefe").digest("what do ya want for nothing?") == expected
    assert in_engine(engine, Key("Jefe"), ["what do ya want for nothing?"]) == [expected]


def forms_of(secret: str) -> list[str]:
    """The secret, its bytes in hexadecimal, and the two padded keys, as a statement would write them."""
    block = secret.encode().ljust(64, b"\0")
    pads = [bytes(one ^ pad for one in block) for pad in (0x36, 0x5C)]
    found = [secret, secret.encode().hex()]
    for one in pads:
        found += [one.hex()[:24], "".join(f"\\x{byte:02X}" for byte in one[:8]), one[:8].decode("latin-1")]
    return [form.casefold() for form in found]


def test_neither_statements_nor_plans_nor_errors_hold_the_key(engine: Engine) -> None:
    key = Key(SECRET)
    table = engine.from_arrow(pa.table({"text": ["13085", "13086"]}))
    named = table.mutate(digest=key.digests(table, table.text))
    statement = engine.backend.compile(named)
    said = [statement, repr(key), str(key), f"{key!r}", repr(named)]
    said += [str(one) for one in connection_of(engine).execute(f"EXPLAIN {statement}").fetchall()]
    said += [str(one) for one in connection_of(engine).execute(f"EXPLAIN ANALYZE {statement}").fetchall()]
    with pytest.raises(duckdb.Error) as error:
        engine.to_arrow(named.mutate(number=named.digest.cast("int64")))
    said.append(str(error.value))
    with pytest.raises(duckdb.Error) as error:
        connection_of(engine).execute(statement.replace("SHA256", "SHA257"))
    said.append(str(error.value))
    assert not [form for form in forms_of(SECRET) for text in said if form in text.casefold()]


def test_equal_texts_under_other_keys_are_unlike(engine: Engine) -> None:
    texts: list[str | None] = [str(number) for number in range(1_000)]
    one, other = (set(in_engine(engine, Key(secret), texts)) for secret in (SECRET, SECRET + "."))
    assert len(one) == len(other) == 1_000
    assert one.isdisjoint(other)


def test_a_key_serves_engines_that_come_and_go() -> None:
    from pipeline.settings import EngineSettings

    key = Key(SECRET)
    for _ in range(2):
        other = DuckEngine(EngineSettings(threads=1, memory_limit="200MB"))
        assert in_engine(other, key, ["7"]) == [key.digest("7")]
        other.close()
