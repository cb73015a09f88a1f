"""What scoring reads: features in the order of their customers, with the segment each one is in.

Belongs here: joining the inputs of ``assign`` and telling which schemes were refitted. Does not
belong here: scoring (``assignments``).
"""

from collections.abc import Collection

import pyarrow as pa
from ibis.expr import types as ir

from pipeline.models.parameters import from_json
from pipeline.schemes.serving import is_applicable
from pipeline.schemes.teaching.lessons import periods_read
from pipeline.settings import Project, TaughtDocument


def remembering(project: Project) -> list[str]:
    """Schemes of which scoring reads the segment of the period before: all that the project uses."""
    return [name for name, one in project.every_scheme.items() if is_applicable(one, project)]


def periods_learned(project: Project) -> int:
    """Newest periods whose features fits of schemes read: this one and the one before, more where labels of
    later periods teach."""
    taught = [one for one in project.every_scheme.values() if isinstance(one, TaughtDocument)]
    return max([2, *(periods_read(one) for one in taught)])


def placed_anew(versions: pa.Table) -> set[str]:
    """Schemes whose version of this period puts everybody where its borders say: it took the place of a
    provisional one (``challengers``), whose segments bind nobody."""
    return {
        row["scheme"]
        for row in versions.to_pylist()
        if row["is_refit"] and from_json(row["gates"]).get("places_anew")
    }


def scoring_input(
    features: ir.Table,
    previous: ir.Table | None,
    project: Project,
    columns: Collection[str] | None = None,
    anew: Collection[str] = (),
) -> ir.Table:
    """``CUSTOMER_FEATURES`` by customer, with ``previous_segment_<scheme>`` for schemes that remember.

    Of the features only ``columns``, where they are named (``columns_read``): all are sorted, and many more
    than schemes read.

    ``previous`` are ``ASSIGNMENTS`` of the period before, none in the first; those in schemes ``anew`` are
    forgotten. The order is fixed so that batches, and with them floating-point results, do not depend on
    threads (law L3).
    """
    kept = features.columns if columns is None else list(dict.fromkeys(["customer_id", *columns]))
    names = {scheme: f"previous_segment_{scheme}" for scheme in remembering(project)}
    if previous is None or not names:
        rows = features.mutate(**{column: _no_segment(features) for column in names.values()})
    else:
        # One pass over all schemes: a customer has one row in each.
        some = [one for one in names if one not in anew]
        held = previous.filter(previous.segment_id.notnull(), previous.scheme.isin(some))
        segments = {
            column: held.segment_id.max(where=held.scheme == scheme) for scheme, column in names.items()
        }
        rows = features.left_join(held.group_by("customer_id").aggregate(**segments), "customer_id")
    return rows.select(*kept, *names.values()).order_by("customer_id")


def _no_segment(rows: ir.Table) -> ir.Value:
    return rows.customer_id.nullif(rows.customer_id)


def refitted_schemes(versions: pa.Table, previous: pa.Table | None) -> set[str]:
    """Schemes in force in both periods whose version changed."""
    if previous is None:
        return set()
    before = _versions(previous)
    return {
        scheme for scheme, version in _versions(versions).items() if before.get(scheme, version) != version
    }


def first_fitted(versions: pa.Table, previous: pa.Table | None) -> set[str]:
    """Schemes that assign customers now and could not in the period before; or no longer can."""
    before = set() if previous is None else _in_force(previous)
    return _in_force(versions) ^ before


def _in_force(versions: pa.Table) -> set[str]:
    return {row["scheme"] for row in versions.to_pylist() if row["status"] == "assigned"}


def _versions(versions: pa.Table) -> dict[str, str]:
    return {row["scheme"]: row["scheme_version"] for row in versions.to_pylist() if row["scheme_version"]}
