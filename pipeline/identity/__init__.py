"""Identity: which accounts belong to which customer, and what is known of the customer.

Belongs here: pairs of accounts (``linkage``), clusters, the register of customer ids with its
events, guards, who counts in the population, values that survive from several accounts, the
crosswalk. Does not belong here: activity (``activity``) or features. All other stages go through the links.
"""

from pipeline.identity.crosswalk import crosswalk, naming_sources
from pipeline.identity.customers import customers
from pipeline.identity.excluding import Before, excluded_accounts
from pipeline.identity.guards import guard_trips
from pipeline.identity.links import seen_accounts
from pipeline.identity.overrides import waiting_overrides
from pipeline.identity.reconciled import reconciled_links
from pipeline.identity.resolving import Resolved, resolve
from pipeline.identity.survivorship import customer_identities, surviving_values

__all__ = [
    "Before",
    "Resolved",
    "crosswalk",
    "customer_identities",
    "customers",
    "excluded_accounts",
    "guard_trips",
    "naming_sources",
    "reconciled_links",
    "resolve",
    "seen_accounts",
    "surviving_values",
    "waiting_overrides",
]
