"""``fit``: fitted once without labels, then frozen; nothing of a person is in it."""

import json

import pyarrow as pa

from pipeline.engine import Engine
from pipeline.identity.linkage import fit
from pipeline.settings import IdentitySettings, Project
from pipeline.tables.zones import IDENTITY_VERSIONS


def shuffled(table: pa.Table) -> pa.Table:
    order = sorted(range(table.num_rows), key=lambda i: (i * 7919) % table.num_rows)
    return table.take(order)


def test_a_fit_is_one_row_of_the_contract(version: pa.Table) -> None:
    (row,) = version.to_pylist()
    assert version.schema.names == IDENTITY_VERSIONS.columns
    assert (row["status"], row["identity_version"], row["fitted_period"]) == (
        "assigned",
        "i2024-01",
        "2024-01",
    )
    assert row["accounts_fitted_count"] == 720


def test_agreement_speaks_for_a_match_and_disagreement_against(version: pa.Table) -> None:
    splink = json.loads(version["parameters"][0].as_py())["splink"]
    assert {one["output_column_name"] for one in splink["comparisons"]} >= {
        "given",
        "family",
        "birth",
        "phone",
    }
    for comparison in splink["comparisons"]:
        levels = [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]
        assert levels[0]["m_probability"] > 4 * levels[0]["u_probability"]
        assert levels[-1]["m_probability"] < levels[-1]["u_probability"]
        assert abs(sum(one["u_probability"] for one in levels) - 1) < 1e-6
    # 120 true pairs among 258,840
    assert 2e-4 < splink["probability_two_random_records_match"] < 9e-4


def test_shuffled_accounts_give_the_same_model(
    engine: Engine, people: pa.Table, version: pa.Table, project: Project
) -> None:
    again = fit(engine, engine.from_arrow(shuffled(people)), None, "2024-01", project)
    assert again.to_pylist() == version.to_pylist()


def test_later_periods_keep_the_model_whatever_the_accounts(
    engine: Engine, people: pa.Table, version: pa.Table, project: Project
) -> None:
    later = fit(engine, engine.from_arrow(people.slice(0, 5)), version, "2024-02", project)
    assert later.to_pylist() == [version.to_pylist()[0] | {"period": "2024-02"}]


def test_too_few_accounts_fit_no_model(engine: Engine, people: pa.Table, project: Project) -> None:
    (row,) = fit(engine, engine.from_arrow(people.slice(0, 50)), None, "2024-01", project).to_pylist()
    assert (row["status"], row["parameters"], row["identity_version"]) == ("insufficient_data", None, None)
    assert json.loads(row["gates"]) == {"accounts_identified": 50, "min_accounts": 500}


def test_a_project_that_does_not_link_has_no_model(
    engine: Engine, people: pa.Table, project: Project
) -> None:
    alone = project.model_copy(update={"identity": IdentitySettings(link=False)})
    assert fit(engine, engine.from_arrow(people), None, "2024-01", alone)["status"].to_pylist() == [
        "not_applicable"
    ]


def test_no_value_of_a_person_is_in_a_version(people: pa.Table, version: pa.Table) -> None:
    text = version["parameters"][0].as_py() + version["gates"][0].as_py()
    for column in ("family_name", "email", "phone", "address", "postcode", "account_id"):
        held = [one for one in people[column].to_pylist() if one]
        assert not [one for one in held if f'"{one}"' in text]


def test_splink_leaves_nothing_behind(engine: Engine, version: pa.Table) -> None:
    assert version.num_rows == 1
    assert [one for one in engine.backend.list_tables() if "splink" in one] == []
