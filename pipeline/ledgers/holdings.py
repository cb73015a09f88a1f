"""The ledger of holdings: what customers have, and owe, at the end of a period.

Belongs here: balances by class of asset and by risk. Does not belong here: income (``profiles``).

Balances are levels: they add up over accounts and holdings, and of several periods the last counts. Of one
holding the last balance observed in the period counts. A holding that is not observed in an account's period
is not held at its end: a source that tells changes alone must be fed as a statement of all holdings.
"""

import ibis
from ibis.expr import types as ir

from pipeline.ledgers.declaration import Cleaned, Company, Ledger, Measure, level
from pipeline.tables.model import INTEGER

#: Words for classes of asset, in lower case; another word is a class of no name and counts as an asset alone.
CLASSES: dict[str, tuple[str, ...]] = {
    "deposits": (
        "deposit", "deposits", "savings", "cash", "current account", "time deposit", "存款", "活期", "定期",
    ),
    "bonds": ("bond", "bonds", "fixed income", "债券"),
    "funds": ("fund", "funds", "etf", "mutual fund", "基金"),
    "shares": ("share", "shares", "stock", "stocks", "equity", "equities", "股票"),
    "insurance": ("insurance", "life insurance", "pension", "保险"),
}  # fmt: skip
RISKS = ("low", "medium", "high")


def _last_balances(cleaned: Cleaned, company: Company) -> ir.Table:
    """One row an account, period and holding: its last balance, in the columns that it counts for."""
    rows = cleaned["holdings"]
    held = ["period", "account_id", "source", "holding_id"]
    # Two balances of one instant: the line that comes last by its key.
    latest = ibis.row_number().over(group_by=held, order_by=[rows.observed_at.desc(), rows.line_key.desc()])
    first = rows.observed_at.min().over(group_by=held)
    last = rows.mutate(place=latest, first_observed_at=first).filter(ibis._.place == 0)
    kind = last.asset_class.strip().lower().re_replace(r"[\s_-]+", " ")
    is_asset = ~last.is_liability
    return last.mutate(
        instruments=ibis.literal(1, "int64"),
        assets=_where(is_asset, last),
        liabilities=_where(last.is_liability, last),
        **{name: _where(is_asset & kind.isin(list(words)), last) for name, words in CLASSES.items()},
        **{f"{risk}_risk": _where(is_asset & (last.risk_level == risk), last) for risk in RISKS},
    )


def _where(condition: ir.BooleanValue, rows: ir.Table) -> ir.DecimalValue:
    """The balance where ``condition`` holds, zero elsewhere."""
    return ibis.ifelse(condition.fill_null(False), rows.balance_amount, 0)


def _balance(column: str, meaning: str) -> Measure:
    return level(column, meaning, "project currency")


holdings = Ledger(
    "holdings",
    "one account in one period: what it holds and owes at the period's end",
    entities=("holdings",),
    rows=_last_balances,
    events=("first_observed_at", "observed_at"),
    measures={
        "instruments_count": level("instruments", "Holdings, debts among them.", "holdings", INTEGER),
        "assets_amount": _balance("assets", "Balances of what is held."),
        "liabilities_amount": _balance("liabilities", "Balances of what is owed."),
        **{f"{name}_amount": _balance(name, f"Balances held in {name}.") for name in CLASSES},
        **{f"{one}_risk_amount": _balance(f"{one}_risk", f"Balances held at {one} risk.") for one in RISKS},
    },
)
