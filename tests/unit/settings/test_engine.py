"""Which engine a project asks for, and what is refused: with file, line and key."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.engine.spark.fixed import FIXED
from pipeline.errors import InputError
from pipeline.settings import Project

WriteProject = Callable[..., Project]


def test_a_project_runs_on_duckdb_unless_it_says_otherwise(write_project: WriteProject) -> None:
    assert write_project().engine.kind == "duckdb"


@pytest.mark.parametrize(
    "engine",
    [
        {"kind": "spark"},
        {"kind": "spark", "master": "local[4]"},
        {"kind": "spark", "master": "spark://host:7077", "conf": {"spark.executor.memory": "4g"}},
        {"kind": "spark", "master": "yarn"},
        {"kind": "spark", "remote": "sc://host:15002/;token=abc"},
    ],
)
def test_spark_is_local_on_a_cluster_or_remote(engine: dict[str, Any], write_project: WriteProject) -> None:
    assert write_project(engine=engine).engine.kind == "spark"


def test_tokens_and_passwords_for_spark_are_not_shown(write_project: WriteProject) -> None:
    conf = {"spark.authenticate.secret": "correct-horse"}
    for given in ({"remote": "sc://host:15002/;token=correct-horse"}, {"conf": conf}):
        engine = write_project(engine={"kind": "spark"} | given).engine
        assert "correct-horse" not in repr(engine) + engine.model_dump_json()


def test_settings_of_spark_are_written_in_its_words(write_project: WriteProject) -> None:
    conf = {"spark.sql.adaptive.enabled": False, "spark.executor.cores": 4, "spark.executor.memory": "4g"}
    assert write_project(engine={"kind": "spark", "conf": conf}).engine.written_conf == {
        "spark.sql.adaptive.enabled": "false",
        "spark.executor.cores": "4",
        "spark.executor.memory": "4g",
    }


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ({"kind": "flink"}, "engine.kind"),
        ({"master": "local[2]"}, "engine.master: only Spark has it"),
        ({"remote": "sc://host"}, "engine.remote: only Spark has it"),
        ({"conf": {"spark.executor.memory": "4g"}}, "engine.conf: only Spark has it"),
        (
            {"kind": "spark", "master": "yarn", "remote": "sc://host"},
            "engine.remote: a server of Spark Connect",
        ),
        ({"kind": "spark", "master": "localhost"}, "engine.master: it is no master"),
        ({"kind": "spark", "remote": "host:15002"}, "engine.remote: it is no address"),
        ({"kind": "spark", "conf": {"executor.memory": "4g"}}, "settings of Spark begin with spark."),
        ({"kind": "spark", "conf": {"spark.sql.ansi.enabled": False}}, "values depend on it"),
        ({"kind": "spark", "sparks": 2}, "engine.sparks"),
    ],
)
def test_what_makes_no_sense_is_refused(
    engine: dict[str, Any], said: str, write_project: WriteProject
) -> None:
    with pytest.raises(InputError) as error:
        write_project(engine=engine)
    assert said in str(error.value)
    assert "project.yaml" in str(error.value)


def test_the_engine_is_no_part_of_what_values_are_made_of(write_project: WriteProject) -> None:
    local = write_project()
    assert write_project(engine={"kind": "spark"}).digest() == local.digest()


def test_what_values_depend_on_cannot_be_set() -> None:
    assert {"spark.sql.session.timeZone", "spark.sql.ansi.enabled"} <= set(FIXED)
