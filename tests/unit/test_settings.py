from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from pipeline.errors import InputError
from pipeline.settings import IdentitySettings, Project, load_project
from tests.conftest import shop_settings

WriteProject = Callable[..., Project]


def refused(folder: Path, settings: Any) -> str:
    (folder / "project.yaml").write_text(
        settings if isinstance(settings, str) else yaml.safe_dump(settings), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        load_project(folder)
    return str(caught.value)


def with_source(**changes: Any) -> dict[str, Any]:
    settings = shop_settings()
    settings["sources"]["till"] |= changes
    return settings


def test_a_small_project_needs_little(write_project: WriteProject) -> None:
    project = write_project()
    assert project.entities == {"orders"}
    assert project.periods(datetime(2030, 1, 1, tzinfo=UTC)) == ["2024-01", "2024-02", "2024-03"]


def test_only_complete_periods_are_due(write_project: WriteProject) -> None:
    project = write_project()
    assert project.periods(datetime(2024, 3, 31, 23, 59, tzinfo=UTC)) == ["2024-01", "2024-02"]


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    message = refused(tmp_path, shop_settings(colour="red"))
    assert "key colour" in message
    assert "project.yaml" in message


def test_an_unknown_column_is_named_with_those_that_exist(tmp_path: Path) -> None:
    columns = shop_settings()["sources"]["till"]["columns"] | {"prize": "price"}
    message = refused(tmp_path, with_source(columns=columns))
    assert "prize" in message
    assert "unit_price_amount" in message
    assert "sources.till" in message


def test_a_needed_column_that_is_not_mapped_is_named(tmp_path: Path) -> None:
    columns = shop_settings()["sources"]["till"]["columns"]
    del columns["ordered_at"]
    assert "ordered_at" in refused(tmp_path, with_source(columns=columns))


def test_an_unknown_entity_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    message = refused(tmp_path, with_source(entity="invoices"))
    assert "invoices" in message
    assert "orders" in message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"time_zone": "Paris"}, "time_zone"),
        ({"currency": "euro"}, "currency"),
        ({"first_period": "January"}, "January"),
        ({"period": "quarter"}, "period"),
        ({"segments": {"schemes": ["horoscope"]}}, "horoscope"),
        ({"schemes": [{"scheme": "behaviour_clusters", "features": ["shoe_size"]}]}, "shoe_size"),
        ({"engine": {"threads": 0}}, "engine.threads"),
    ],
)
def test_wrong_values_are_refused_with_their_key(
    tmp_path: Path, change: dict[str, Any], expected: str
) -> None:
    assert expected in refused(tmp_path, shop_settings(**change))


