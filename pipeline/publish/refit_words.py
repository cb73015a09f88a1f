"""Fits in plain words: what major findings asked for and what became of it, and why nobody has a segment.

Belongs here: sentences about one row of ``SCHEME_VERSIONS``. Does not belong here: asking or fitting
(``segments``), the gates one by one (``listings``).
"""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.publish.texts import Words


def fitted_on_findings(row: Mapping[str, Any], words: Words, period: str | None = None) -> str:
    """Why the last fit of a scheme was asked for, and what became of it; empty where no finding did.

    With ``period`` only of a fit of that period.
    """
    fit = json.loads(row["gates"]) if row["gates"] else {}
    about = fit.get("major_findings", ())
    if not about or (period is not None and fit["period"] != period):
        return ""
    asked = words("refit_asked", period=fit["period"], subjects=words("list").join(map(words.feature, about)))
    failed = sum(not one["passed"] for one in fit["gates"])
    became = words(
        f"refit_{fit['decision']}",
        version=row["scheme_version"],
        failed=failed,
        count=len(fit["gates"]),
    )
    return words("look_join").join([asked, became])


def nobody_assigned(row: Mapping[str, Any] | None, words: Words) -> str:
    """Why a scheme that the project has sources for assigns nobody, by the gates of its last fit.

    ``row`` is its card, if there is one. Clusters may be refused because customers shade into each other, or
    because no grouping is found again; everything else is too few periods, or too little evidence.
    """
    fit = json.loads(row["gates"]) if row and row["gates"] else {}
    failed = {one["name"] for one in fit.get("gates", ()) if not one["passed"]}
    if failed and failed <= {"fullest_valley_share", "clusters"}:
        return words("scheme_continuum")
    if failed & {"adjusted_rand_index", "smallest_cluster_jaccard"}:
        return words("scheme_unstable")
    return words("scheme_not_fitted")
