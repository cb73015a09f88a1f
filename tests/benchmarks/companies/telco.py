"""The telco table of one row a customer, cut into four files, with attributes of its own."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.cli.ruled import rules_record
from pipeline.settings import Project
from tests.benchmarks.companies.trial import (
    SHARED,
    Compared,
    Tried,
    counts,
    project_in,
    row_accounts,
    run,
    table,
)
from tests.benchmarks.drafts import TELCO

FILE = "telco_churn.csv"
PERIOD = "2024-01"
#: Customers of the small cut: enough that labels teach, however ids part those held out.
SMALL = 1_500
DAYS_PER_MONTH = Decimal("30.4375")


def asked(project: Project, rows: pd.DataFrame) -> dict[str, str]:
    """What the exported rules of the tree call each of the published ``rows``."""
    with duckdb.connect() as connection:
        connection.register("customer_segments", rows)
        return dict(connection.sql(rules_record(project, "quitting", PERIOD)["sql"]).fetchall())


def trial(folder: Path, small: bool) -> Tried:
    """Run it, and count the same with pandas."""
    whole = pd.read_csv(SHARED / FILE, dtype=str, keep_default_na=False)
    whole = whole.head(SMALL) if small else whole
    for name, columns in TELCO.items():
        whole[["customerID", *columns]].to_csv(folder / f"{name}.csv", index=False)
    project = project_in(folder, "telco")
    run(project)

    found = table(project, "published/customer_segments", PERIOD)
    contracts = whole["Contract"].str.lower().str.replace("[ -]", "_", regex=True)
    months = whole["tenure"].map(int)
    days = sum(
        int((Decimal(one) * DAYS_PER_MONTH).quantize(Decimal(1), ROUND_HALF_UP)) for one in whole["tenure"]
    )
    charged = pd.to_numeric(whole["TotalCharges"], errors="coerce")
    nets = {"DSL": "dsl", "Fiber optic": "fiber_optic", "No": "no_internet"}
    of_tree = Counter(found["customer_id"].map(asked(project, found)).fillna("insufficient_data"))
    return Tried(
        project,
        [
            Compared(
                "customers by the rules of the tree, as SQL", counts(found["quitting_segment"]), dict(of_tree)
            ),
            Compared("segments that labels taught", set(of_tree), {"quits", "stays"}),
            Compared("rows of profiles read", row_accounts(project)["customers"]["read"], len(whole)),
            Compared("customers", len(found), len(whole)),
            Compared("customers by contract", counts(found["contract_kind"]), counts(contracts)),
            Compared(
                "customers by internet",
                counts(found["internet_kind"]),
                counts(whole["InternetService"].map(nets)),
            ),
            Compared(
                "customers who quit", int(found["has_churned"].sum()), int((whole["Churn"] == "Yes").sum())
            ),
            Compared("sum of contract_months", int(found["contract_months"].sum()), int(months.sum())),
            Compared("sum of contract_days", int(found["contract_days"].sum()), days),
            Compared(
                "sum of monthly_amount",
                found["monthly_amount"].sum(),
                float(whole["MonthlyCharges"].map(Decimal).sum()),
            ),
            Compared(
                "customers charged so far",
                int(found["charged_amount"].notna().sum()),
                int(charged.notna().sum()),
            ),
            Compared(
                "mean of paid_per_month",
                found["paid_per_month"].astype(float).mean(),
                float((charged / months).mean()),
            ),
        ],
    )
