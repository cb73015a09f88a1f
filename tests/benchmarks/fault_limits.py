"""What an observer could see at best of rows missing on all days alike, by what each loss leaves behind.

``python -m tests.benchmarks fault_limits [demo_company …] [--customers 1500 --company-seed 41]``. Of the
orders of the last period: by how much a loss of a fifth, or of 30%, moves each measure, how much counting
alone moves it, how much it moved from month to month while nothing was missing, and the power of a test at
``health.false_alarm`` by an observer who knows that scale exactly (and that it is normal). Nothing that reads
the same measure can do better; what knows the season in advance could.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from math import exp, log
from pathlib import Path
from statistics import NormalDist

import numpy as np

from pipeline.health.absent import left
from pipeline.health.profile import Profile, profiles_by_source
from tests.benchmarks.faults import PROJECTS, Company, add_company, prepared

SHARES = (0.2, 0.3)
_BACK = 3
#: Name, effect of each share lost, error of counting, and values of a measure by month, on the logarithm.
Measure = tuple[str, Sequence[float], float, Sequence[float]]


def measures(mine: Sequence[Profile], other: tuple[str, Sequence[Profile]] | None) -> Iterator[Measure]:
    """Measures of a source of orders, oldest month first; ``other`` is another one of the same months."""
    gone = [log(1 - share) for share in SHARES]
    orders = np.array([one.one("orders") for one in mine])
    yield "orders", gone, (2 / orders[-1]) ** 0.5, np.diff(np.log(orders)).tolist()
    if other:
        beside = np.array([one.one("orders") for one in other[1]])
        error = (2 / orders[-1] + 2 / beside[-1]) ** 0.5
        yield f"orders beside {other[0]}", gone, error, np.diff(np.log(orders / beside)).tolist()
    lines = [{int(key): n for key, n in one.by_item("orders_by_lines").items()} for one in mine]
    yield "lines an order", [_shorter(lines[-1], share) for share in SHARES], *_lines(lines)
    days = [one.by_item("days_by_account") for one in mine]
    found = [left(days[at - _BACK : at], days[at], None) for at in range(_BACK, len(days))]
    still = [one for one in found if one]
    if len(still) > 1:
        mean = sum(one for one, _ in still) / len(still)
        yield "accounts that come at all", gone, still[-1][1], [one - mean for one, _ in still]
    for column in mine[-1].columns("numbers"):
        number = [_next(one, column) for one in mine]
        share, count = exp(number[-1]), mine[-1].one("numbers", "different", column)
        error = ((1 - share) / max(share * count, 1)) ** 0.5
        yield (
            f"numbers followed by the next ({column})",
            gone,
            error,
            [one - sum(number) / len(number) for one in number],
        )


def _next(one: Profile, column: str) -> float:
    item = one.by_item("numbers", column)
    return log((item.get("followed", 0.0) + 0.5) / (item.get("different", 0.0) + 1))


def _shorter(orders: Mapping[int, float], share: float) -> float:
    """Logarithm of how many times as many lines are left an order where a share of the lines is lost."""
    whole = sum(orders.values())
    return log((1 - share) / (1 - sum(n / whole * share**lines for lines, n in orders.items())))


def _lines(by_month: Sequence[Mapping[int, float]]) -> tuple[float, Sequence[float]]:
    """Error of counting lines an order in two months, and steps of it from month to month."""
    logs, errors = [], []
    for one in by_month:
        size, count = np.array(list(one)), np.array(list(one.values()))
        mean = float(np.average(size, weights=count))
        logs.append(log(mean))
        errors.append(float(np.average((size - mean) ** 2, weights=count)) ** 0.5 / mean / count.sum() ** 0.5)
    return (2 * errors[-1] ** 2) ** 0.5, np.diff(logs).tolist()


def show(company: Company) -> None:
    """Print a line a measure."""
    by_source, name = profiles_by_source(company.profiles), company.columns.source
    mine = [by_source[name][period] for period in company.periods]
    others = [one for one in company.project.sources_of("orders") if one != name]
    other = (others[0], [by_source[others[0]][period] for period in company.periods]) if others else None
    level = -NormalDist().inv_cdf(company.project.health.false_alarm)
    for measure, effects, error, seen in measures(mine, other):
        usual = float(np.mean(np.square(seen))) ** 0.5
        scale = max(error, usual, 1e-9)
        power = [NormalDist().cdf(abs(effect) / scale - level) for effect in effects]
        said = "  ".join(
            f"{share:.0%} lost: {effect:+.3f}, power {one:.0%}"
            for share, effect, one in zip(SHARES, effects, power, strict=True)
        )
        print(f"{measure:45} counting {error:.3f}  months {usual:.3f}  {said}", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Print the table of each company."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", default=PROJECTS)
    parser.add_argument("--lake", type=Path)
    add_company(parser)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fault_limits_") as folder:
        for name in asked.projects:
            print(f"\n{name}", flush=True)
            company = Company(prepared(name, asked.lake or Path(folder), asked.customers, asked.company_seed))
            with closing(company.platform):
                show(company)


if __name__ == "__main__":
    main()
