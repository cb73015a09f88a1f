"""Actions in a project's settings: what they may say, and what is said of what they may not."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.settings import Project
from tests.conftest import shop_settings

ACTION: dict[str, Any] = {
    "action": "win_back",
    "label": {"en": "Win back", "zh": "挽回"},
    "segments": {"loyalty": ["low"]},
}
CONSENTS = {
    "consents": {
        "entity": "consents",
        "connector": {"kind": "file", "format": "csv", "path": "consents.csv"},
        "columns": {
            "source_account_id": "customer",
            "decided_at": "at",
            "purpose": "purpose",
            "is_granted": "granted",
        },
    }
}
Write = Callable[..., Project]


def planned(write: Write, *actions: dict[str, Any], **settings: Any) -> Project:
    return write(action_plan={"actions": list(actions)}, **settings)


def test_without_actions_there_is_no_plan(write_project: Write) -> None:
    assert not write_project().action_plan


def test_an_action_with_all_that_it_may_say(write_project: Write) -> None:
    project = planned(
        write_project,
        ACTION
        | {
            "groups_by": ["customer_value"],
            "capacity": 100,
            "budget_amount": 90,
            "cost_amount": 1.5,
            "outcome": "orders_count",
            "worth": 12,
            "first_by": "net_amount_12p",
        },
    )
    action = project.action_plan.actions[0]
    assert action.contacts == 60
    assert action.schemes == ["loyalty", "customer_value"]
    assert action.measured_by.name == "orders_count_1p"
    assert project.digest() != write_project().digest()


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"segments": {"loyality": ["low"]}}, "segments.loyality", "did you mean loyalty"),
        ({"segments": {"loyalty": ["lo"]}}, "segments.loyalty.0", "loyalty has no segment 'lo'"),
        ({"segments": {}}, "segments", "at least 1"),
        ({"groups_by": ["value"]}, "groups_by.0", "there is no scheme 'value' in use"),
        ({"groups_by": ["loyalty"]}, "groups_by.0", "stands under segments"),
        ({"consent": "mail"}, "consent", "no source gives consents"),
        ({"sent_as": {"campaigns": ["a"]}}, "sent_as", "no source gives campaign_contacts"),
        ({"sent_as": {}}, "sent_as", "say campaigns, offers or channels"),
        ({"budget_amount": 10}, "budget_amount", "it needs the cost of a contact"),
        ({"budget_amount": 1, "cost_amount": 2}, "budget_amount", "it pays for no contact"),
        ({"first_by": "net_amount"}, "first_by", "there is no feature 'net_amount'"),
        ({"first_by": "income_amount"}, "first_by", "may not be published"),
        ({"hold_out_share": 0}, "hold_out_share", "greater than 0"),
        ({"outcome": "margin"}, "outcome", "'net_amount' or 'orders_count'"),
        ({"capacities": 3}, "capacities", "capacity"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(
    write_project: Write, change: dict[str, Any], key: str, words: str
) -> None:
    with pytest.raises(InputError) as error:
        planned(write_project, ACTION | change)
    assert f"action_plan.actions.0.{key}" in str(error.value)
    assert words in str(error.value)


def test_actions_are_told_apart_by_their_ids(write_project: Write) -> None:
    with pytest.raises(InputError, match=r"two actions are called win_back"):
        planned(write_project, ACTION, ACTION)


def test_where_consents_are_known_it_must_be_said_which_is_needed(write_project: Write) -> None:
    sources = shop_settings()["sources"] | CONSENTS
    with pytest.raises(InputError, match="say the purpose that customers must have consented to"):
        planned(write_project, ACTION, sources=sources)
    project = planned(
        write_project,
        ACTION | {"consent": "mail"},
        ACTION | {"action": "letter", "consent": "none"},
        sources=sources,
    )
    assert [one.purpose for one in project.action_plan.actions] == ["mail", None]
