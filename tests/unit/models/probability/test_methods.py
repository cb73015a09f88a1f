"""Models of a probability: what they learn, and that frozen parameters alone give the same again."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pipeline.models.design import columns_of, fit_design
from pipeline.models.frame import Frame
from pipeline.models.parameters import from_json, rounded, to_json
from pipeline.models.probability import additive, logistic, measures
from pipeline.models.probability.calibration import fit_line, probability
from pipeline.models.probability.methods import features_read, fit_model, log_odds, predict
from tests.unit.models.probability.synthetic import (
    ADDITIVE,
    AVERAGE,
    COLUMNS,
    LOGISTIC,
    PLAIN,
    chance,
    origins,
)

[TRAINING, FRESH] = origins(2, customers=4_000)


def auc_of(method) -> float:
    models = [fit_model(one, TRAINING.frame, TRAINING.outcome, 1) for one in method.models]
    odds = np.mean([log_odds(one, FRESH.frame) for one in models], axis=0)
    return measures.auc(odds, FRESH.outcome) or 0.0


def test_steps_see_a_bend_that_a_straight_line_cannot():
    best = measures.auc(chance(FRESH.frame), FRESH.outcome) or 0.0
    assert auc_of(LOGISTIC) + 0.01 < auc_of(ADDITIVE) <= best + 0.002
    assert auc_of(ADDITIVE) >= best - 0.015


def test_a_model_without_columns_is_the_rate():
    model = fit_model(PLAIN.models[0], TRAINING.frame, TRAINING.outcome, 1)
    assert probability(log_odds(model, FRESH.frame)) == pytest.approx(TRAINING.outcome.mean(), abs=0.001)


def test_steps_are_exactly_what_the_boosted_trees_say():
    from sklearn.ensemble import HistGradientBoostingClassifier

    frame, outcome = TRAINING.frame, TRAINING.outcome
    parameters = additive.fit(COLUMNS, frame, outcome, 1)
    edges = [additive._edges(frame.number(one.feature)) for one in COLUMNS]
    bins = [
        additive._bins(FRESH.frame.number(one.feature), edge)
        for one, edge in zip(COLUMNS, edges, strict=True)
    ]
    trained = [
        additive._bins(frame.number(one.feature), edge) for one, edge in zip(COLUMNS, edges, strict=True)
    ]
    trees = HistGradientBoostingClassifier(
        learning_rate=additive.LEARNING_RATE,
        max_iter=additive.TREES,
        max_leaf_nodes=additive.LEAVES,
        min_samples_leaf=additive.LEAST_IN_LEAF,
        l2_regularization=additive.RIDGE,
        interaction_cst="no_interactions",
        early_stopping=False,
        random_state=1,
    ).fit(np.stack(trained, axis=1).astype(float), outcome)
    asked = trees.decision_function(np.stack(bins, axis=1).astype(float))
    assert additive.score(parameters, FRESH.frame) == pytest.approx(asked, abs=1e-9)


@pytest.mark.parametrize("kind", ["logistic", "additive"])
@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_one_outcome_alone_gives_a_finite_rate(kind, outcome):
    given = np.full(len(TRAINING.frame), outcome)
    fit = logistic.fit if kind == "logistic" else lambda *one: additive.fit(*one, 1)
    parameters = {"kind": kind} | fit(COLUMNS, TRAINING.frame, given)
    assert probability(log_odds(parameters, FRESH.frame)) == pytest.approx(outcome, abs=0.001)


def test_frozen_parameters_are_text_and_give_each_customer_the_same_whoever_stands_beside():
    models = [rounded(fit_model(one, TRAINING.frame, TRAINING.outcome, 1)) for one in AVERAGE.models]
    frozen = {"models": models, "slope": 1.1, "intercept": -0.2}
    read = from_json(to_json(frozen))
    assert features_read(read) == ["recency_days", "share"]
    whole = predict(frozen, FRESH.frame)
    flags = np.arange(len(FRESH.frame)) % 7 == 3
    assert (predict(read, FRESH.frame)[flags] == predict(read, FRESH.frame.taken(flags))).all()
    assert (predict(read, FRESH.frame) == whole).all()
    assert ((whole > 0) & (whole < 1)).all()


def test_the_log_odds_are_weights_times_columns():
    parameters = logistic.fit(COLUMNS, TRAINING.frame, TRAINING.outcome)
    rows = columns_of(parameters["design"], FRESH.frame)
    assert rows.shape[1] == 3  # the share is unknown of some
    expected = parameters["constant"] + rows @ np.array(parameters["weights"])
    assert logistic.score(parameters, FRESH.frame) == pytest.approx(expected, abs=1e-9)


def test_a_column_that_is_the_same_for_all_or_unknown_to_all_is_left_out():
    size = len(TRAINING.frame)
    frame = Frame(
        TRAINING.frame.customer_id, {"recency_days": np.full(size, 3.0), "share": np.full(size, np.nan)}, {}
    )
    assert fit_design(COLUMNS, frame) == []
    assert columns_of([], frame).shape == (size, 0)


def test_the_line_finds_what_is_off_and_a_short_record_leaves_the_model_as_it_is():
    random = np.random.default_rng(5)
    told = random.normal(0, 1.5, 20_000)
    outcome = (random.uniform(size=len(told)) < probability(0.7 * told - 0.4)).astype(float)
    assert fit_line(told, outcome) == pytest.approx((0.7, -0.4), abs=0.05)
    slope, intercept = fit_line(told[:5], outcome[:5])
    assert abs(slope - 1) < 0.35
    assert abs(intercept) < 0.5
    unpenalised = LogisticRegression(C=np.inf).fit(told[:, None], outcome)
    assert fit_line(told, outcome)[0] == pytest.approx(float(unpenalised.coef_[0, 0]), abs=0.01)
