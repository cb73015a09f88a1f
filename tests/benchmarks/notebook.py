"""What an analyst would write in a notebook instead: RFM, tiers and clusters with pandas and scikit-learn.

    python -m tests.benchmarks.notebook FOLDER TARGET

Reads the order lines of ``scale`` (``FOLDER/orders.parquet``), makes features of the twelve months before
February 2024, writes one row a customer. A yardstick: nothing is checked, kept, compared or explained.
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import RobustScaler

START, END = pd.Timestamp("2023-02-01"), pd.Timestamp("2024-02-01")
TIERS = ("orders", "net", "mean_order", "active_share", "growth", "discounted", "recency")
#: Borders of low and high, by rank within the population.
LOW, HIGH = 0.3, 0.7


def features_of(lines: pd.DataFrame) -> pd.DataFrame:
    """One row a customer: recency in days, counts, sums and shares of the window."""
    lines = lines[(lines["at"] >= START) & (lines["at"] < END)]
    lines = lines.assign(net=lines["quantity"] * lines["price"].astype("float64"))
    orders = lines.groupby(["customer", "order"], as_index=False).agg(at=("at", "min"), net=("net", "sum"))
    by_customer = orders.groupby("customer")
    found = by_customer.agg(last=("at", "max"), orders=("net", "size"), net=("net", "sum"))
    recent = orders[orders["at"] >= END - pd.DateOffset(months=3)].groupby("customer")["net"].sum()
    discounted = (lines["discount"].astype("float64") > 0).groupby(lines["customer"]).mean()
    months = orders.assign(month=orders["at"].dt.to_period("M")).groupby("customer")["month"].nunique()
    return found.assign(
        recency=(END - found["last"]).dt.total_seconds() / 86_400,
        mean_order=found["net"] / found["orders"],
        active_share=months / 12,
        growth=recent.reindex(found.index).fillna(0) * 4 / found["net"],
        discounted=discounted,
    ).drop(columns="last")


def segmented(features: pd.DataFrame) -> pd.DataFrame:
    """``features`` with RFM codes, a tier of each measure, and six clusters."""
    scores = {
        name: pd.qcut(features[name].rank(method="first"), 5, labels=False) + 1
        for name in ("recency", "orders", "net")
    }
    scores["recency"] = 6 - scores["recency"]
    rfm = scores["recency"] * 100 + scores["orders"] * 10 + scores["net"]
    ranks = features[list(TIERS)].rank(pct=True)
    tiers = {
        f"{name}_tier": pd.cut(ranks[name], [0, LOW, HIGH, 1], labels=["low", "medium", "high"])
        for name in TIERS
    }
    scaled = RobustScaler().fit_transform(features)
    clusters = KMeans(n_clusters=6, n_init=10, random_state=0).fit_predict(scaled)
    return features.assign(rfm=rfm, cluster=clusters, **tiers)


if __name__ == "__main__":
    folder, target = map(Path, sys.argv[1:])
    segmented(features_of(pd.read_parquet(folder / "orders.parquet"))).to_parquet(target)
