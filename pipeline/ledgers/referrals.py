"""The ledger of referrals: whom customers brought.

Belongs here: referrals made. Does not belong here: those received (of the account that was referred).
"""

from pipeline.ledgers.declaration import Ledger, count

referrals = Ledger(
    "referrals",
    "one account in one period: referrals that it made",
    entities=("referrals",),
    events=("referred_at", "referred_at"),
    measures={"referrals_count": count("Referrals made.", "referrals")},
)
