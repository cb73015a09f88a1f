"""Entities of people: profiles, referrals, consents."""

from pipeline.tables import fields as f
from pipeline.tables.entities.model import Entity, event
from pipeline.tables.model import table

_PROFILE = (
    f.gender, f.age_group, f.income_amount, f.currency, f.occupation, f.education, f.marital_status, f.household_size_count,
    f.children_count, f.home_ownership, f.language, f.city, f.city_tier, f.settlement, f.population_density,
    f.region, f.country, f.acquisition_channel, f.created_at, f.updated_at,
)

PROFILES = Entity(
    clean=table(
        "clean",
        "profiles",
        "one account as its source knows it",
        "period account_id",
        (f.period, f.source, f.account_id, *_PROFILE),
        " ".join(one.name for one in _PROFILE),
    ),
    event_time=None,
    mapped=_PROFILE,
    needed=frozenset(),
    identifiers=(
        f.full_name, f.given_name, f.family_name, f.email, f.phone, f.address, f.postcode, f.birth_date, f.national_id,
    ),
)

REFERRALS = Entity(
    clean=table(
        "clean",
        "referrals",
        "one referral of an account by another",
        "period source line_key",
        (f.period, f.source, f.account_id, f.line_key, f.referred_at, f.referred_account_id, f.channel),
        "channel",
    ),
    event_time="referred_at",
    mapped=(f.line_key, f.referred_at, f.referred_source_account_id, f.channel),
    needed=frozenset({"referred_at", "referred_source_account_id"}),
)

CONSENTS = event(
    "consents",
    "one decision about a consent",
    "decided_at",
    (f.decided_at, f.purpose, f.is_granted, f.channel),
    "decided_at purpose is_granted",
)
