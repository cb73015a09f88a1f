"""Typos at every level of the settings: named first, with what was meant, not by what is missing then."""

from pathlib import Path

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.settings import load_project
from tests.conftest import shop_settings

SHOP = yaml.safe_dump(shop_settings() | {"segments": {"warm_up_periods": 3}}, sort_keys=False)

#: What stands there, what is written instead, the end of the place that is named, what is said.
TYPOS = [
    ("currency:", "curency:", "key curency", "did you mean currency?"),
    ("sources:", "sorces:", "key sorces", "did you mean sources?"),
    ("project:", "projct:", "key projct", "did you mean project?"),
    ("title:", "titel:", "key titel", "did you mean title?"),
    ("time_zone:", "timezone:", "key timezone", "did you mean time_zone?"),
    ("first_period:", "first_perid:", "key first_perid", "did you mean first_period?"),
    ("entity:", "entty:", "key sources.till.entty", "did you mean entity?"),
    ("entity: orders", "entity: order", "key sources.till", "did you mean orders?"),
    ("connector:", "conector:", "key sources.till.conector", "did you mean connector?"),
    ("kind:", "knd:", "key sources.till.connector.knd", "did you mean kind?"),
    ("kind: file", "kind: fle", "key sources.till.connector", "did you mean file?"),
    ("format:", "fromat:", "key sources.till.connector.fromat", "did you mean format?"),
    ("format: csv", "format: cvs", "key sources.till.connector.format", "did you mean csv?"),
    ("path:", "pth:", "key sources.till.connector.pth", "did you mean path?"),
    ("columns:", "colums:", "key sources.till.colums", "did you mean columns?"),
    ("quantity: quantity", "quantty: quantity", "key sources.till", "(did you mean quantity?)"),
    ("source_account_id:", "source_acount_id:", "key sources.till", "(did you mean source_account_id?)"),
    ("quantity: quantity", "quantity: {colum: quantity}", "columns.quantity.colum", "did you mean column?"),
    ("quantity: quantity", "quantity: {column: q, scal: 2}", "columns.quantity.scal", "did you mean scale?"),
    ("warm_up_periods", "warmup_periods", "key segments.warmup_periods", "did you mean warm_up_periods?"),
]  # fmt: skip


def refused(folder: Path, text: str) -> InputError:
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_project(folder)
    return caught.value


@pytest.mark.parametrize(("right", "wrong", "place", "said"), TYPOS)
def test_a_typo_is_all_that_is_named(right: str, wrong: str, place: str, said: str, tmp_path: Path) -> None:
    error = refused(tmp_path, SHOP.replace(right, wrong, 1))

    assert error.where.endswith(place)
    assert "line" in error.where
    assert said in error.found
    assert "missing" not in error.found
    assert "more problem" not in error.found


def test_a_name_of_a_column_is_a_typo_too_and_comes_before_other_problems(tmp_path: Path) -> None:
    text = SHOP.replace("quantity: quantity", "quantty: quantity").replace("currency: EUR", "currency: euro")

    error = refused(tmp_path, text)

    assert error.where.endswith("key sources.till")
    assert "1 more problem: line 3, key currency" in error.found