def loyalty(**changes: Any) -> dict[str, Any]:
    """The built-in tier of loyalty, of one feature, with changes."""
    return {"schemes": [{"scheme": "loyalty", "score": [{"feature": "discount_share_12p"}]} | changes]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scale": "value"}, "scale: value has borders as scores"),
        ({"scale": "value", "borders": {"scores": [20]}}, "3 segments need 2 borders, not 1"),
        ({"scale": "value", "borders": {"scores": [50, 50]}}, "borders go up"),
        (
            {"scale": "value", "borders": {"scores": [2, 5]}, "score": [{"feature": "recency_days"}]},
            "recency_days",
        ),
        ({"scale": "value", "borders": {"scores": [2, 5], "quantiles": [0.2]}}, "either quantiles or scores"),
        ({"borders": {"scores": [20, 50]}}, "scale: rank has borders as quantiles"),
        ({"borders": {"quantiles": [0.8, 0.6667]}}, "borders go up"),
        ({"scale": "log"}, "scale"),
        ({"score": []}, "score"),
    ],
)
def test_borders_of_a_tier_fit_its_scale(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    assert expected in refused(tmp_path, shop_settings(**loyalty(**changes)))


def test_a_tier_on_the_value_scale_is_read(write_project: WriteProject) -> None:
    given = loyalty(scale="value", borders={"scores": [10, 30]})
    read = write_project(**given).every_scheme["loyalty"]
    assert (read.scale, read.borders.values) == ("value", [10, 30])


def test_recency_needs_a_step_above_zero(tmp_path: Path) -> None:
    change = {"schemes": [{"scheme": "rfm", "axes": {"recency": {"step": 0}}}]}
    assert "axes.recency.step" in refused(tmp_path, shop_settings(**change))


def test_broken_yaml_and_missing_files_are_one_paragraph(tmp_path: Path) -> None:
    assert "YAML" in refused(tmp_path, "project: [unclosed")
    with pytest.raises(InputError, match="no such file"):
        load_project(tmp_path / "nowhere")


def test_secrets_come_from_the_environment_and_are_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = {"kind": "sql", "url": "${SHOP_DATABASE}", "query": "select 1"}
    message = refused(tmp_path, with_source(connector=connector))
    assert "SHOP_DATABASE" in message
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://user:hunter2@localhost/shop")
    project = load_project(tmp_path)
    assert "hunter2" not in repr(project)
    assert "hunter2" not in project.model_dump_json()
    assert project.sources["till"].connector.url.get_secret_value().endswith("/shop")  # type: ignore[union-attr]


def refused_secret(folder: Path, secret: object) -> str:
    message = refused(folder, shop_settings(identity={"secret": secret}))
    assert "identity.secret" in message
    return message


@pytest.mark.parametrize(
    "secret",
    [
        "plainly-written-plainly-written-plain",
        "${X:-plainly-written-plainly-written-plain}",
        "x${X}",
        12345678,
    ],
)
def test_a_secret_of_ids_never_stands_in_the_settings(tmp_path: Path, secret: object) -> None:
    message = refused_secret(tmp_path, secret)
    assert "no reference to the environment" in message
    assert "plainly" not in message
    assert "12345678" not in message


def test_a_secret_of_ids_that_could_be_found_by_trying_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for short in ("", " " * 40, "hunter2-hunter2-hunter2-hunter2"):
        monkeypatch.setenv("SHOP_IDS", short)
        message = refused_secret(tmp_path, "${SHOP_IDS}")
        assert "fewer than 32 characters" in message
        assert "hunter2" not in message
    monkeypatch.delenv("SHOP_IDS")
    assert "not set" in refused(tmp_path, shop_settings(identity={"secret": "${SHOP_IDS}"}))
    with pytest.raises(ValidationError) as error:
        IdentitySettings(secret="hunter2")
    assert "hunter2" not in str(error.value)


def test_a_secret_of_ids_shows_nowhere_and_is_in_no_digest(
    write_project: WriteProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, seen = write_project(), set()
    for secret in ("hunter2-" * 8, "*******-" * 8):
        monkeypatch.setenv("SHOP_IDS", f" {secret}\n")
        project = write_project(identity={"secret": "${SHOP_IDS}"})
        assert project.identity.secret is not None
        assert project.identity.secret.get_secret_value() == secret
        for shown in (repr(project), str(project), project.model_dump_json(), str(project.model_dump())):
            assert secret not in shown
        seen.add(project.digest())
    assert seen == {plain.digest()}, "the check value of the lake says whether it is another one"


def test_a_default_stands_in_for_an_unset_variable(tmp_path: Path) -> None:
    connector = {"kind": "file", "format": "csv", "path": "${NOT_SET_ANYWHERE:-orders.csv}"}
    settings = with_source(connector=connector)
    (tmp_path / "project.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert load_project(tmp_path).sources["till"].connector.path == "orders.csv"  # type: ignore[union-attr]


def test_a_package_that_is_not_installed_is_named(write_project: WriteProject) -> None:
    with pytest.raises(InputError, match="no_such_package"):
        write_project().resolve("package:no_such_package/data.parquet")


def test_the_digest_follows_what_can_change_a_value(write_project: WriteProject) -> None:
    project = write_project()
    assert write_project(engine={"threads": 1}).digest() == project.digest()
    assert write_project(last_period="2024-02").digest() == project.digest()
    assert write_project(retention_days=30).digest() != project.digest()


def price(**settings: Any) -> dict[str, Any]:
    return shop_settings()["sources"]["till"]["columns"] | {
        "unit_price_amount": {"column": "price"} | settings
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"columns": price(decimal=",", thousands=",")}, "thousands and decimal are both ','"),
        ({"columns": price(thousands=".")}, "a decimal point unless decimal says otherwise"),
        ({"columns": price(decimal=";")}, "decimal, Input should be '.' or ','"),
        ({"columns": price(decimal=",", thousands="..")}, "thousands"),
        ({"columns": price(column=None, constant="9.5", decimal=",")}, "a constant is written plainly"),
        ({"columns": price() | {"product_id": {"column": "product", "decimal": ","}}}, "columns.product_id"),
        ({"decimal": ".", "thousands": "."}, "thousands and decimal are both '.'"),
        (
            {
                "connector": {"kind": "file", "format": "excel", "path": "a.xlsx"},
                "decimal": ",",
                "thousands": ".",
            },
            "numbers of a workbook",
        ),
    ],
)
def test_a_form_of_numbers_must_make_sense(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    message = refused(tmp_path, with_source(**change))
    assert all(part in message for part in expected.split(", "))
    assert "sources.till" in message


@pytest.mark.parametrize(
    "encoding", ["undefined", "hex", "rot13", "idna", "punycode", "utf-99", "", "unicode_escape"]
)
def test_an_encoding_that_no_text_is_in_is_refused_with_its_key(tmp_path: Path, encoding: str) -> None:
    connector = shop_settings()["sources"]["till"]["connector"] | {"encoding": encoding}
    message = refused(tmp_path, with_source(connector=connector))
    assert "sources.till.connector.encoding" in message
    assert f"{encoding!r}" in message
    assert "utf-8, utf-16, latin-1, cp1252, gb18030, shift_jis" in message


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "UTF-8-SIG", "utf-16", "utf-16-le", "latin-1", "cp1252", "gb18030", "cp037", "utf-7"],
)
def test_encodings_of_text_are_taken(write_project: WriteProject, encoding: str) -> None:
    connector = shop_settings()["sources"]["till"]["connector"] | {"encoding": encoding}
    assert write_project(**with_source(connector=connector)).sources["till"].connector.encoding == encoding


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("%Q", "%Q"),
        ("%Y-%m-%d %e", "%e"),
        (["iso", "%d.%m.%Q"], "%Q"),
        ("%Y-%m-%d%", "a % at its end"),
        ("%Y-%-f", "%-f"),
        ("yyyy-mm-dd", "no directive"),
        (["%d.%m.%Y", ""], "empty"),
    ],
)
def test_a_format_of_dates_that_cannot_be_read_is_refused_with_its_key(
    tmp_path: Path, given: Any, expected: str
) -> None:
    columns = shop_settings()["sources"]["till"]["columns"] | {
        "ordered_at": {"column": "at", "format": given}
    }
    message = refused(tmp_path, with_source(columns=columns))
    assert "sources.till.columns.ordered_at" in message
    assert "format" in message
    assert expected in message
    if expected.startswith("%"):
        assert "%Y %y %m" in message


