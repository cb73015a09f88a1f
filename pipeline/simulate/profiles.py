"""Profiles as each system keeps them: its own columns, codes and forms of dates.

Belongs here: one table a system. Does not belong here: trouble in the values (``records``).
"""

from typing import Any

import numpy as np

from pipeline.simulate.accounts import Accounts
from pipeline.simulate.frames import Column, Frame, Seconds, column, constant, each, size, take, text_of
from pipeline.simulate.people import CHANGES, People
from pipeline.simulate.plan import NEVER, TIME_ZONE, Plan
from pipeline.simulate.records import records

_COUNTRIES = {"DE": "Germany", "GB": "United Kingdom", "FR": "France", "CN": "China"}
_ZH_COUNTRIES = {"DE": "德国", "GB": "英国", "FR": "法国", "CN": "中国"}
OCCUPATIONS = ("employee", "self-employed", "public service", "retired", "student")
EDUCATIONS = ("school", "vocational", "university")
CHANNELS = ("search", "newsletter", "friend", "shop window")


def profiles(plan: Plan, people: People, accounts: Accounts, system: str, as_of: int) -> Frame:
    """The table of profiles of a system at the end of a period, and ``_account``."""
    known = records(plan, people, accounts, system, as_of)
    number = known["account"].astype(np.int64)
    made, changed = accounts.created[number], changed_at(plan, accounts, number, as_of)
    frame = _WRITERS[system](known, people, made, changed)
    return {**frame, "_account": known["account"]}


def change_periods(plan: Plan, accounts: Accounts, account: int) -> list[int]:
    """Periods in which what an account shows changes, after the period in which it was made."""
    found = {int(accounts.shows[name][account]) for name in CHANGES}
    if accounts.poses_as[account] != accounts.person[account]:
        found.add(int(accounts.poses_until[account]))
    first = max(0, int(accounts.created_period[account]))
    return sorted(one for one in found if first < one < min(NEVER, plan.periods))


def changed_at(plan: Plan, accounts: Accounts, number: Column, as_of: int) -> Seconds:
    """When each account was last changed by the end of the period, or made."""
    last = []
    for one in number.tolist():
        before = [period for period in change_periods(plan, accounts, one) if period <= as_of]
        first = int(accounts.created[one])
        last.append(max(first, plan.bounds(before[-1])[0] + 86_400 + one % 80_000) if before else first)
    return np.array(last, dtype=np.int64)


def _iso(days: Column) -> Column:
    return each(lambda one: None if one is None else one.isoformat(), days)


def _written(days: Column, pattern: str) -> Column:
    return each(lambda one: None if one is None else one.strftime(pattern), days)


def _coded(codes: dict[str, Any], values: Column) -> Column:
    return each(codes.get, values)


def _crm(known: Frame, people: People, made: Seconds, changed: Seconds) -> Frame:
    person = known["person"].astype(np.int64)
    adult = (person * 7 + 3) % 100
    return {
        "customer_no": known["id"], "first_name": known["given"], "last_name": known["family"],
        "sex": _coded({"f": "F", "m": "M"}, known["gender"]),
        "mail": known["email"], "tel": known["phone"], "dob": _iso(known["birth_date"]),
        "street": known["street"], "zip": known["postcode"],
        "town": known["city"], "state": known["region"], "country": _coded(_COUNTRIES, known["country"]),
        "tax_no": known["national_id"],
        "yearly_income": each(lambda income, one: str(int(income)) if one < 70 else None,
        people.income[person], adult),
        "job": column([OCCUPATIONS[one % 5] if one % 11 else None for one in person.tolist()]),
        "schooling": column([EDUCATIONS[one % 3] if one % 7 else None for one in person.tolist()]),
        "family_status": column([("single", "married", "divorced")[one % 3] for one in person.tolist()]),
        "persons_in_home": column([str(one) for one in people.household_size[person].tolist()]),
        "lang": people.language[person], "won_by": column([CHANNELS[one % 4] for one in person.tolist()]),
        "created": text_of(made, TIME_ZONE, "%Y-%m-%d %H:%M:%S"), "changed": text_of(changed, TIME_ZONE,
        "%Y-%m-%d %H:%M:%S"),
    }  # fmt: skip


