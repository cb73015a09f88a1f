"""Reasons: up to three features that weighed most in an assignment.

Belongs here: choosing them and writing them as Arrow lists, without a loop over customers.
Does not belong here: what a contribution is; that is each scheme's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.engine.coded import coded, of_codes
from pipeline.models.frame import Flags, Floats, Integers
from pipeline.models.rounding import told
from pipeline.tables.fields import REASON, reason_part

REASONS_KEPT = 3
_REASONS, _DIRECTIONS = coded(pa.list_(REASON)), ("lowers", "raises")
_CONTRIBUTION = reason_part("contribution")
#: Below every size of a contribution: a reason that is only named, and none at all.
_NAMED_ONLY, _NO_REASON = -1.0, -2.0


@dataclass(frozen=True)
class Reasons:
    """Reasons of each customer (reasons x customers), weightiest first.

    ``index`` counts in ``features``; -1 is none. A NaN value or contribution is one that is withheld. Values
    are as ``Frame.told`` has them.
    """

    features: tuple[str, ...]
    index: Integers
    value: Floats
    contribution: Floats

    def to_arrow(self, is_assigned: Flags) -> pa.Array:
        """List of ``REASON`` with codes in place of texts for each customer, null where not assigned."""
        present = (self.index >= 0) & is_assigned
        taken = present.T.ravel()
        index = self.index.T.ravel()[taken]
        contribution = told(self.contribution.T.ravel()[taken], _CONTRIBUTION)
        offsets = np.zeros(present.shape[1] + 1, np.int32)
        np.cumsum(present.sum(axis=0), out=offsets[1:])
        value = self.value.T.ravel()[taken]
        withheld = np.isnan(contribution)
        direction = np.where(withheld, -1, (contribution >= 0).astype(np.int8))
        structs = pa.StructArray.from_arrays(
            [
                of_codes(index, self.features),
                pa.array(value, mask=np.isnan(value)),
                of_codes(direction, _DIRECTIONS),
                pa.array(contribution, mask=withheld),
            ],
            fields=list(_REASONS.value_type),
        )
        return pa.ListArray.from_arrays(
            pa.array(offsets), structs, type=_REASONS, mask=pa.array(~is_assigned)
        )


def weightiest(
    features: Sequence[str], values: Floats, contributions: Floats, withheld: Collection[str] = ()
) -> Reasons:
    """The three largest contributions by size (features x customers); ties in the order of ``features``.

    A NaN contribution is no reason. A ``withheld`` feature is only named: it comes after all others,
    whatever its contribution, and its value, direction and contribution are NaN (law L6).
    """
    sizes = np.where(np.isnan(contributions), _NO_REASON, np.abs(np.round(contributions, 6)))
    hidden = np.array([one in withheld for one in features])[:, None]
    sizes = np.where(hidden & ~np.isnan(contributions), _NAMED_ONLY, sizes)
    values, contributions = (np.where(hidden, np.nan, one) for one in (values, contributions))
    order = np.argsort(-sizes, axis=0, kind="stable")[:REASONS_KEPT]
    kept = np.take_along_axis(sizes, order, axis=0) > _NO_REASON
    return Reasons(
        tuple(features),
        np.where(kept, order, -1),
        np.take_along_axis(values, order, axis=0),
        np.take_along_axis(contributions, order, axis=0),
    )
