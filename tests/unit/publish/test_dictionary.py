import re

import pyarrow as pa

from pipeline.features import FEATURES
from pipeline.publish.contracts import PUBLISHED, published_tables
from pipeline.publish.dictionary import (
    allowed_values,
    dictionary_table,
    dictionary_text,
    type_name,
    whole_dictionary,
)
from pipeline.settings import BUILT_IN
from pipeline.tables import fields


def test_every_published_column_is_in_the_dictionary_with_a_meaning():
    rows = dictionary_table().to_pylist()
    assert [(row["table"], row["column"]) for row in rows] == [
        (name, c) for name, table in published_tables(BUILT_IN).items() for c in table.columns
    ]
    assert all(row["meaning"] for row in rows)


def test_every_column_feature_scheme_and_segment_is_in_the_file_in_both_languages():
    clusters = [{"segment_id": "behaviour_clusters:c01", "label": "Quick", "label_zh": "快速"}]
    rows = whole_dictionary(BUILT_IN, FEATURES, clusters).to_pylist()
    kinds: dict = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    assert list(kinds) == ["column", "feature", "scheme", "segment"]
    assert [(row["table"], row["column"]) for row in kinds["column"]] == [
        (row["table"], row["column"]) for row in dictionary_table().to_pylist()
    ]
    assert [row["name"] for row in kinds["feature"]] == list(FEATURES)
    assert [row["name"] for row in kinds["scheme"]] == list(BUILT_IN)
    declared = [segment for one in BUILT_IN.values() for segment in one.segment_ids()]
    assert [row["name"] for row in kinds["segment"]] == sorted([*declared, "behaviour_clusters:c01"])
    for kind, some in kinds.items():
        spoken = "meaning_zh" if kind == "column" else "label_zh"
        assert [row["name"] for row in some if not re.search("[\u4e00-\u9fff]", row[spoken])] == []


def test_only_nullable_columns_have_a_meaning_of_null():
    assert all(row["nullable"] or not row["null_meaning"] for row in dictionary_table().to_pylist())


def test_the_text_names_every_table_feature_scheme_and_segment():
    text = dictionary_text(with_texts=True, with_actions=True)
    names = [*PUBLISHED, *FEATURES, *BUILT_IN]
    names += [segment for one in BUILT_IN.values() for segment in one.segment_ids()]
    assert [name for name in names if f"`{name}`" not in text] == []
    assert "忠诚客户" in text


def test_rows_of_every_table_in_the_text_have_as_many_cells_as_its_head():
    width = 0
    for line in dictionary_text(with_texts=True, with_actions=True).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        width = width or cells
        assert cells == width, line


def test_allowed_values_and_types_are_in_words():
    assert allowed_values(fields.severity) == "none, minor, major"
    assert allowed_values(fields.confidence) == "0 to 1"
    assert allowed_values(fields.rows_read_count) == "at least 0"
    assert allowed_values(fields.label) == ""
    assert type_name(pa.timestamp("us", tz="UTC")) == "timestamp (UTC)"
    assert (
        type_name(fields.reasons.type)
        == "list of (feature text, value number, direction text, contribution number)"
    )
