"""Probabilities: methods that give one, how they are calibrated, measured, chosen and tested.

Belongs here: from rows of known numbers and an outcome to frozen parameters as plain arrays, and back to
probabilities. Does not belong here: what is forecast, from which features, or where rows come from
(``forecasts``).
"""
