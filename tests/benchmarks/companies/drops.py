"""Online Retail as one CSV a day: files arrive one by one, some late, with runs in between."""

import os
from pathlib import Path

import pandas as pd

from assets.running import bring_up_to_date
from tests.benchmarks.companies.retail import FILE, LAST, LAST_SMALL, small_cut
from tests.benchmarks.companies.trial import (
    SHARED,
    Compared,
    Tried,
    customers,
    project_in,
    readings,
    row_accounts,
)

#: Periods through which the company runs its project; days whose files come after the first of these runs.
STEPS, LATE = ("2011-02", "2011-05", "2011-08", LAST), ("2010-12-14", "2011-01-27")
STEPS_SMALL, LATE_SMALL = ("2010-12", LAST_SMALL), ("2010-12-14",)
#: Days after the end of a period on which its run takes place: files of the next period are there already.
LAG = pd.Timedelta(days=5)


def trial(folder: Path, small: bool) -> Tried:
    """Deliver, run, deliver, run; at the end twice more: with nothing new, with a file delivered again."""
    lines = pd.read_parquet(SHARED / FILE)
    lines = small_cut(lines) if small else lines
    steps, late = (STEPS_SMALL, LATE_SMALL) if small else (STEPS, LATE)
    days = {str(day.date()): rows for day, rows in lines.groupby(lines["InvoiceDate"].dt.normalize())}
    (folder / "drops").mkdir()
    project = project_in(folder, "drops", steps[-1])

    published = []
    for at, step in enumerate(steps):
        today = pd.Timestamp(step) + pd.offsets.MonthBegin() + LAG
        for day, rows in days.items():
            arrived = pd.Timestamp(day) < today and (at > 0 or day not in late)
            file = folder / "drops" / f"{day}.csv"
            if arrived and not file.exists():
                rows.to_csv(file, index=False)
        published.append(bring_up_to_date(project, through=step).published)
    before = row_accounts(project)
    idle = bring_up_to_date(project)
    os.utime(folder / "drops" / f"{late[0]}.csv")
    again = bring_up_to_date(project)

    last = steps[-1]
    end = pd.Timestamp(last) + pd.offsets.MonthBegin()
    arrived = lines[lines["InvoiceDate"] < end + LAG]
    inside = lines[lines["InvoiceDate"] < end]
    sold = inside[inside["CustomerID"].notna()].drop_duplicates()
    recent = sold.groupby("CustomerID")["InvoiceDate"].max() >= end - pd.Timedelta(days=365)
    living = sold[sold["CustomerID"].isin(recent[recent].index)]
    late_rows = sum(len(days[day]) for day in late)
    found, accounts = customers(project, last), row_accounts(project)["sales"]
    return Tried(
        project,
        [
            Compared(
                "files", len(list((folder / "drops").glob("*.csv"))), arrived["InvoiceDate"].dt.date.nunique()
            ),
            Compared("first period published again by late files", published[1][0], late[0][:7]),
            Compared(
                "rows that stand in the files", readings(project)["sales"].rows_read_count, len(arrived)
            ),
            Compared("rows read, each once", accounts["read"], len(inside)),
            Compared("rows that came late", accounts["late"], late_rows),
            Compared(
                "lines without a customer, quarantined",
                accounts["quarantined"],
                int(inside["CustomerID"].isna().sum()),
            ),
            Compared("lines kept", accounts["kept"], len(sold)),
            Compared("published by a run with nothing new", idle.collected + idle.published, []),
            Compared("published after a file is delivered again", again.published, []),
            Compared("row accounts as before that", row_accounts(project), before),
            Compared(
                "customers",
                set(found["source_account_id"].astype(int)),
                set(living["CustomerID"].astype(int)),
            ),
            Compared(
                "sum of net_amount_12p",
                found["net_amount_12p"].sum(),
                float((living["Quantity"] * living["Price"]).sum()),
            ),
        ],
    )