@pytest.mark.parametrize("scale", [0, 0.0, float("inf"), float("nan")])
def test_a_scale_that_leaves_no_number_is_refused_with_its_key(tmp_path: Path, scale: float) -> None:
    columns = shop_settings()["sources"]["till"]["columns"]
    columns |= {"unit_price_amount": {"column": "price", "scale": scale}}
    message = refused(tmp_path, with_source(columns=columns))
    assert "sources.till.columns.unit_price_amount.scale" in message


def test_columns_of_numbers_have_the_form_of_their_source_unless_they_say_one(tmp_path: Path) -> None:
    columns = price(decimal=".") | {"net_amount": "value", "discount_amount": {"constant": "0.5"}}
    source = with_source(decimal=",", thousands=".", columns=columns)["sources"]["till"]
    mapped = Project(**shop_settings(sources={"till": source}), folder=tmp_path).sources["till"].columns
    found = {name: (one.decimal, one.thousands) for name, one in mapped.items() if one.has_number_form}
    assert found == {"net_amount": (",", "."), "quantity": (",", "."), "unit_price_amount": (".", None)}


def test_saying_how_numbers_are_written_collects_nothing_anew(write_project: WriteProject) -> None:
    project, said = write_project(), write_project(**with_source(decimal=","))
    assert said.source_digest("till") == project.source_digest("till")
    assert said.digest() != project.digest()


def test_bounds_of_asking_collect_nothing_anew(write_project: WriteProject) -> None:
    def project(**bounds: Any) -> Project:
        connector = {"kind": "file", "format": "csv", "path": "https://shop.example/orders.csv"} | bounds
        lookup = {"connector": connector, "match": {"product": "id"}, "columns": ["shelf"]}
        return write_project(**with_source(connector=connector, lookups=[lookup]))

    said = project(timeout_seconds=9, max_size="1GB")
    assert said.source_digest("till") == project().source_digest("till")


@pytest.mark.parametrize("size", ["2GB", "512 MiB", "1.5gib", "300kB", "9999999B"])
def test_sizes_are_numbers_with_a_unit(size: str, write_project: WriteProject) -> None:
    connector = shop_settings()["sources"]["till"]["connector"] | {"max_size": size}
    assert write_project(**with_source(connector=connector)).sources["till"].connector.max_size == size  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "size", ["lots", "2", "-1GB", "0MB", "1e9GB", "2000TB", "5 apples", "GB", 2, None, "٢GB"]
)
def test_what_is_no_size_is_refused_with_an_example(size: Any, tmp_path: Path) -> None:
    connector = shop_settings()["sources"]["till"]["connector"] | {"max_size": size}
    assert "size" in (message := refused(tmp_path, with_source(connector=connector)))
    assert "2GB" in message or "1000TB" in message


@pytest.mark.parametrize("name", ["complete_journey", "online_retail"])
def test_the_real_projects_are_valid(name: str) -> None:
    assert load_project(Path(__file__).parents[2] / "data" / name).project == name


def test_only_quasi_identifiers_are_named_to_be_published(
    tmp_path: Path, write_project: WriteProject
) -> None:
    assert "income_amount" in write_project().privacy.withheld
    named = write_project(publish={"attributes": ["age_group", "city"]}).privacy.withheld
    assert not {"age_group", "city"} & named
    assert "income_amount" in named
    assert "'shoe_size' is no feature" in refused(
        tmp_path, shop_settings(publish={"attributes": ["shoe_size"]})
    )
    message = refused(tmp_path, shop_settings(publish={"attributes": ["recency_days"]}))
    assert "publish.attributes" in message
    assert "published anyway" in message


def test_clusters_are_not_found_on_what_may_not_be_published(
    tmp_path: Path, write_project: WriteProject
) -> None:
    clusters = [{"scheme": "behaviour_clusters", "features": ["income_amount", "recency_days"]}]
    message = refused(tmp_path, shop_settings(schemes=clusters))
    assert "income_amount may not be published" in message
    assert "publish.attributes" in message
    write_project(schemes=clusters, publish={"attributes": ["income_amount"]})
