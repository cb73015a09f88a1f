"""Identity: which accounts belong to which customer, and what is known of the customer.

Belongs here: links from accounts to customers, who counts in the population, attributes that
survive from several accounts. Does not belong here: activity (``activity``) or features.

Accounts are customers for now; all other stages go through the links, so that matching can
come without touching them.
"""

from pipeline.identity.customers import customers
from pipeline.identity.links import account_links

__all__ = ["account_links", "customers"]
