"""``python -m tests.benchmarks companies [NAME …] [--small]``: companies run from YAML, beside pandas."""

import sys
import tempfile
from pathlib import Path

from tests.benchmarks.companies import database, drops, journey, retail, telco
from tests.benchmarks.companies.trial import Trial, Tried, row_accounts, table, unaccounted

TRIALS: dict[str, Trial] = {
    "retail": retail.trial,
    "telco": telco.trial,
    "database": database.trial,
    "drops": drops.trial,
    "journey": journey.trial,
}


def show(name: str, tried: Tried) -> bool:
    """Print what was read and what was compared; whether all is equal."""
    accounts = row_accounts(tried.project)
    print(f"\n{name}: {len(table(tried.project, 'published/customer_segments')):,} published rows")
    for source, one in accounts.items():
        fates = " + ".join(f"{count:,} {fate}" for fate, count in one.items() if fate not in ("read", "late"))
        print(f"  {source}: {one['read']:,} read = {fates} ({one['late']:,} late)")
    for value in tried.values:
        said = "equal" if value.equal else f"NOT EQUAL, expected {value.expected}"
        shown = f"{len(value.found):,} of them" if isinstance(value.found, set) else value.found
        print(f"  {value.what}: {shown}: {said}", flush=True)
    return not unaccounted(accounts) and all(value.equal for value in tried.values)


def main(arguments: list[str]) -> None:
    """Try the companies that are named (none: all); exit code 1 when one value differs."""
    wanted = [one for one in arguments if one != "--small"] or list(TRIALS)
    right = []
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            right.append(show(name, TRIALS[name](Path(folder), "--small" in arguments)))
    if not all(right):
        raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
