"""A taught scheme on a real table, through the whole pipeline: Telco churn, in YAML alone.

    python -m tests.benchmarks taught

7,043 customers of a telephone company (``telco_churn.csv``, as in the benchmark ``telco``), a source of
profiles whose columns are attributes; words are flags by formula. Whether a customer left is the label of a
scheme of four models, of one of a tree alone, and of the rules that the tree is exported as. Told are the
figures that are published, which are of customers held out, whether SQL and rules decide as the tree does,
and the cost of scoring beside that of scikit-learn.
"""

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from sklearn.linear_model import LogisticRegression

from pipeline.cli.ruled import rules_record
from pipeline.models.frame import frame_of
from pipeline.schemes import serving
from pipeline.settings import Project, load_project
from tests.benchmarks.companies.trial import SHARED, run, table

PERIOD = "2024-01"
CHURN = "has_left"
NUMBERS = {
    "tenure": ("integer", {"en": "months", "zh": "个月"}),
    "MonthlyCharges": ("amount", ""),
    "TotalCharges": ("amount", ""),
}
SEGMENTS = {
    "leaves": {"label": {"en": "Leaves", "zh": "流失"}},
    "stays": {"label": {"en": "Stays", "zh": "留存"}},
}
MODELS = ["logistic", "tree", "boosting", "network"]


def named(text: str) -> str:
    """A column or value as a name of settings."""
    words = "".join(f" {one}" if one.isupper() else one for one in text.replace("(", " ").replace(")", " "))
    return "_".join(words.replace("-", " ").lower().split())


def label(text: str) -> dict[str, str]:
    return {"en": text, "zh": text}


def settings_of(rows: pd.DataFrame, *schemes: dict[str, Any]) -> dict[str, Any]:
    """The project: every column of ``rows`` but the id an attribute, every word of one a flag."""
    attributes, features, columns = [], [], {"source_account_id": "customerID"}
    for column in rows.columns.drop("customerID"):
        name = CHURN if column == "Churn" else f"own_{named(column)}"
        columns[name] = column
        one: dict[str, Any] = {
            "attribute": name,
            "label": label(column),
            "meaning": f"{column}.",
            "privacy": "none",
        }
        if column in NUMBERS:
            kind, unit = NUMBERS[column]
            one |= {"type": kind} | ({"unit": unit} if unit else {})
        elif set(rows[column]) <= {"Yes", "No"} or column == "SeniorCitizen":
            one |= {"type": "flag"}
        else:
            values = sorted({f"is_{named(str(value))}" for value in rows[column]})
            one |= {"type": "text", "values": values}
            words = {str(value): f"is_{named(str(value))}" for value in sorted(set(rows[column]))}
            columns[name] = {"column": column, "values": words}
            features += [
                {
                    "feature": f"{named(column)}_{value}"[:40],
                    "label": label(f"{column}: {value}"),
                    "meaning": f"{column} is {value}.",
                    "formula": f"{name} = '{value}'",
                }
                for value in values
            ]
        attributes.append(one)
    return {
        "project": "telco", "title": "Telco", "currency": "USD", "time_zone": "America/Los_Angeles",
        "first_period": PERIOD, "last_period": PERIOD, "population": "profiles",
        "attributes": attributes, "features": features, "schemes": list(schemes),
        "sources": {
            "customers": {
                "entity": "profiles", "connector": {"kind": "file", "format": "csv", "path": "customers.csv"},
                "columns": columns,
            }
        },
        "segments": {"warm_up_periods": 1, "schemes": [one["scheme"] for one in schemes]},
    }  # fmt: skip


def taught(name: str, settings: dict[str, Any], models: list[str]) -> dict[str, Any]:
    plain = [one["attribute"] for one in settings["attributes"] if one["type"] != "text"]
    inputs = [*(one for one in plain if one != CHURN), *(one["feature"] for one in settings["features"])]
    return {
        "scheme": name, "kind": "taught", "label": label(name), "features": inputs, "models": models,
        "labels": {"feature": CHURN, "values": {"true": "leaves", "false": "stays"}}, "segments": SEGMENTS,
    }  # fmt: skip


def written(folder: Path, settings: dict[str, Any]) -> Project:
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    (folder / "project.yaml").write_text(text, encoding="utf-8")
    return load_project(folder)


