"""The secret of ids: made once, for its owner alone; lost or changed is one clear error, never new ids."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from pipeline.engine import Lake
from pipeline.engine.partitions import PART
from pipeline.errors import InputError
from pipeline.ids.secret import CHECK, id_key, problem, secret_file
from pipeline.settings import Project

GIVEN, OTHER = "given by the environment, " + "x" * 20, "another of good length, " + "y" * 20


@pytest.fixture
def project(write_project, monkeypatch):
    """The shop; with a secret of the environment where one is asked for."""

    def of(secret: str | None = None) -> Project:
        if secret is None:
            return write_project()
        monkeypatch.setenv("SHOP_SECRET", secret)
        return write_project(identity={"secret": "${SHOP_SECRET}"})

    return of


def lake_of(project: Project) -> Lake:
    return Lake(project.lake_path)


def with_ids(lake: Lake, place: str = f"clean/orders/period=2024-01/{PART}") -> None:
    (lake.root / place).parent.mkdir(parents=True, exist_ok=True)
    (lake.root / place).touch()


def files(lake: Lake) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in lake.root.rglob("*") if one.is_file()}


def id_of(project: Project) -> str:
    return id_key(project, lake_of(project)).digest("13085")


def refused(project: Project) -> str:
    """What ``id_key`` says, having written nothing."""
    lake = lake_of(project)
    before = files(lake)
    with pytest.raises(InputError) as error:
        id_key(project, lake)
    assert files(lake) == before
    assert str(problem(project, lake)) == str(error.value)
    return str(error.value)


def test_a_new_lake_gets_a_random_secret_that_its_owner_alone_can_read(project):
    shop = project()
    first = id_of(shop)
    path = secret_file(lake_of(shop))
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(bytes.fromhex(path.read_text().strip())) == 32
    assert [one.name for one in path.parent.iterdir()] == [path.name], "nothing half-written is left"
    assert id_of(shop) == first
    shutil.rmtree(shop.lake_path)
    assert id_of(shop) != first, "a lake that begins anew has a secret of its own"


def test_runs_that_begin_at_once_agree_on_one_secret(project):
    shop = project()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: id_of(shop), range(16)))) == 1


def test_the_check_value_stands_outside_the_restricted_zone_and_tells_nothing(project):
    shop = project()
    id_key(shop, lake_of(shop))
    said = (shop.lake_path / CHECK).read_text().strip()
    secret = secret_file(lake_of(shop)).read_text().strip()
    assert said not in secret
    assert secret not in said
    assert len(said) == 32


def test_a_secret_of_the_environment_is_not_written_down(project):
    shop = project(GIVEN)
    id_key(shop, lake_of(shop))
    assert not secret_file(lake_of(shop)).exists()
    assert not [one for one, content in files(lake_of(shop)).items() if GIVEN.encode() in content]


def test_the_text_of_the_lakes_secret_means_the_same_in_the_environment(project):
    first = id_of(shop := project())
    with_ids(lake_of(shop))
    text = secret_file(lake_of(shop)).read_text()
    secret_file(lake_of(shop)).unlink()
    assert id_of(project(text)) == first


@pytest.mark.parametrize(
    "place",
    [
        f"clean/orders/period=2024-01/{PART}",
        f"publications/1/customer_segments/period=2024-01/{PART}",
        "publications/1/customer_segments/2024-01.parquet",
    ],
)
def test_a_lost_secret_is_an_error_and_makes_no_new_ids(project, place):
    shop = project()
    id_key(shop, lake_of(shop))
    with_ids(lake_of(shop), place)
    secret_file(lake_of(shop)).unlink()
    said = refused(shop)
    assert "the secret of ids is gone" in said
    assert str(secret_file(lake_of(shop))) in said
    assert "backup" in said


def test_what_is_staged_while_a_run_collects_is_no_table_with_ids(project):
    shop = project()
    with_ids(lake_of(shop), "restricted/.scratch/4711/staged.parquet")
    assert id_of(shop)


def test_another_secret_in_the_lake_is_an_error_that_shows_neither(project):
    shop = project()
    id_key(shop, lake_of(shop))
    with_ids(lake_of(shop))
    was = secret_file(lake_of(shop)).read_text().strip()
    secret_file(lake_of(shop)).write_text(OTHER)
    said = refused(shop)
    assert "not the secret that the lake's ids were made with" in said
    assert was not in said
    assert OTHER not in said


def test_another_secret_of_the_environment_is_an_error(project):
    shop = project(GIVEN)
    id_key(shop, lake_of(shop))
    with_ids(lake_of(shop))
    said = refused(project(OTHER))
    assert said.startswith("identity.secret: ")
    assert OTHER not in said
    refused(project())  # no longer given at all
    assert id_of(project(GIVEN)) == id_of(shop)


def test_a_lake_with_ids_of_before_there_was_a_secret_is_an_error(project):
    shop = project()
    with_ids(lake_of(shop))
    refused(shop)
    refused(project(GIVEN))


def test_without_the_check_value_no_secret_is_believed(project):
    shop = project()
    id_key(shop, lake_of(shop))
    with_ids(lake_of(shop))
    (shop.lake_path / CHECK).unlink()
    assert CHECK in refused(shop)


def test_raw_rows_alone_hold_no_ids_and_take_any_secret(project):
    """What is left of a lake that begins anew: nothing has to be collected again."""
    shop = project()
    with_ids(lake_of(shop), f"raw/till/period=2024-01/{PART}")
    first = id_of(shop)
    secret_file(lake_of(shop)).unlink()
    assert id_of(shop) != first
    assert id_of(project(GIVEN)) != first
    with_ids(lake_of(shop))
    assert problem(project(GIVEN), lake_of(shop)) is None


def test_a_file_without_a_secret_is_an_error(project):
    shop = project()
    lake_of(shop).secure()
    secret_file(lake_of(shop)).write_text("\n")
    assert "no secret of at least 32 characters" in refused_by_making(shop)


def refused_by_making(project: Project) -> str:
    with pytest.raises(InputError) as error:
        id_key(project, lake_of(project))
    return str(error.value)


def test_a_copy_from_a_backup_becomes_its_owners_again(project):
    shop = project()
    id_key(shop, lake_of(shop))
    secret_file(lake_of(shop)).chmod(0o644)
    id_key(shop, lake_of(shop))
    assert S_IMODE(secret_file(lake_of(shop)).stat().st_mode) == 0o600