def _shop(known: Frame, people: People, made: Seconds, changed: Seconds) -> Frame:
    return {
        "account": known["id"], "name": known["full"], "e-mail": known["email"], "phone": known["phone"],
        "address": known["street"],
        "postcode": known["postcode"], "city": known["city"], "country": known["country"],
        "registered": text_of(made, TIME_ZONE, "%d.%m.%Y %H:%M:%S"), "modified": text_of(changed,
        TIME_ZONE, "%d.%m.%Y %H:%M:%S"),
    }  # fmt: skip


def _mall(known: Frame, people: People, made: Seconds, changed: Seconds) -> Frame:
    return {
        "会员号": known["id"], "姓名": known["full"], "性别": _coded({"f": "女", "m": "男"}, known["gender"]),
        "手机": known["phone"],
        "邮箱": known["email"], "生日": _written(known["birth_date"], "%Y年%m月%d日"),
        "地址": known["street"],
        "邮编": known["postcode"],
        "城市": known["city"], "省份": known["region"], "国家": _coded(_ZH_COUNTRIES, known["country"]),
        "注册时间": text_of(made, "Asia/Shanghai", "%Y年%m月%d日 %H:%M"),
    }  # fmt: skip


def _app(known: Frame, people: People, made: Seconds, changed: Seconds) -> Frame:
    return {
        "user_id": known["id"], "display_name": known["full"], "email": known["email"],
        "mobile": known["phone"],
        "birthday": _written(known["birth_date"], "%d/%m/%Y"), "sex": _coded({"f": 2, "m": 1},
        known["gender"]),
        "city": known["city"], "zip": known["postcode"], "country": known["country"],
        "locale": people.language[known["person"].astype(np.int64)], "signed_up": text_of(made, "UTC",
        "%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip


def _desk(known: Frame, people: People, made: Seconds, changed: Seconds) -> Frame:
    return {
        "contact": known["id"], "caller": known["full"], "mail": known["email"], "callback": known["phone"],
        "born": _written(known["birth_date"], "%d.%m.%y"), "place": known["city"], "plz": known["postcode"],
        "tax_no": known["national_id"], "first_seen": text_of(made, TIME_ZONE, "%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip


def _social(known: Frame, people: People, made: Seconds, changed: Seconds) -> Frame:
    return {
        "handle": known["id"], "name": known["full"], "contact_mail": known["email"],
        "contact_phone": known["phone"],
        "birthday": _iso(known["birth_date"]), "town": known["city"],
        "joined": column([str(one) for one in made.tolist()]),
    }  # fmt: skip


_WRITERS = {"crm": _crm, "shop": _shop, "mall": _mall, "app": _app, "desk": _desk, "social": _social}


def planted_profiles(
    plan: Plan, people: People, accounts: Accounts, system: str, as_of: int
) -> tuple[Frame, dict[str, Frame]]:
    """Profiles of a system at a period's end, and the rows planted besides, by kind.

    The shop's export repeats some rows and lacks some account numbers; the marketplace lists some
    members twice, the second time with another city.
    """
    frame = profiles(plan, people, accounts, system, as_of)
    if system not in ("shop", "mall") or size(frame) < 20:
        return frame, {}
    # chosen among accounts that were there from the start, so that they are the same in all periods
    number = frame["_account"].astype(np.int64)
    old = np.flatnonzero((accounts.created_period[number] < 0) & ~accounts.is_planted[number].astype(bool))
    some = old[: max(1, len(old) // 300)]
    others = old[len(some) : 2 * len(some)]
    copies, spoiled = take(frame, some), take(frame, others)
    if system == "mall":
        copies["城市"] = constant("苏州", len(some))
        return frame, {"key_duplicate": copies}
    spoiled["account"] = constant(None, len(others))
    return frame, {"exact_duplicate": copies, "bad:account_missing": spoiled}
