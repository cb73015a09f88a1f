"""Maximum likelihood of positive parameters: several starts, one polish, and the gates.

Belongs here: the search, standard errors, gates. Does not belong here: any likelihood.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pipeline.models.fitting import Fit, Gate, at_least, at_most
from pipeline.models.frame import Floats

#: ``(parameters) -> (log-likelihood, its gradient)`` of all customers together.
LogLikelihood = Callable[[Floats], tuple[float, Floats]]

#: Parameters are sought between e^-9 and e^9 (.0001 and 8,100): shapes beyond are a point mass or nothing.
BOUND = 9.0
#: A parameter within a hundredth of a bound (in logarithms) has run away.
MARGIN = 0.01
#: Slope in the logarithm of a parameter, a customer: what one more step could gain is below its square.
SLOPE = 1e-5
#: The loosest direction may have a standard error of so much, in logarithms: beyond, the data tell the
#: parameters within a factor of e^4 (95%), which is to say not at all.
LOOSEST = 2.0
#: Fewest customers with a repeat order: two a parameter and a few more.
FEWEST = 12
#: A ``rough`` likelihood is that of cells a twentieth of the longest age wide.
ROUGH = 20
_POLISHING, _STEP = 12, 1e-4


def maximise(
    names: Sequence[str],
    log_likelihood: LogLikelihood,
    starts: Sequence[Sequence[float]],
    customers: float,
    rough: LogLikelihood | None = None,
) -> Fit:
    """The parameters ``names``, all above zero, that maximise ``log_likelihood``; always the same ones.

    L-BFGS-B in the logarithms from each of ``starts``, the best of them polished by Newton's steps.
    With ``rough``, a cheaper likelihood close to the true one, the starts are tried on that.

    Gates: ``converged`` (slope a customer), ``finite``, ``inside_bounds``, ``loosest_direction``
    (largest standard error of any combination of the logarithms). Parameters are none where one
    fails. Notes: ``log_likelihood``, ``standard_errors`` (delta method on the Hessian), ``starts``.
    """
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    def down(logs: Floats, of: LogLikelihood) -> tuple[float, Floats]:
        value, gradient = of(np.exp(logs))
        return -value / customers, -gradient * np.exp(logs) / customers

    found = []
    with threadpool_limits(1):  # of so few numbers: more threads only wait for each other
        for start in starts:
            first = np.clip(np.log(np.asarray(start, np.float64)), -BOUND + 1, BOUND - 1)
            result = minimize(
                down,
                first,
                (rough or log_likelihood,),
                jac=True,
                method="L-BFGS-B",
                bounds=[(-BOUND, BOUND)] * len(names),
                options={"ftol": 1e-13, "gtol": 1e-7},
            )
            if np.isfinite(result.fun):
                found.append((float(result.fun), tuple(result.x)))
    if not found:
        return Fit(None, (at_least("finite", None, 1.0),), round(customers))

    def slope(logs: Floats) -> Floats:
        return down(logs, log_likelihood)[1]

    def rough_slope(logs: Floats) -> Floats:
        return down(logs, rough or log_likelihood)[1]

    best = np.array(min(found)[1])
    logs, gradient = _polished(best, slope, _curvature(best, rough_slope))
    curvature = _curvature(logs, slope)
    value = -down(logs, log_likelihood)[0] * customers
    gates = _gates(logs, gradient, curvature * customers, value)
    notes: dict[str, Any] = {"log_likelihood": value, "starts": len(starts)}
    if gates[-1].passed:
        errors = np.exp(logs) * np.sqrt(np.diag(np.linalg.inv(curvature * customers)))
        notes["standard_errors"] = dict(zip(names, errors.tolist(), strict=True))
    parameters = dict(zip(names, np.exp(logs).tolist(), strict=True))
    return Fit(parameters if all(gate.passed for gate in gates) else None, gates, round(customers), notes)


def _polished(logs: Floats, slope: Callable[[Floats], Floats], curvature: Floats) -> tuple[Floats, Floats]:
    """Newton's steps while the slope falls, and the slope there; ``curvature`` need only be close."""
    gradient = slope(logs)
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature)[0] <= 0:
        return logs, gradient
    for _ in range(_POLISHING):
        further = logs - np.clip(np.linalg.solve(curvature, gradient), -1.0, 1.0)
        there = slope(further)
        if (np.abs(further) > BOUND).any() or not np.abs(there).max() < np.abs(gradient).max():
            break
        logs, gradient = further, there
        if np.abs(gradient).max() < SLOPE * 1e-4:
            break
    return logs, gradient


def _curvature(logs: Floats, slope: Callable[[Floats], Floats]) -> Floats:
    steps = np.eye(len(logs)) * _STEP
    rows = np.array([(slope(logs + step) - slope(logs - step)) / (2 * _STEP) for step in steps])
    return np.asarray((rows + rows.T) / 2)


def _gates(logs: Floats, gradient: Floats, curvature: Floats, value: float) -> tuple[Gate, ...]:
    finite = bool(np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(curvature).all())
    loosest = None
    if finite and (smallest := float(np.linalg.eigvalsh(curvature)[0])) > 0:
        loosest = smallest**-0.5
    return (
        at_most("converged", float(np.abs(gradient).max()) if finite else None, SLOPE),
        at_least("finite", float(finite), 1.0),
        at_least("inside_bounds", float(BOUND - np.abs(logs).max()), MARGIN),
        at_most("loosest_direction", loosest, LOOSEST),
    )
