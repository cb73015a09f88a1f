"""Features: what is known of each customer of the population as of the end of a period.

Belongs here: one module a family of the catalogue, and the sums over ledgers they share. Does
not belong here: what a feature means (``tables.catalogue``), or any judgement on it (``segments``).

All features come from ledgers, links and customers, never from raw or clean rows, so one more
period costs the same however long the history is (law L10).
"""

from pipeline.features.customer_features import customer_features
from pipeline.features.inputs import FeatureInputs

__all__ = ["FeatureInputs", "customer_features"]
