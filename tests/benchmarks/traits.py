"""The repeat-draw test: does what is said of a customer's traits hold of what is observed next?

    python -m tests.benchmarks traits                 # customers drawn from known traits
    segments run --project data/complete_journey
    python -m tests.benchmarks traits --project data/complete_journey

Drawn: 50,000 customers of each kind of trait, seen once or often; priors are fitted on them, and 80%
intervals of what each shows next are compared with a draw from its own trait, in each tenth of evidence.
Numbers of events lie in few places, so that an interval holds more than it states; *by lot* such a number is
counted at one of its places, so that exactly 80% are meant. Beside it, where evidence is above one half:
whether customers rank by what is believed of them as by what they are. Real: priors fitted on the features
of each period, orders and mean order value of the next one beside the intervals.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import betabinom, nbinom, spearmanr

from pipeline.engine.duck import DuckEngine
from pipeline.features import customer_features_table
from pipeline.models.frame import Flags, Floats
from pipeline.models.traits import KINDS, Observed, levels, rates
from pipeline.schemes.kind import WINDOW_DAYS
from pipeline.settings import EngineSettings, Project, load_project

CUSTOMERS, FEWEST, LEVEL, TENTHS = 50_000, 50, 0.8, 10
#: Shares of intervals that hold, within which a stated 80% is taken to be true.
HELD = (0.75, 0.85)
#: Where evidence is above the first, customers rank by what is believed as by what they are: the second.
KNOWN, RANKED = 0.5, 0.8


def main() -> None:
    """Print how often intervals held, and whether in each tenth as often as stated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path)
    folder = parser.parse_args().project
    sys.exit(0 if (_real(load_project(folder)) if folder else _drawn()) else 1)


def _drawn() -> bool:
    chance = np.random.default_rng(1)
    right = True
    for name, draw in {"rate": _rates, "share": _shares, "level": _levels}.items():
        observed, ahead, drawn, own = draw(chance)
        prior = KINDS[name].fit(observed, FEWEST).parameters
        assert prior is not None
        low, high = KINDS[name].next_draw(prior, observed, ahead, LEVEL)
        inside = (drawn >= low) & (drawn <= high)
        law = _law(name, prior, observed, ahead)
        by_lot = inside if law is None else _by_lot(law, drawn, chance)
        believed = KINDS[name].posterior(prior, observed)
        evidence = believed.evidence_share
        tenth = np.argsort(np.argsort(evidence)) * TENTHS // len(evidence)
        print(f"\n== {name}: {', '.join(f'{key} {value:.4g}' for key, value in prior.items())}")
        known = evidence > KNOWN
        ranks = spearmanr(believed.mean[known], own[known]).statistic
        right &= ranks >= RANKED
        print(f"{known.sum():,} with evidence above {KNOWN}: rank correlation with the trait {ranks:.3f}")
        print("| tenth | evidence share | held | by lot |")
        print("| --- | --- | --- | --- |")
        for at in range(TENTHS):
            here = tenth == at
            held = float(by_lot[here].mean())
            right &= HELD[0] <= held <= HELD[1]
            print(f"| {at + 1} | {evidence[here].mean():.2f} | {inside[here].mean():.3f} | {held:.3f} |")
    return right


def _rates(chance: np.random.Generator) -> tuple[Observed, float, Floats, Floats]:
    """Orders of customers seen for a day to a year, and of the next 30 days."""
    days = np.exp(chance.uniform(0, np.log(365), CUSTOMERS))
    rate = chance.gamma(1.2, 1 / 15, CUSTOMERS)
    seen = Observed(chance.poisson(rate * days).astype(float), days)
    return seen, 30.0, chance.poisson(rate * 30) * 1.0, rate


def _shares(chance: np.random.Generator) -> tuple[Observed, float, Floats, Floats]:
    """Shares of one to 200 orders, and of the next ten."""
    orders = np.floor(np.exp(chance.uniform(0, np.log(200), CUSTOMERS)))
    share = chance.beta(1.5, 4.0, CUSTOMERS)
    seen = Observed(chance.binomial(orders.astype(int), share).astype(float), orders)
    return seen, 10.0, chance.binomial(10, share) * 1.0, share


def _levels(chance: np.random.Generator) -> tuple[Observed, float, Floats, Floats]:
    """Logarithms of one to 200 order values of which the mean alone is known, and of the next one."""
    orders = np.floor(np.exp(chance.uniform(0, np.log(200), CUSTOMERS)))
    own = chance.normal(3.3, 0.5, CUSTOMERS)
    means = chance.normal(own, 1.0 / np.sqrt(orders))
    return Observed(means * orders, orders), 1.0, chance.normal(own, 1.0), own


