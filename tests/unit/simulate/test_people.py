"""Persons, their accounts, and how systems write them."""

import phonenumbers
import pytest
from email_validator import validate_email

from pipeline.simulate.accounts import MOST, SYSTEMS
from pipeline.simulate.plan import Plan
from pipeline.simulate.records import NO_EMAIL, NO_PHONE, records
from pipeline.simulate.world import World, world


def test_every_person_has_one_to_four_accounts_each_in_another_system(large: World):
    systems: dict[int, list[str]] = {}
    for person, system in zip(large.accounts.person.tolist(), large.accounts.system, strict=True):
        systems.setdefault(person, []).append(system)
    assert set(systems) == set(range(4_000))
    assert all(1 <= len(some) <= MOST and len(set(some)) == len(some) for some in systems.values())
    assert sum(map(len, systems.values())) / 4_000 > 1.8


def test_account_ids_are_unique_within_a_system(large: World):
    ids = list(zip(large.accounts.system, large.accounts.id, strict=True))
    assert len(set(ids)) == len(ids)


def test_households_share_an_address_and_persons_keep_e_mails_of_their_own(large: World):
    people = large.people
    homes = {}
    for household, home in zip(people.household.tolist(), people.homes[0], strict=True):
        assert homes.setdefault(household, home) == home
    every = [one for pair in people.emails for one in pair]
    assert len(set(every)) == len(every)
    assert len(set(people.national_id)) == people.count


def test_twins_and_juniors_exist(large: World):
    people = large.people
    by_household: dict[int, list[int]] = {}
    for person, household in enumerate(people.household.tolist()):
        by_household.setdefault(household, []).append(person)
    pairs = [(a, b) for some in by_household.values() for a in some for b in some if a < b]
    assert any(people.birth_date[a] == people.birth_date[b] for a, b in pairs)
    assert any(
        people.given[a] == people.given[b] and people.families[0][a] == people.families[0][b]
        for a, b in pairs
    )


def test_e_mails_and_phones_can_be_read(large: World):
    """What is unreadable is planted, and only at the support desk."""
    for system in SYSTEMS:
        rows = records(large.plan, large.people, large.accounts, system, 11)
        for email, phone, country in list(zip(rows["email"], rows["phone"], rows["country"], strict=True))[
            :300
        ]:
            if email and not (system == "desk" and email == NO_EMAIL):
                validate_email(email, check_deliverability=False)
            if phone and not (system == "desk" and phone == NO_PHONE):
                assert phonenumbers.is_valid_number(phonenumbers.parse(phone, country)), phone


def test_the_crm_follows_a_change_and_most_other_systems_keep_the_old_value(large: World):
    people, made = large.people, large.accounts
    changed = [one for one in range(people.count) if 2 <= people.changes["email"][one] <= 10]
    assert len(changed) > 50
    number = {(int(p), s): at for at, (p, s) in enumerate(zip(made.person, made.system, strict=True))}
    follows = {
        system: [
            made.shows["email"][number[one, system]] == people.changes["email"][one]
            for one in changed
            if (one, system) in number
            and made.created_period[number[one, system]] < people.changes["email"][one]
        ]
        for system in ("crm", "desk", "app")
    }
    assert sum(follows["crm"]) / len(follows["crm"]) > 0.7
    assert sum(follows["app"]) / len(follows["app"]) < 0.3


@pytest.mark.parametrize("event", ["merged", "split"])
def test_accounts_of_a_planted_case_look_alike_exactly_when_the_truth_says_so(large: World, event: str):
    """merged: unlike before the period, alike from it on; split: the other way round."""
    for case in (one for one in large.accounts.cases if one.event == event):
        before, after = (_looks(large, case.accounts, at) for at in (case.period - 1, case.period))
        crm = next(at for at in case.accounts if large.accounts.system[at] == "crm")
        shop = next(at for at in case.accounts if large.accounts.system[at] == "shop")
        alike = [looks[crm]["email"] == looks[shop]["email"] for looks in (before, after)]
        assert alike == ([False, True] if event == "merged" else [True, False])


def test_accounts_of_an_undone_case_look_alike_in_every_period_but_are_two_persons(large: World):
    for case in (one for one in large.accounts.cases if one.event == "undone"):
        a, b = case.accounts
        assert large.accounts.person[a] != large.accounts.person[b]
        for at in (0, case.period, 11):
            looks = _looks(large, case.accounts, at)
            assert looks[a]["email"] == looks[b]["email"]


def _looks(large: World, accounts: tuple[int, ...], as_of: int) -> dict[int, dict[str, object]]:
    found = {}
    for system in {str(large.accounts.system[one]) for one in accounts}:
        rows = records(large.plan, large.people, large.accounts, system, as_of)
        for at, account in enumerate(rows["account"]):
            if int(account) in accounts:
                found[int(account)] = {name: values[at] for name, values in rows.items()}
    return found


@pytest.mark.parametrize("language", ["de", "en", "fr", "zh"])
def test_a_company_of_one_language(language: str):
    made = world(Plan(customers=120, periods=2, seed=1, language=language))
    assert set(made.people.language) == {language}
    assert {one.event for one in made.accounts.cases} == {"merged", "linked", "split", "undone", "same"}
