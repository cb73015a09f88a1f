"""What may be wrong with a project.yaml: one clear error with file, line and key; no traceback, no hang."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from pipeline.errors import InputError
from pipeline.settings import base, load_project
from tests.conftest import shop_settings

SHOP = yaml.safe_dump(shop_settings(), sort_keys=False)


def refused(folder: Path, text: str | bytes) -> InputError:
    """The one error of a project.yaml of this text."""
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "project.yaml").write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_project(folder)
    assert str(folder / "project.yaml") in caught.value.where
    assert len(str(caught.value)) < 5000
    assert caught.value.__cause__ is None, "what pydantic and yaml say may hold secrets"
    return caught.value


def line_of(text: str, part: str) -> str:
    """``line 7``: where ``part`` stands."""
    return f"line {text[: text.index(part)].count(chr(10)) + 1}"


def test_a_typo_is_named_before_what_is_missing_because_of_it(tmp_path: Path) -> None:
    text = SHOP.replace("currency: EUR", "curency: EUR")
    error = refused(tmp_path, text)
    assert error.where.endswith(f"{line_of(text, 'curency')}, key curency")
    assert error.found == "unknown key curency, did you mean currency?"


def test_a_typo_deep_in_the_tree_is_named_with_its_place(tmp_path: Path) -> None:
    text = SHOP.replace("path: orders.csv", "pth: orders.csv")
    error = refused(tmp_path, text)
    assert error.where.endswith(f"{line_of(text, 'pth')}, key sources.till.connector.pth")
    assert error.found == "unknown key pth, did you mean path?"


def test_a_typo_in_the_key_that_tells_the_kind(tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP.replace("kind: file", "knd: file"))
    assert error.where.endswith("key sources.till.connector.knd")
    assert error.found == "unknown key knd, did you mean kind?"


def test_a_typo_in_a_column_of_an_entity(tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP.replace("quantity: quantity", "quantty: quantity"))
    assert error.where.endswith("key sources.till")
    assert "columns names quantty (did you mean quantity?), which orders does not have" in error.found


def test_a_connector_without_a_kind(tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP.replace("      kind: file\n", ""))
    assert error.where.endswith("key sources.till.connector.kind")
    assert "missing" in error.found


def test_an_unknown_key_like_no_other_is_answered_with_those_that_exist(tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP + "report: {xyz: 1}\n")
    assert error.found == "unknown key xyz; known here: language"


def test_all_independent_problems_are_listed_typos_first(tmp_path: Path) -> None:
    text = SHOP.replace("currency: EUR", "curency: EUR").replace("format: csv", "format: cvs")
    text += "engine: {threads: 0, memry_limit: 1GB}\nretention_days: -1\n"
    error = refused(tmp_path, text)
    places = [line_of(text, one) for one in ("curency", "memry", "cvs", "threads", "retention")]
    assert places[0] in error.where
    at = [error.found.index(one) for one in (*places[1:3], *places[4:])]
    assert at == sorted(at)
    assert "key engine.threads" in error.found
    assert "4 more problems" in error.found


def test_a_list_of_problems_ends(tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP + "".join(f"unknown_{number}: 1\n" for number in range(200)))
    assert "and 190 more" in error.found


def test_every_part_of_the_settings_refuses_unknown_keys() -> None:
    def below(kind: type[BaseModel]) -> set[type[BaseModel]]:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    parts = below(base.Settings)
    assert len(parts) > 20
    assert {one.model_config.get("extra") for one in parts} == {"forbid"}
    assert {one.model_config.get("allow_inf_nan") for one in parts} == {False}


@pytest.mark.parametrize("key", ["folder", "model_config", "__class__"])
def test_keys_that_are_names_in_the_code_are_unknown_too(key: str, tmp_path: Path) -> None:
    assert f"unknown key {key}" in refused(tmp_path, SHOP + f"{key}: /etc\n").found


def bomb(levels: int) -> str:
    """Nine aliases of nine aliases …: a few lines that unfold to 9**levels values."""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]")
    return "\n".join(lines) + "\n"


def merge_bomb(levels: int) -> str:
    lines = ["a0: &a0 {k0: 1}"]
    lines += [
        f"a{level}: &a{level} {{k{level}: 1, <<: [{','.join([f'*a{level - 1}'] * 9)}]}}"
        for level in range(1, levels)
    ]
    return "\n".join(lines) + "\n"


UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "an anchor within itself": ("x: &x [*x]\n", "line 1"),
    "an anchor within itself, deeper": ("x: &x {a: [1, {b: *x}]}\n", "within itself"),
    "a merge of itself": ("x: &x {<<: *x, a: 1}\n", "within itself"),
    "a bomb of anchors": (bomb(9), "unfold"),
    "a bomb of merges": (merge_bomb(12), "unfold"),
    "deep lists": ("a: " + "[" * 5000 + "]" * 5000, "nested"),
    "deep lists that never end": ("a: " + "[" * 100_000, "nested"),
    "deep mappings": ("\n".join(" " * depth + "a:" for depth in range(500)), "nested"),
    "lists in one line": ("- " * 2000, "nested"),
    "deep keys": ("? " * 2000, "nested"),
    "a huge file": ("# " + "x" * 3_000_000, "larger than"),
    "not UTF-8": (SHOP.replace("A small shop", "Ein Geschäft").encode("latin-1"), "line 2"),
    "UTF-16": (SHOP.encode("utf-16"), "UTF-8"),
    "tabs": (SHOP.replace("    entity", "\tentity"), "tab"),
    "a list": ("- project: shop\n", "a list"),
    "a text": ("project\n", "a text"),
    "a number": ("12\n", "a number"),
    "nothing": ("", "nothing"),
    "only comments": ("# later\n", "nothing"),
    "two documents": (SHOP + "---\n" + SHOP, "line"),
    "NUL": (SHOP.replace("EUR", "E\0UR"), "line 3"),
    "a control character": (SHOP.replace("EUR", "E\x07UR"), "line 3"),
    "an unknown alias": ("a: *b\n", "line 1"),
    "an open quote": ('a: "b\n', "line"),
    "an object of Python": ("a: !!python/object/apply:os.system [ls]\n", "!!python/object/apply:os.system"),
    "a tag of one's own": ("a: !env HOME\n", "!env"),
    "a set": ("a: !!set {b, c}\n", "!!set"),
    "binary": ("a: !!binary aGVsbG8=\n", "!!binary"),
    "a date that is none": ("first_period: 2024-13-45\n", "2024-13-45"),
    "a wrong tag": ("a: !!bool perhaps\n", "bool"),
    "an empty number": ('a: !!int ""\n', "int"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_one_error_at_once(case: str, tmp_path: Path) -> None:
    text, said = UNREADABLE[case]
    tracemalloc.start()
    try:
        error = refused(tmp_path, text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert said in str(error)
    assert peak < 100e6


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ("currency: USD", "currency", "twice (first in line 3)"),
        ("1: x", "1", "in quotes"),
        ("yes: x", "yes", "in quotes"),
        ("null: x", "null", "in quotes"),
        ("2024-01-01: x", "2024-01-01", "in quotes"),
        ("? [a, b]\n: x", "", "a key is a list"),
        ("? {a: b}\n: x", "", "a key is a mapping"),
        ("retention_days: .inf", "retention_days", "finite"),
        ("retention_days: -.inf", "retention_days", "finite"),
        ("retention_days: .nan", "retention_days", "finite"),
        ("retention_days: 'inf'", "retention_days", "finite"),
        ("retention_days: 1.0e+999", "retention_days", "finite"),
        ("retention_days: 1.0e+300", "retention_days", "36525"),
        ("segments: {hysteresis_margin: .nan}", "segments.hysteresis_margin", "finite"),
        ("drift: {major_effect: .inf}", "drift.major_effect", "finite"),
        ("seed: " + "9" * 10_000, "seed", "10000 digits"),
        ("seed: 0x" + "f" * 10_000, "seed", "digits"),
        ("seed: '" + "9" * 10_000 + "'", "seed", ""),
        ("seed: " + "9" * 30, "seed", "4294967295"),
        ("seed: -1", "seed", "0"),
        ("engine: {memory_limit: lots}", "engine.memory_limit", "2GB"),
        ("engine: {memory_limit: 2}", "engine.memory_limit", "2GB"),
        ("engine: {memory_limit: 1KB}", "engine.memory_limit", "64MB"),
        ("engine: {threads: 1000000000}", "engine.threads", "1024"),
        ("engine: {threads: 2, threads: 3}", "engine.threads", "twice"),
        ("engine:", "engine", "a mapping"),
        ("engine: [1]", "engine", "a mapping"),
        ('lake: "a\\0b"', "lake", "control"),
        ('lake: "\\ud800"', "lake", "control"),
        ('"a\\0b": 1', "a\\x00b", "control"),
        ("default_country: ${NOT_SET_ANYWHERE}", "default_country", "NOT_SET_ANYWHERE"),
        ("lake: s3://bucket/lake", "lake", "folder of this machine"),
        ("lake: GS://bucket/lake", "lake", "folder of this machine"),
        ("lake: s3:/bucket/lake", "lake", "folder of this machine"),
        ("lake: file:///data/lake", "lake", "folder of this machine"),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong_is_named_with_its_key(line: str, key: str, said: str, tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP + line + "\n")
    number = SHOP.count("\n") + 1
    assert f"line {number}" in error.where
    assert error.where.endswith(f"key {key}" if key else "")
    assert said in str(error)
    assert "more problem" not in error.found


def test_a_key_twice_in_an_inner_mapping(tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP + "    exact_duplicates: keep\n    exact_duplicates: drop\n")
    assert error.where.endswith("key sources.till.exact_duplicates")


@pytest.mark.parametrize("change", [{"first_period": "January"}, {"last_period": "2024-99"}])
def test_a_wrong_period_is_named_with_its_line(change: dict[str, str], tmp_path: Path) -> None:
    text = yaml.safe_dump(shop_settings(**change), sort_keys=False)
    [key] = change
    assert f"{line_of(text, key)}, key {key}" in refused(tmp_path, text).where


@pytest.mark.parametrize("zone", ["Europe", "../../etc/passwd", "/etc/localtime", "Paris", ""])
def test_a_time_zone_that_is_none(zone: str, tmp_path: Path) -> None:
    text = SHOP.replace("time_zone: UTC", f"time_zone: {zone!r}")
    assert refused(tmp_path, text).where.endswith("key time_zone")


def test_the_time_zone_of_a_source_is_checked(tmp_path: Path) -> None:
    assert refused(tmp_path, SHOP + "    time_zone: Paris\n").where.endswith("key sources.till.time_zone")


def test_secrets_are_in_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "hunter2")
    connector = "{kind: http, url: '${SHOP_TOKEN}', headers: {X: ['${SHOP_TOKEN}']}, records: {a: hunter2}}"
    text = SHOP + f"  web: {{entity: profiles, connector: {connector}, columns: {{}}}}\n"
    error = refused(tmp_path, text)
    assert "hunter2" not in str(error)
    assert "sources.web.connector.url" in str(error)
    assert "hunter2" not in str(refused(tmp_path, "password: hunter2\n\tx: [\n"))


def test_anchors_and_merges_that_are_meant_are_read(tmp_path: Path) -> None:
    shared = "    columns: &shared\n"
    text = SHOP.replace("    columns:\n", shared)
    text += "  web:\n    entity: orders\n    connector: {kind: file, format: csv, path: web.csv}\n"
    text += "    columns: {<<: *shared, product_id: sku}\n"
    (tmp_path / "project.yaml").write_text(text)
    sources = load_project(tmp_path).sources
    assert sources["web"].columns["order_id"] == sources["till"].columns["order_id"]
    assert sources["web"].columns["product_id"].column == "sku"


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_bytes(b"\xef\xbb\xbf" + SHOP.replace("\n", "\r\n").encode())
    assert load_project(tmp_path).currency == "EUR"


def test_marks_of_a_csv_may_be_control_characters(tmp_path: Path) -> None:
    text = SHOP.replace("format: csv", 'format: csv\n      delimiter: "\\x01"')
    (tmp_path / "project.yaml").write_text(text)
    assert load_project(tmp_path).sources["till"].connector.delimiter == "\x01"  # type: ignore[union-attr]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project.yaml").write_text(SHOP)

    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(InputError, match="cannot be opened"):
        load_project(tmp_path)


#: Pieces of YAML, so that random files get past the first line.
PIECES = st.sampled_from(
    [*SHOP.splitlines(), "- ", "  ", "\t", ": ", "{", "}", "[", "]", "&a ", "*a", "<<: *a", "? ", "!!int ",
     ".inf", "|", ">", "'", '"', "\\", "#", "---", "...", "%YAML", "~", "1e9", "0x1", "1:30", "\n", "${X}"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.binary(max_size=200),
        st.lists(PIECES, max_size=40).map(lambda some: "".join(some).encode()),
        st.lists(PIECES, max_size=40).map(lambda some: "\n".join(some).encode()),
    )
)
@example(text=b"!$\n(:")
def test_whatever_a_file_holds_it_is_a_project_or_one_error(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_bytes(text)
    try:
        load_project(tmp_path)
    except InputError as error:
        str(error).encode()
