"""Linkage: how likely two accounts are one customer.

Belongs here: identities of accounts, the linkage model, pairs with their evidence. Does not
belong here: customers, their ids, guards (``identity``). The only package that imports Splink.
"""

from pipeline.identity.linkage.identities import account_identities
from pipeline.identity.linkage.model import fit
from pipeline.identity.linkage.pairs import account_pairs
from pipeline.identity.linkage.refine import refined
from pipeline.identity.linkage.spreading import linked_accounts

__all__ = ["account_identities", "account_pairs", "fit", "linked_accounts", "refined"]