def main() -> None:
    whole = pd.read_csv(
        os.environ.get("TELCO_FILE", SHARED / "telco_churn.csv"), dtype=str, keep_default_na=False
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        whole.to_csv(folder / "customers.csv", index=False)
        bare = settings_of(whole)
        schemes = [taught("leaving", bare, MODELS), taught("tree_alone", bare, ["tree"])]
        project = written(folder, settings_of(whole, *schemes))
        started = time.process_time()
        run(project)
        print(f"{len(whole):,} customers, run {time.process_time() - started:.0f} CPU s")
        figures(project)
        exported(folder, project, whole, schemes)
        cost(project)


def figures(project: Project) -> None:
    """What is published of customers held out."""
    found = table(project, "published/model_backtests", PERIOD)
    rows = found[(found["forecast"] == "leaving:leaves")]
    shown = [
        "method",
        "chosen_method",
        "is_published",
        "tested_customers_count",
        "auc",
        "brier",
        "calibration_error",
    ]
    print(rows[shown].to_string(index=False))
    cards = table(project, "published/model_cards", PERIOD).set_index("scheme")
    for name in ("leaving", "tree_alone"):
        gates = json.loads(cards.loc[name, "gates"])
        print(name, gates["method"], [(one["name"], one["value"]) for one in gates["gates"]])
        for one in gates["segments"]:
            precision, recall = one["precision_share"], one["recall_share"]
            print(
                f"  {one['segment']}: precision {precision:.3f}, recall {recall:.3f}, really {one['really']}"
            )


def exported(folder: Path, project: Project, whole: pd.DataFrame, schemes: list[dict[str, Any]]) -> None:
    """Whether SQL and the scheme of rules say of every customer what the tree says."""
    told = rules_record(project, "tree_alone", PERIOD)
    print(told["words"])
    wide = table(project, "published/customer_segments", PERIOD)
    with duckdb.connect() as connection:
        connection.register("customer_segments", wide)
        by_sql = dict(connection.sql(told["sql"]).fetchall())
    decided = dict(zip(wide["customer_id"], wide["tree_alone_segment"], strict=True))
    print(
        f"SQL decides otherwise of {sum(by_sql[one] != decided[one] for one in decided)} of {len(decided):,}"
    )
    (scheme,) = yaml.safe_load(told["yaml"])["schemes"]
    project = written(folder, settings_of(whole, *schemes, scheme))
    run(project)
    wide = table(project, "published/customer_segments", PERIOD)
    others = (wide["tree_alone_segment"] != wide[f"{scheme['scheme']}_segment"]).sum()
    print(f"the scheme of rules decides otherwise of {others} of {len(wide):,}")
    counted = {
        name: len(found[found["scheme"].str.startswith("leaving")])
        for name in ("segment_sizes", "segment_register", "segment_assignments")
        if (found := table(project, f"published/{name}", PERIOD)) is not None
    }
    print("rows of the scheme:", counted)


def cost(project: Project) -> None:
    """Seconds of the processor to score a million customers, beside bare scikit-learn on the same columns."""
    card = table(project, "published/model_cards", PERIOD).set_index("scheme").loc["leaving"]
    parameters = json.loads(card["parameters"])
    reads = serving.scoring_reads(project.every_scheme["leaving"], parameters)
    stored = pq.read_table(next(iter((project.lake_path / "features/customer_features").glob("*/*.parquet"))))
    frames = [
        frame_of(one, reads)
        for one in pa.concat_tables([stored.select(["customer_id", *reads])] * 20)
        .combine_chunks()
        .to_batches(4096)
    ]
    size = sum(len(one) for one in frames)
    started = time.process_time()
    for frame in frames:
        serving.score("leaving", parameters, frame)
    ours = (time.process_time() - started) / size * 1e6
    rows = pd.concat([pd.DataFrame(one.numbers) for one in frames]).fillna(0.0)
    model = LogisticRegression(max_iter=200).fit(rows.head(7_000), (rows["own_tenure"] > 20).head(7_000))
    started = time.process_time()
    model.predict_proba(rows)
    bare = (time.process_time() - started) / size * 1e6
    print(f"a million customers: {ours:.1f} CPU s with reasons, scikit-learn alone {bare:.2f}")


if __name__ == "__main__":
    main()
