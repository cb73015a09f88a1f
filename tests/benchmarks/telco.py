"""How well the models behind probabilities tell who leaves, on a table that many have tried: Telco churn.

    python -m tests.benchmarks telco

7,043 customers of a telephone company (IBM's sample, ``telco_churn.csv`` in ``shared/data`` beside the
checkout, or ``TELCO_FILE``), 19 columns, words as columns of 0 and 1. Five folds, three times with other
customers in each: every customer is told by models fitted on the others. There is no time in the table, so
nothing here is a forecast.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.models.candidates import Model
from pipeline.models.design import Column
from pipeline.models.frame import Floats, Frame
from pipeline.models.probability.calibration import probability
from pipeline.models.probability.measures import auc, brier, calibration_error
from pipeline.models.probability.methods import fit_model, mean_log_odds

_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "telco_churn.csv"
#: Times and amounts, as among features.
SKEWED = {"tenure", "MonthlyCharges", "TotalCharges"}
FOLDS, SEEDS = 5, (1, 2, 3)
KINDS = {"logistic": ("logistic",), "additive": ("additive",), "average": ("logistic", "additive")}


def table() -> tuple[pd.DataFrame, Floats]:
    """One row a customer, numbers alone, and whether it left."""
    rows = pd.read_csv(os.environ.get("TELCO_FILE", _SHARED))
    left = (rows.pop("Churn") == "Yes").to_numpy(np.float64)
    rows["TotalCharges"] = pd.to_numeric(rows["TotalCharges"], errors="coerce")
    words = pd.get_dummies(rows.drop(columns="customerID"), dtype=np.float64)
    return words, left


def frame_of(rows: pd.DataFrame) -> Frame:
    numbers = {name: rows[name].to_numpy(np.float64) for name in rows.columns}
    return Frame(pa.array([str(one) for one in rows.index]), numbers, {})


def told(kinds: tuple[str, ...], rows: pd.DataFrame, left: Floats, seed: int) -> Floats:
    """Probability of each customer by the mean of models of ``kinds`` that were fitted without it."""
    columns = tuple(Column(name, is_skewed=name in SKEWED) for name in rows.columns)
    found = np.empty(len(left))
    for learned, others in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, left):
        known, asked = frame_of(rows.iloc[learned]), frame_of(rows.iloc[others])
        models = [fit_model(Model(kind, columns), known, left[learned], seed) for kind in kinds]
        found[others] = probability(mean_log_odds(models, asked))
    return found


def bare(rows: pd.DataFrame, left: Floats, seed: int) -> Floats:
    """The same by scikit-learn's logistic regression as it comes."""
    filled = rows.fillna(0.0)
    found = np.empty(len(left))
    for learned, others in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, left):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        model.fit(filled.iloc[learned], left[learned])
        found[others] = model.predict_proba(filled.iloc[others])[:, 1]
    return found


def main() -> None:
    rows, left = table()
    print(f"{len(left):,} customers, {left.mean():.3f} left, {rows.shape[1]} columns")
    print(f"{'mean of ' + str(len(SEEDS)) + ' times':28} {'AUC':>7} {'Brier':>7} {'calibration error':>18}")
    every = {name: [told(kinds, rows, left, seed) for seed in SEEDS] for name, kinds in KINDS.items()}
    every["scikit-learn, logistic"] = [bare(rows, left, seed) for seed in SEEDS]
    for name, given in every.items():
        figures = [(auc(one, left), brier(one, left), calibration_error(one, left)) for one in given]
        found = np.array(figures, np.float64).mean(axis=0)
        print(f"{name:28} {found[0]:7.4f} {found[1]:7.4f} {found[2]:18.4f}", flush=True)


if __name__ == "__main__":
    main()
