"""Thresholds of rules that a fit finds: whose values they are quantiles of."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.models.frame import Frame, Sample
from pipeline.schemes.kinds import rules
from pipeline.settings import Project
from tests.conftest import shop_settings


def test_customers_with_too_little_evidence_do_not_say_what_is_much():
    project = Project(
        **shop_settings(schemes=[{"scheme": "usage_style"}], segments={"min_customers_to_fit": 10}),
        folder=Path(),
    )
    document = project.every_scheme["usage_style"]
    numbers = {name: np.zeros(22) for name in document.features()}
    numbers["minutes_per_30_days_12p"] = np.array([*range(1, 12), *[100.0] * 11])
    numbers["uses_count_12p"] = np.array([5.0] * 11 + [1.0] * 11)
    fit = rules.fit(document, Sample(Frame(pa.array(["c"] * 22), numbers, {}), None), project, None)
    (voice,) = [one for one in fit.parameters["rules"] if one["segment"] == "voice_heavy"]
    # those of whom one use was seen are in no segment, so they are no users to compare with
    assert voice["when"]["at_least"] == 8.5
