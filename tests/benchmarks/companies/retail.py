"""Online Retail: countries from its order lines, and without the owner's own accounts."""

import shutil
from pathlib import Path

import pandas as pd

from tests.benchmarks.companies.trial import (
    SHARED,
    Compared,
    Tried,
    counts,
    customers,
    project_in,
    readings,
    row_accounts,
    run,
)

FILE = "online_retail_2011.parquet"
LAST, LAST_SMALL = "2011-11", "2011-01"
#: The country that a name in the file means; others say it in a form that cleaning reads.
CODES = {
    "United Kingdom": "GB",
    "Germany": "DE",
    "France": "FR",
    "EIRE": "IE",
    "Spain": "ES",
    "Netherlands": "NL",
    "Channel Islands": "JE",
    "USA": "US",
    "RSA": "ZA",
}


def small_cut(lines: pd.DataFrame) -> pd.DataFrame:
    """December and January, of every tenth customer and every tenth line without one, and some days more."""
    early = lines[lines["InvoiceDate"] < "2011-02-10"]
    some = (early["CustomerID"] % 10 == 6).fillna(False).astype(bool)
    nobody = early["CustomerID"].isna() & (early.index % 10 == 0)
    return early[some | nobody]


def _unwanted(lines: pd.DataFrame) -> "pd.Series[bool]":
    return lines["Description"].fillna("").str.lower().isin(["test", "adjustment"])


def _excluded(lines: pd.DataFrame) -> int:
    """Lines of the owner's accounts: of those listed all, of the web shop those from the month on in which it
    first booked postage on a customer."""
    listed = lines["CustomerID"].isin([12346, 16446])
    first = lines[lines["StockCode"].isin(["DOT", "CRUK"])].groupby("CustomerID")["InvoiceDate"].min()
    months = {who: pd.Timestamp(at.year, at.month, 1) for who, at in first.items()}
    since = pd.to_datetime(lines["CustomerID"].map(months))
    return int((listed | (lines["InvoiceDate"] >= since)).sum())


def trial(folder: Path, small: bool) -> Tried:
    """Run it, and count the same with pandas."""
    raw = folder / "online_retail.parquet"
    if small:
        whole = pd.read_parquet(SHARED / FILE)
        tests = whole[_unwanted(whole)]
        pd.concat([small_cut(whole), tests]).drop_duplicates().to_parquet(raw, index=False)
    else:
        shutil.copyfile(SHARED / FILE, raw)
    last = LAST_SMALL if small else LAST
    project = project_in(folder, "retail", last)
    run(project)

    lines = pd.read_parquet(raw)
    end = pd.Timestamp(last) + pd.offsets.MonthBegin()
    unwanted = _unwanted(lines)
    inside = lines[~unwanted & (lines["InvoiceDate"] < end)]
    of_somebody = inside[inside["CustomerID"].notna()]
    own = {
        12346,
        16446,
        *of_somebody[of_somebody["StockCode"].isin(["DOT", "CRUK"])]["CustomerID"].astype(int),
    }
    excluded = _excluded(of_somebody)
    sold = of_somebody[~of_somebody["CustomerID"].isin(own)].drop_duplicates()
    recent = sold.groupby("CustomerID")["InvoiceDate"].max() >= end - pd.Timedelta(days=365)
    alive = set(recent[recent].index.astype(int))
    living = sold[sold["CustomerID"].isin(alive)]
    placed = of_somebody[~of_somebody["Country"].isin(["Unspecified", "European Community"])]
    latest = placed.sort_values("InvoiceDate", kind="stable").groupby("CustomerID")["Country"].last()
    lands = latest[latest.index.isin(alive)].map(CODES).dropna()

    found = customers(project, last)
    accounts, read = row_accounts(project), readings(project)
    orders = accounts["invoices_orders"]
    numbers = set(found["source_account_id"].astype(int))
    shown = found[found["country"].isin(CODES.values())]
    return Tried(
        project,
        [
            Compared("rows that stand in the file", read["invoices_orders"].rows_read_count, len(lines)),
            Compared("rows left out", read["invoices_orders"].rows_left_out_count, int(unwanted.sum())),
            Compared("rows of orders read", orders["read"], len(inside)),
            Compared(
                "lines without a customer, quarantined", orders["quarantined"], len(inside) - len(of_somebody)
            ),
            Compared("lines of the owner's accounts, excluded", orders["excluded"], excluded),
            Compared("customers", numbers, alive),
            Compared("own accounts among them", numbers & own, set()),
            Compared(
                "sum of net_amount_12p",
                found["net_amount_12p"].sum(),
                float((living["Quantity"] * living["Price"]).sum()),
            ),
            Compared("customers by country", counts(shown["country"]), counts(lands)),
        ],
    )
