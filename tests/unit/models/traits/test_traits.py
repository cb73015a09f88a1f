"""Posteriors lie between what was observed and the prior, and say truly how much they know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.models.traits import KINDS, Observed, levels, rates, shares

Floats = NDArray[np.float64]
PRIORS = {
    "rate": {"shape": 2.0, "rate": 60.0},
    "share": {"successes": 2.0, "failures": 6.0},
    "level": {"mean": 3.5, "variance": 0.5, "scatter": 1.5},
}
#: Days, or how many, of customers from hardly seen to well known.
EXPOSURES = {"rate": (10, 60, 360), "share": (1, 5, 40), "level": (1, 4, 30)}


def _traits(kind: str, size: int, chance: np.random.Generator) -> Floats:
    prior = PRIORS[kind]
    match kind:
        case "rate":
            return chance.gamma(prior["shape"], 1 / prior["rate"], size)
        case "share":
            return chance.beta(prior["successes"], prior["failures"], size)
        case _:
            return chance.normal(prior["mean"], np.sqrt(prior["variance"]), size)


def _drawn(kind: str, traits: Floats, exposure: Floats, chance: np.random.Generator) -> Observed:
    match kind:
        case "rate":
            return Observed(chance.poisson(traits * exposure).astype(float), exposure)
        case "share":
            return Observed(chance.binomial(exposure.astype(int), traits).astype(float), exposure)
        case _:
            scatter = PRIORS[kind]["scatter"]
            means = chance.normal(traits, np.sqrt(scatter / exposure))
            within = scatter * chance.chisquare(np.maximum(exposure - 1, 1)) * (exposure > 1)
            return Observed(means * exposure, exposure, means**2 * exposure + within)


def _company(kind: str, size: int, seed: int) -> tuple[Floats, Observed, np.random.Generator]:
    chance = np.random.default_rng(seed)
    traits = _traits(kind, size, chance)
    exposure = chance.choice(np.array(EXPOSURES[kind], float), size)
    return traits, _drawn(kind, traits, exposure, chance), chance


@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_finds_the_prior_that_customers_were_drawn_from(kind: str):
    _, observed, _ = _company(kind, 20_000, 1)
    fit = KINDS[kind].fit(observed, 100)
    assert fit.parameters is not None
    for name, planted in PRIORS[kind].items():
        assert fit.parameters[name] == pytest.approx(planted, rel=0.1), name
    assert fit.customers == 20_000


@pytest.mark.parametrize("seed", [1, 2, 167])
def test_a_fit_arrives_from_where_it_starts(seed: int):
    """Gaps of customers seen for three months; one company of 200 lay too far away for a thin simplex."""
    chance = np.random.default_rng(seed)
    rate, events = chance.gamma(2.4, 1 / 13, 1_500), chance.integers(1, 40, 1_500)
    days = chance.gamma(events, 1 / rate)
    seen = days < 90
    assert rates.fit(Observed(events[seen] * 1.0, np.ceil(days[seen])), 100).parameters is not None


@pytest.mark.parametrize("kind", KINDS)
def test_where_customers_do_not_differ_observations_tell_nothing_of_one(kind: str):
    chance = np.random.default_rng(2)
    exposure = chance.choice(np.array(EXPOSURES[kind], float), 20_000)
    observed = _drawn(kind, np.full(20_000, 0.3), exposure, chance)
    fit = KINDS[kind].fit(observed, 100)
    assert fit.parameters is not None
    assert KINDS[kind].posterior(fit.parameters, observed).evidence_share.max() < 0.15


@pytest.mark.parametrize("kind", KINDS)
def test_too_few_customers_give_no_prior(kind: str):
    _, observed, _ = _company(kind, 99, 3)
    fit = KINDS[kind].fit(observed, 100)
    assert fit.parameters is None
    assert not all(gate.passed for gate in fit.gates)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_observed_gives_the_prior_and_no_evidence(kind: str):
    nothing = Observed(np.array([np.nan, 0.0]), np.array([np.nan, 0.0]), np.array([np.nan, 0.0]))
    known = KINDS[kind].posterior(PRIORS[kind], nothing)
    assert known.evidence_share.tolist() == [0, 0]
    assert (
        known.mean[0] == known.mean[1] == pytest.approx({"rate": 2 / 60, "share": 0.25, "level": 3.5}[kind])
    )
    assert (known.spread > 0).all()


@pytest.mark.parametrize("kind", KINDS)
@given(own=st.floats(0.01, 0.99), seen=st.integers(1, 400), more=st.integers(1, 400))
def test_the_posterior_lies_between_own_mean_and_prior_and_nearer_to_own_the_more_was_seen(
    kind: str, own: float, seen: int, more: int
):
    counts = np.array([seen, seen + more], float)
    observed = Observed(own * counts, counts, own * own * counts)
    known = KINDS[kind].posterior(PRIORS[kind], observed)
    prior = KINDS[kind].posterior(PRIORS[kind], Observed(np.zeros(1), np.zeros(1), np.zeros(1)))
    low, high = sorted((own, float(prior.mean[0])))
    assert ((known.mean >= low - 1e-9) & (known.mean <= high + 1e-9)).all()
    assert 0 < known.evidence_share[0] < known.evidence_share[1] < 1
    assert abs(known.mean[1] - own) <= abs(known.mean[0] - own) + 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_the_evidence_share_is_by_how_much_the_variance_of_the_trait_shrank(kind: str):
    traits, observed, _ = _company(kind, 60_000, 4)
    known = KINDS[kind].posterior(PRIORS[kind], observed)
    for exposure in EXPOSURES[kind]:
        here = observed.exposure == exposure
        left = float(((traits - known.mean)[here] ** 2).mean()) / float(traits[here].var())
        assert known.evidence_share[here][0] == pytest.approx(1 - left, abs=0.03), exposure


@pytest.mark.parametrize("kind", KINDS)
def test_a_stated_interval_covers_the_next_draw_as_often_as_stated_at_every_level_of_evidence(kind: str):
    traits, observed, chance = _company(kind, 9_000, 5)
    ahead = {"rate": 360.0, "share": 40.0, "level": 4.0}[kind]
    drawn = _drawn(kind, traits, np.full(len(traits), ahead), chance).total
    low, high = KINDS[kind].next_draw(PRIORS[kind], observed, ahead, 0.8)
    drawn = drawn / ahead if kind == "level" else drawn
    for exposure in EXPOSURES[kind]:
        here = observed.exposure == exposure
        assert 0.77 <= float(((drawn >= low) & (drawn <= high))[here].mean()) <= 0.87, exposure


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_posterior_mean_would_lie_anew_is_what_a_second_draw_shows(kind: str):
    traits, observed, chance = _company(kind, 20_000, 6)
    module, prior = KINDS[kind], PRIORS[kind]
    borders = {"rate": [0.02, 0.04], "share": [0.2, 0.35], "level": [3.2, 3.8]}[kind]
    stated = module.anew(prior, observed, borders)
    assert stated.sum(axis=0) == pytest.approx(1)
    again = module.posterior(prior, _drawn(kind, traits, observed.exposure, chance)).mean
    bin_again = np.searchsorted(borders, again, side="right")
    for place in range(3):
        for low in (0.0, 0.25, 0.5, 0.75):
            here = (stated[place] >= low) & (stated[place] < low + 0.25 + 1e-9)
            if here.sum() > 500:
                assert float((bin_again == place)[here].mean()) == pytest.approx(
                    float(stated[place][here].mean()), abs=0.05
                )


def test_levels_ask_for_customers_with_two_values():
    once = Observed(np.ones(50), np.ones(50), np.ones(50))
    assert levels.fit(once, 10).parameters is None


@pytest.mark.parametrize("bunch", [1, 8])
def test_without_squares_the_scatter_is_read_off_how_means_differ_by_count(bunch: int):
    """In bunches, too: eight lines of an order that are all alike tell as much as one."""
    _, drawn, _ = _company("level", 20_000, 7)
    observed = Observed(drawn.total * bunch, drawn.exposure * bunch)
    fit = levels.fit(observed, 100)
    assert fit.parameters is not None
    known = levels.posterior(fit.parameters, observed).evidence_share
    assert known == pytest.approx(levels.posterior(PRIORS["level"], drawn).evidence_share, abs=0.04)


@pytest.mark.parametrize(
    ("scatter", "variance", "counts", "gates"),
    [
        (1.5, 0.5, (12, 12), ["scatter_shown"]),  # everybody gave as many values
        (1e-9, 0.5, (1, 30), ["scatter_shown"]),  # a value is the level itself
        (0.0, 0.0, (1, 30), ["distinct_means"]),  # everybody shows the same
    ],
)
def test_without_squares_nothing_is_taken_for_shown_that_is_not(
    scatter: float, variance: float, counts: tuple[int, int], gates: list[str]
):
    chance = np.random.default_rng(8)
    often = chance.integers(counts[0], counts[1] + 1, 2_000).astype(float)
    means = chance.normal(3, np.sqrt(variance + scatter / often))
    fit = levels.fit(Observed(means * often, often), 100)
    assert fit.parameters is None
    assert [one.name for one in fit.gates if not one.passed] == gates


def test_where_nobody_differs_next_to_nothing_is_believed_of_any_customer():
    """What differs is chance, so that a second look would show it elsewhere: no trait is as it was seen."""
    chance = np.random.default_rng(8)
    often = chance.integers(1, 31, 2_000).astype(float)
    seen = Observed(chance.normal(3, np.sqrt(1.5 / often)) * often, often)
    prior = levels.fit(seen, 100).parameters
    assert prior is not None
    known = levels.posterior(prior, seen)
    assert known.evidence_share.max() < 0.2
    assert np.ptp(known.mean) < 0.1 * np.ptp(seen.total / often)


@pytest.mark.parametrize("kind", KINDS)
def test_what_would_be_believed_after_a_second_look_is_foretold(kind: str):
    """Of customers at each level of evidence: mean and spread of the second belief, given the first."""
    traits, observed, chance = _company(kind, 60_000, 21)
    prior = PRIORS[kind]
    middle, spread = KINDS[kind].posterior(prior, observed).anew()
    again = KINDS[kind].posterior(prior, _drawn(kind, traits, observed.exposure, chance)).mean
    off = (again - middle) / spread
    for exposure in EXPOSURES[kind]:
        here = observed.exposure == exposure
        assert abs(off[here].mean()) < 0.03
        assert off[here].std() == pytest.approx(1, abs=0.04)
        # whatever was seen at first
        assert abs(np.corrcoef(middle[here], (again - middle)[here])[0, 1]) < 0.03


@given(own=st.floats(1, 400), seen=st.integers(1, 400), more=st.integers(1, 400))
def test_a_gap_lies_between_the_own_and_the_usual_one_and_is_known_by_events(
    own: float, seen: int, more: int
):
    events = np.array([0, seen, seen + more], float)
    known = rates.posterior_gap(PRIORS["rate"], Observed(events, own * events))
    usual = PRIORS["rate"]["rate"] / PRIORS["rate"]["shape"]
    assert known.mean[0] == pytest.approx(usual)
    low, high = sorted((own, usual))
    assert ((known.mean >= low - 1e-9) & (known.mean <= high + 1e-9)).all()
    assert known.evidence_share[0] == 0
    assert 0 < known.evidence_share[1] < known.evidence_share[2] < 1
    assert known.spread[2] / known.mean[2] < known.spread[1] / known.mean[1]


def test_many_trials_are_as_exact_as_few():
    observed = Observed(np.array([60.0]), np.array([201.0]))
    near = Observed(np.array([60.0]), np.array([200.0]))
    prior = PRIORS["share"]
    assert shares.anew(prior, observed, [0.3])[0] == pytest.approx(
        shares.anew(prior, near, [0.3])[0], abs=0.03
    )


def test_rates_of_customers_seen_for_different_spans_compare():
    known = rates.posterior(PRIORS["rate"], Observed(np.array([1.0, 12.0]), np.array([30.0, 360.0])))
    assert known.mean[0] == pytest.approx(3 / 90)
    assert known.mean[1] == pytest.approx(14 / 420)
    assert known.evidence_share.tolist() == pytest.approx([1 / 3, 6 / 7])