def _law(
    kind: str, prior: dict[str, float], seen: Observed, ahead: float
) -> Callable[[Floats], Floats] | None:
    """Probability of at most so many in the next draw; none where values are no numbers of events."""
    below: Callable[[Floats], Floats]
    match kind:
        case "rate":
            shape, rate = prior["shape"] + seen.total, prior["rate"] + seen.exposure
            below = nbinom(shape, rate / (rate + ahead)).cdf
        case "share":
            ours = prior["successes"] + seen.total
            below = betabinom(int(ahead), ours, prior["failures"] + seen.exposure - seen.total).cdf
        case _:
            return None
    return below


def _by_lot(below: Callable[[Floats], Floats], drawn: Floats, chance: np.random.Generator) -> Flags:
    """Whether each number lies inside, one that holds several places of its law at one of them by lot."""
    before = below(drawn - 1)
    place = before + chance.random(len(drawn)) * (below(drawn) - before)
    return np.abs(place - 0.5) < LEVEL / 2


def _real(project: Project) -> bool:
    stored = _stored(project)
    periods = sorted(stored)
    print("| fitted on | customers | orders held (fifths of evidence) | by lot | order value held |")
    print("| --- | --- | --- | --- | --- |")
    held = []
    warm = project.segments.warm_up_periods
    for now, after in zip(periods[warm - 1 :], periods[warm:], strict=False):
        both = stored[now].merge(stored[after], on="customer_id", suffixes=("", "_next"))
        inside, by_lot = _orders_held(both, project, after)
        # Most have been seen as long: of the others evidence is told by how much they ordered.
        fifth = np.argsort(np.argsort(both["orders_count_12p"].to_numpy(), kind="stable")) * 5 // len(both)
        parts = " ".join(f"{inside[fifth == at].mean():.2f}" for at in range(5))
        values = _values_held(both)
        held += [float(inside.mean()), values]
        lot = f"{by_lot.mean():.3f}"
        print(f"| {now} | {len(both):,} | {inside.mean():.3f} ({parts}) | {lot} | {values:.3f} |")
    return all(HELD[0] <= one <= HELD[1] for one in held)


def _stored(project: Project) -> dict[str, pd.DataFrame]:
    contract = customer_features_table(project.catalogue)
    files = sorted((project.lake_path / contract.path).glob("period=*/*.parquet"))
    if not files:
        sys.exit(f"{project.lake_path / contract.path} is empty: run segments run --project … first")
    engine = DuckEngine(EngineSettings())
    try:
        columns = (
            "period", "customer_id", "tenure_days", "orders_count_12p", "average_order_amount_12p",
            "order_amount_variation_12p", "orders_count_1p", "net_amount_1p",
        )  # fmt: skip
        rows = engine.to_arrow(engine.read(files, contract).select(*columns)).to_pandas()
    finally:
        engine.close()
    rows["customer_id"] = rows["customer_id"].astype(str)
    numbers = [one for one in columns if one not in ("period", "customer_id")]
    rows[numbers] = rows[numbers].astype(float)
    return {str(period): part for period, part in rows.groupby("period", observed=True)}


def _orders_held(both: pd.DataFrame, project: Project, after: str) -> tuple[Flags, Flags]:
    """Of the orders of the next period of each customer: whether the interval holds them; by lot."""
    days = both["tenure_days"].clip(1, WINDOW_DAYS[project.period]).to_numpy()
    observed = Observed(np.maximum(both["orders_count_12p"].to_numpy() - 1, 0), days)
    prior = rates.fit(observed, FEWEST).parameters
    assert prior is not None
    ahead = float(project.calendar.days(after))
    low, high = rates.next_draw(prior, observed, ahead, LEVEL)
    came = both["orders_count_1p_next"].to_numpy()
    law = _law("rate", prior, observed, ahead)
    assert law is not None
    return (came >= low) & (came <= high), _by_lot(law, came, np.random.default_rng(1))


def _values_held(both: pd.DataFrame) -> float:
    """Of the mean order value of the next period, of who ordered."""
    often = both["orders_count_12p"].to_numpy()
    means = np.log1p(both["average_order_amount_12p"].to_numpy())
    scatter = np.log1p(np.nan_to_num(both["order_amount_variation_12p"].to_numpy()) ** 2)
    squares = means**2 * often + np.maximum(often - 1, 0) * scatter
    observed = Observed(means * often, often, squares)
    prior = levels.fit(observed, FEWEST).parameters
    if prior is None:
        return float("nan")
    came = both["orders_count_1p_next"].to_numpy()
    inside = []
    for ahead in np.unique(came[came > 0]):
        here = came == ahead
        low, high = levels.next_draw(prior, observed.taken(here), float(ahead), LEVEL)
        value = np.log1p(np.maximum(both["net_amount_1p_next"].to_numpy()[here] / ahead, 0))
        known = observed.taken(here).is_seen
        inside.append(((value >= low) & (value <= high))[known])
    return float(np.concatenate(inside).mean())


if __name__ == "__main__":
    main()
