"""One project in several files: what ``extends`` lays over what, and where a wrong key is said to stand."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import InputError
from pipeline.settings import Project, load_project
from tests.conftest import shop_settings

DISCOUNTS = {
    "scheme": "discounts",
    "kind": "tier",
    "label": {"en": "Discounts", "zh": "折扣"},
    "score": [{"feature": "discount_share_12p"}],
    "borders": {"quantiles": [0.5]},
    "segments": {"many": {"label": {"en": "Many", "zh": "多"}}, "few": {"label": {"en": "Few", "zh": "少"}}},
}


def write(folder: Path, **files: Any) -> None:
    """Files of a project by name: settings, or text."""
    for name, given in files.items():
        text = given if isinstance(given, str) else yaml.safe_dump(given, sort_keys=False, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def over(folder: Path, base: dict[str, Any], **above: Any) -> Project:
    """The project of dev.yaml, which says ``above`` over ``base``."""
    write(folder, base=base, dev={"extends": "base.yaml", "lake": "lake_dev"} | above)
    return load_project(folder / "dev.yaml")


def refused(folder: Path, name: str = "dev") -> InputError:
    with pytest.raises(InputError) as caught:
        load_project(folder / f"{name}.yaml")
    assert caught.value.__cause__ is None
    return caught.value


def line_of(file: Path, part: str) -> str:
    text = file.read_text(encoding="utf-8")
    return f"line {text[: text.index(part)].count(chr(10)) + 1}"


def test_dev_and_prod_are_one_project_with_lakes_of_their_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        base=shop_settings(),
        dev={"extends": "base.yaml", "lake": "lake_dev", "engine": {"threads": 1}},
        prod={"extends": "base.yaml", "lake": "/srv/shop/lake", "identity": {"min_accounts": 900}},
    )
    dev, prod = (load_project(tmp_path / f"{name}.yaml") for name in ("dev", "prod"))
    assert dev.project == prod.project == "shop"
    assert (dev.lake_path, prod.lake_path) == (tmp_path / "lake_dev", Path("/srv/shop/lake"))
    assert (dev.engine.threads, prod.engine.threads) == (1, 2)
    assert dev.engine.memory_limit == "2GB"
    assert dev.sources == prod.sources
    assert dev.digest() != prod.digest()
    assert dev.extends == "base.yaml"


def test_what_a_file_extends_is_as_if_it_stood_in_it(tmp_path: Path) -> None:
    project = over(tmp_path, shop_settings())
    write(tmp_path, project=shop_settings(lake="lake_dev"))
    assert project.model_dump() == load_project(tmp_path).model_dump()


def test_mappings_are_laid_over_key_by_key_and_lists_are_replaced(tmp_path: Path) -> None:
    base = shop_settings(segments={"warm_up_periods": 5, "schemes": ["rfm", "loyalty"]})
    found = over(tmp_path, base, segments={"schemes": ["rfm"], "min_evidence_share": 0.4}).segments
    assert (found.warm_up_periods, found.schemes, found.min_evidence_share) == (5, ["rfm"], 0.4)


def test_a_source_changes_its_place_and_keeps_its_columns(tmp_path: Path) -> None:
    base = shop_settings()
    base["sources"]["till"]["connector"]["delimiter"] = ";"
    found = over(tmp_path, base, sources={"till": {"connector": {"path": "few.csv"}}}).sources["till"]
    assert (found.connector.path, found.connector.delimiter) == ("few.csv", ";")  # type: ignore[union-attr]
    assert found.columns == over(tmp_path, base).sources["till"].columns


def test_a_connector_of_another_kind_keeps_nothing_of_the_one_below(tmp_path: Path) -> None:
    sql = {"kind": "sql", "url": "sqlite:///shop.db", "query": "select 1"}
    found = over(tmp_path, shop_settings(), sources={"till": {"connector": sql}}).sources["till"]
    assert found.connector.kind == "sql"


def test_a_column_is_replaced_as_a_whole(tmp_path: Path) -> None:
    base = shop_settings()
    base["sources"]["till"]["columns"]["unit_price_amount"] = {"column": "cents", "scale": 0.01}
    new = {"unit_price_amount": {"sum_of": ["net", "tax"]}}
    columns = over(tmp_path, base, sources={"till": {"columns": new}}).sources["till"].columns
    assert columns["unit_price_amount"].sum_of == ["net", "tax"]
    assert columns["unit_price_amount"].scale is None
    assert columns["quantity"].column == "quantity"


def test_schemes_are_laid_over_by_their_names(tmp_path: Path) -> None:
    base = shop_settings(schemes=[{"scheme": "lifecycle", "thresholds": {"lost_after_days": 90}}, DISCOUNTS])
    above = [
        {"scheme": "discounts", "borders": {"quantiles": [0.7]}, "place": 5},
        {"scheme": "rfm", "axes": {"recency": {"borders": [2, 3, 4, 5]}}},
    ]
    found = over(tmp_path, base, schemes=above)
    assert [one.scheme for one in found.schemes] == ["lifecycle", "discounts", "rfm"]
    assert found.every_scheme["lifecycle"].thresholds["lost_after_days"] == 90
    assert found.every_scheme["discounts"].borders.values == [0.7]
    assert found.every_scheme["discounts"].place == 5
    assert found.every_scheme["rfm"].axes["recency"].borders == [2, 3, 4, 5]


def test_features_and_attributes_are_laid_over_by_their_names(tmp_path: Path) -> None:
    named = {"label": {"en": "Contract", "zh": "合同"}, "meaning": "Kind of contract.", "type": "text"}
    orders = {"label": {"en": "Lines", "zh": "行"}, "meaning": "Lines.", "formula": "orders.lines_count"}
    base = shop_settings(
        attributes=[{"attribute": "contract_kind", **named}], features=[{"feature": "all_lines", **orders}]
    )
    found = over(
        tmp_path,
        base,
        attributes=[{"attribute": "contract_kind", "meaning": "What was agreed."}],
        features=[{"feature": "all_lines", "window": 3}, {"feature": "more_lines", **orders}],
    )
    assert found.catalogue["contract_kind"].meaning == "What was agreed."
    assert found.catalogue["all_lines"].window == "3p"
    assert found.catalogue["more_lines"].window == "12p"


def test_several_files_are_laid_over_in_their_order_and_may_extend_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        ground=shop_settings(title="ground", seed=1, retention_days=10),
        europe={"extends": "ground.yaml", "title": "europe", "seed": 2},
        small={"seed": 3, "engine": {"threads": 1}},
        dev={"extends": ["europe.yaml", "small.yaml"], "lake": "lake_dev"},
    )
    found = load_project(tmp_path / "dev.yaml")
    assert (found.title, found.seed, found.retention_days, found.engine.threads) == ("europe", 3, 10, 1)


def test_a_base_may_lie_elsewhere_and_paths_belong_to_the_file_that_is_run(tmp_path: Path) -> None:
    for name in ("common", "dev"):
        (tmp_path / name).mkdir()
    write(tmp_path / "common", base=shop_settings())
    write(tmp_path / "dev", project={"extends": "../common/base.yaml", "lake": "lake"})
    found = load_project(tmp_path / "dev")
    assert found.lake_path == tmp_path / "dev" / "lake"
    assert found.resolve("orders.csv") == tmp_path / "dev" / "orders.csv"


def test_the_environment_serves_both_files_and_is_asked_only_for_what_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = shop_settings(currency="${SHOP_CURRENCY}", title="${NOT_SET_ANYWHERE}")
    monkeypatch.setenv("SHOP_CURRENCY", "CHF")
    monkeypatch.setenv("SHOP_THREADS", "7")
    found = over(tmp_path, base, title="Shop", engine={"threads": "${SHOP_THREADS}"})
    assert (found.currency, found.title, found.engine.threads) == ("CHF", "Shop", 7)


# ------------------------------------------------------------------------------ wrong uses


def test_a_typo_in_the_base_is_named_with_the_file_and_line_where_it_stands(tmp_path: Path) -> None:
    base = shop_settings()
    base["curency"] = base.pop("currency")
    write(tmp_path, base=base, dev={"extends": "base.yaml", "lake": "lake_dev"})
    error = refused(tmp_path)
    assert (
        error.where == f"{tmp_path / 'base.yaml'}, {line_of(tmp_path / 'base.yaml', 'curency')}, key curency"
    )
    assert error.found == "unknown key curency, did you mean currency?"


def test_wrong_keys_of_two_files_are_told_together_each_in_its_file(tmp_path: Path) -> None:
    base = shop_settings(engine={"threads": 0, "memory_limit": "1GB"})
    write(
        tmp_path,
        base=base,
        dev={"extends": "base.yaml", "lake": "lake_dev", "retention_days": -1, "engine": {"memory_limit": 2}},
    )
    error = refused(tmp_path)
    assert error.where == f"{tmp_path / 'dev.yaml'}, line 3, key retention_days"
    assert "line 5, key engine.memory_limit" in error.found
    base_line = line_of(tmp_path / "base.yaml", "threads")
    assert f"base.yaml, {base_line}, key engine.threads" in error.found


def test_an_entry_of_a_list_is_named_as_it_stands_in_its_own_file(tmp_path: Path) -> None:
    base = shop_settings(schemes=[{"scheme": "lifecycle", "thresholds": {"lost_after_days": 90}}, DISCOUNTS])
    above = {"extends": "base.yaml", "lake": "l", "schemes": [{"scheme": "rfm", "axs": {}}]}
    write(tmp_path, base=base, dev=above)
    error = refused(tmp_path)
    assert error.where.endswith(f"dev.yaml, {line_of(tmp_path / 'dev.yaml', 'axs')}, key schemes.0.axs")


def test_a_value_that_another_file_replaced_is_not_checked_but_must_be_read(tmp_path: Path) -> None:
    assert over(tmp_path, shop_settings(retention_days=-1), retention_days=30).retention_days == 30
    text = yaml.safe_dump(shop_settings()) + "seed: 1\nseed: 2\n"
    write(tmp_path, base=text, dev={"extends": "base.yaml", "lake": "lake_dev", "seed": 3})
    error = refused(tmp_path)
    assert str(tmp_path / "base.yaml") in error.where
    assert "the key stands twice" in error.found


def test_a_scheme_twice_in_one_file_stays_an_error(tmp_path: Path) -> None:
    loyalty = {"scheme": "loyalty", "place": 3}
    write(
        tmp_path,
        base=shop_settings(schemes=[loyalty]),
        dev={"extends": "base.yaml", "lake": "lake_dev", "schemes": [loyalty, dict(loyalty)]},
    )
    error = refused(tmp_path)
    assert "loyalty is declared twice" in error.found
    assert error.where.endswith("dev.yaml, line 6, key schemes.1.scheme")


def test_what_is_missing_in_all_files_is_missing(tmp_path: Path) -> None:
    base = shop_settings()
    del base["currency"]
    del base["sources"]["till"]["entity"]
    write(tmp_path, base=base, dev={"extends": "base.yaml", "lake": "lake_dev"})
    error = refused(tmp_path)
    assert "key currency" in str(error)
    assert f"base.yaml, {line_of(tmp_path / 'base.yaml', 'till')}, key sources.till.entity" in error.found


def test_a_secret_that_stands_in_a_base_is_refused_even_when_it_is_replaced(tmp_path: Path) -> None:
    base = shop_settings(identity={"secret": "plainly-written-plainly-written-plain"})
    above = {"extends": "base.yaml", "lake": "l", "identity": {"secret": "${SEGMENTS_TEST_SECRET}"}}
    write(tmp_path, base=base, dev=above)
    error = refused(tmp_path)
    assert "base.yaml, line" in error.where
    assert "identity.secret" in error.where
    assert "plainly" not in str(error)


def test_an_unset_variable_is_named_where_it_stands(tmp_path: Path) -> None:
    write(
        tmp_path,
        base=shop_settings(currency="${NOT_SET_ANYWHERE}"),
        dev={"extends": "base.yaml", "lake": "lake_dev"},
    )
    error = refused(tmp_path)
    assert error.where.endswith("base.yaml, line 3, key currency")
    assert "NOT_SET_ANYWHERE" in error.found


def test_dev_never_writes_into_the_lake_of_another_by_default(tmp_path: Path) -> None:
    write(tmp_path, base=shop_settings(lake="lake"), dev={"title": "Dev", "extends": "base.yaml"})
    error = refused(tmp_path)
    assert error.where == f"{tmp_path / 'dev.yaml'}, line 2, key lake"
    assert "lake: lake_dev" in error.found


def test_files_that_extend_each_other_are_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        dev={"extends": "a.yaml", "lake": "l"},
        a="# first\nextends: b.yaml\n",
        b={"title": "B", "extends": ["dev.yaml"]},
    )
    error = refused(tmp_path)
    assert error.where == f"{tmp_path / 'b.yaml'}, line 3, key extends.0"
    assert "dev.yaml extends a.yaml extends b.yaml extends dev.yaml: it never ends" in error.found


@pytest.mark.parametrize(
    ("given", "key", "said"),
    [
        ("nowhere.yaml", "extends", "there is no file 'nowhere.yaml'"),
        (["base.yaml", "nowhere.yaml"], "extends.1", "there is no file 'nowhere.yaml'"),
        ("dev.yaml", "extends", "dev.yaml extends dev.yaml: it never ends"),
        (["base.yaml", "./base.yaml"], "extends.1", "named twice"),
        ("inner", "extends", "is a folder"),
        ("https://example.com/base.yaml", "extends", "there is no file"),
        ("x" * 5000, "extends", "there is no file"),
        (7, "extends", "a file belongs here"),
        (None, "extends", "a file belongs here"),
        ([], "extends", "a file belongs here"),
        ("", "extends", "a file belongs here"),
        ([{"file": "base.yaml"}], "extends.0", "a file belongs here"),
        ({"base": "base.yaml"}, "extends", "a file belongs here"),
    ],
)
def test_what_cannot_be_extended_is_refused_with_its_line(
    given: Any, key: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "inner").mkdir()
    write(tmp_path, base=shop_settings(), dev={"lake": "lake_dev", "extends": given})
    error = refused(tmp_path)
    file = tmp_path / "dev.yaml"
    assert error.where.startswith(f"{file}, line {2 if key == 'extends' else 3 + int(key[-1])}, key {key}")
    assert said in error.found
    assert len(str(error)) < 1000


def test_a_base_that_cannot_be_read_is_named_itself(tmp_path: Path) -> None:
    write(tmp_path, base="title: [unclosed\n", dev={"extends": "base.yaml", "lake": "lake_dev"})
    assert str(tmp_path / "base.yaml") in refused(tmp_path).where
    write(tmp_path, base="- a list\n")
    assert "it holds a list" in refused(tmp_path).found


def test_a_misspelt_extends_is_named_first(tmp_path: Path) -> None:
    write(tmp_path, base=shop_settings(), dev={"extend": "base.yaml", "lake": "lake_dev"})
    assert refused(tmp_path).found.startswith("unknown key extend, did you mean extends?")


def test_a_chain_of_files_ends(tmp_path: Path) -> None:
    for number in range(100):
        write(tmp_path, **{f"f{number}": {"extends": f"f{number + 1}.yaml"}})
    error = refused(tmp_path, "f0")
    assert "more than 30 files" in error.found
    assert "line 1, key extends" in error.where


def test_files_that_share_their_bases_are_read_once_each(tmp_path: Path) -> None:
    for number in range(12):  # 4,096 ways from the first to the last
        below = [f"f{number + 1}.yaml", f"g{number + 1}.yaml"]
        for name in (f"f{number}", f"g{number}"):
            write(tmp_path, **{name: {"extends": below, "lake": "lake"}})
    write(tmp_path, f12=shop_settings(), g12={"seed": 4})
    started = time.monotonic()
    assert load_project(tmp_path / "f0.yaml").seed == 4
    assert time.monotonic() - started < 20
