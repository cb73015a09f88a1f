"""People are told through a real receiver: each alarm once, its end once, nothing lost when it refuses."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.notify import Alarm, Told, outbox, preview, tell, try_receivers
from pipeline.settings import Project
from tests.receiving import Receiver, receiving
from tests.unit.notify.lake import FEATURE, NOW, finding, judge, publish, state

PERIODS = ["2024-01", "2024-02", "2024-03", "2024-04"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def project(
    write_project: Callable[..., Project], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Project]:
    """The small shop, which tells the receiver; further settings of ``notify`` as given."""
    monkeypatch.setenv("SHOP_CHAT", receiver.address)

    def write(language: str = "en", **notify: Any) -> Project:
        settings = write_project(
            notify={"urls": ["${SHOP_CHAT}"], **notify}, report={"language": language}, last_period="2024-06"
        )
        settings.lake_path.mkdir(exist_ok=True)
        return settings

    return write


def told(project: Project, *of_runs: Alarm, days: int = 0) -> Told:
    return tell(project, of_runs, NOW + timedelta(days=days))


def test_a_finding_is_told_once_and_its_end_once(project: Callable[..., Project], receiver: Receiver) -> None:
    shop = project()
    rows = [
        finding("2024-02", began_period="2024-02"),
        finding("2024-02", "minor", subject="orders_count_12p"),
    ]
    publish(shop.lake_path, PERIODS[:2], rows)

    told(shop)
    told(shop)
    publish(shop.lake_path, PERIODS[:3], rows, 2)
    told(shop)

    (message,) = receiver.messages
    assert message["title"].startswith("[A small shop] Act: ")
    assert message["title"].endswith(" (2024-02)")
    assert message["type"] == "failure"
    lines = message["message"].splitlines()
    assert [one.partition(":")[0] for one in lines] == [
        "What",
        "Since",
        "What to do",
        "Where to look",
        "To hear no more of it until a day",
    ]
    assert "240.0 EUR on average, 120.0 EUR in the period before (+100%)" in lines[0]
    assert FEATURE not in "\n".join(lines[:-1]), "readers are told labels"
    assert lines[-1].endswith(f"feature:{FEATURE}")

    publish(shop.lake_path, PERIODS, [*rows, finding("2024-04", "none", "ended")], 3)
    told(shop)
    told(shop)

    assert receiver.titles[1:] == [message["title"].replace("Act", "Over")]
    assert receiver.messages[1]["type"] == "success"
    assert "is back at its level from before" in receiver.messages[1]["message"]


def test_what_could_not_be_sent_is_sent_later_and_not_twice_to_who_has_it(
    project: Callable[..., Project], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as other:
        monkeypatch.setenv("SHOP_CHAT", f"{receiver.address} {other.address}")
        shop = project()
        publish(shop.lake_path, PERIODS[:2], [finding("2024-02")])
        other.refuses = True
        first = told(shop)
        assert (first.sent, len(first.waiting), len(first.problems)) == ([], 1, 1)
        assert "receiver 2: JSON" in first.problems[0]
        publish(shop.lake_path, PERIODS[:3], [finding("2024-02"), finding("2024-03", "none", "ended")], 2)
        told(shop)
        assert (len(receiver.titles), other.titles) == (2, [])

        other.refuses = False
        assert len(told(shop).sent) == 2
        assert other.titles == receiver.titles
        assert "Act" in other.titles[0]
        assert "Over" in other.titles[1]
        assert told(shop) == Told()
        text = (shop.lake_path / "notify" / "outbox.json").read_text(encoding="utf-8")
        assert "hook-token" not in text + repr(shop) + shop.model_dump_json() + first.problems[0]


def test_sources_and_runs_are_told_with_findings_of_the_severities_wanted(
    project: Callable[..., Project], receiver: Receiver
) -> None:
    shop = project(severities=["major", "minor"])
    publish(shop.lake_path, PERIODS[:2], [finding("2024-02", "minor")])
    judge(shop.lake_path, [state("2024-02", "suspect"), state("2024-03", "broken")])
    failed = Alarm("run", "major", "2024-04-01 06:00", {"failed_at": "2024-04-01 06:00", "found": "no file"})
    told(shop, failed)
    states = [one.partition("] ")[2].partition(":")[0] for one in receiver.titles]
    assert states == ["Watch", "Source broken", "Run failed"]
    assert "About 50% of the rows are missing." in receiver.messages[1]["message"]
    assert "no file" in receiver.messages[2]["message"]

    judge(shop.lake_path, [state("2024-03")])
    told(shop)
    assert [one["type"] for one in receiver.messages[3:]] == ["success", "success"]
    assert "is whole again" in receiver.messages[3]["message"]


def test_nothing_is_sent_of_what_is_muted_until_its_day(
    project: Callable[..., Project], receiver: Receiver
) -> None:
    shop = project(mute={"feature:net_*": "2024-07-02", "source:till": "2024-06-01"})
    publish(shop.lake_path, PERIODS[:2], [finding("2024-02")])
    judge(shop.lake_path, [state("2024-02", "suspect")])
    told(shop)
    assert ["suspect" in one for one in receiver.titles] == [True]
    told(shop, days=1)
    assert len(receiver.titles) == 1
    told(shop, days=2)
    assert len(receiver.titles) == 2


def test_the_language_is_that_of_the_report_and_links_lead_to_the_ui(
    project: Callable[..., Project], receiver: Receiver
) -> None:
    shop = project("zh", ui="https://dagster.shop.example/")
    carried = {"carried_by": "rfm:champions", "carried_share": 0.8}
    publish(shop.lake_path, PERIODS[:2], [finding("2024-02", **carried)])
    told(shop)
    text = receiver.messages[0]["message"]
    assert "冠军客户" in text
    assert "80%" in text
    assert "https://dagster.shop.example/assets/drift/" in text


def test_a_preview_sends_and_remembers_nothing(project: Callable[..., Project], receiver: Receiver) -> None:
    shop = project()
    publish(shop.lake_path, PERIODS[:2], [finding("2024-02")])
    assert len(preview(shop, [], NOW)) == 1
    assert receiver.messages == []
    assert outbox.read(shop.lake_path) == outbox.Outbox()


def test_a_test_says_which_receiver_did_not_take_it(
    project: Callable[..., Project], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_CHAT", f"{receiver.address} nonsense://secret-token")
    problems = try_receivers(project())
    assert len(receiver.titles) == 1
    assert problems == [
        "receiver 2: its address is none that apprise knows (https://appriseit.com)",
    ]


def test_only_one_process_tells_at_a_time(project: Callable[..., Project], receiver: Receiver) -> None:
    shop = project()
    publish(shop.lake_path, PERIODS[:2], [finding("2024-02")])
    with outbox.alone(shop.lake_path):
        assert told(shop) == Told()
    assert receiver.messages == []
    assert len(told(shop).sent) == 1


@pytest.mark.parametrize(
    ("notify", "said"),
    [
        ({"urls": ["json://127.0.0.1/hook-token"]}, "no reference to the environment"),
        ({"urls": ["${SHOP_CHAT:-json://127.0.0.1/hook-token}"]}, "no reference to the environment"),
        ({"urls": ["${NO_SUCH_NAME}"]}, "NO_SUCH_NAME"),
        ({"mute": {"feature": "2024-01-01"}}, "write what a message names"),
        ({"mute": {"source:tiil": "2024-01-01"}}, "there is no such source; there are till"),
        ({"mute": {"run": "soon"}}, "notify.mute.run"),
        ({"severities": ["all"]}, "notify.severities"),
        ({"ui": "dagster"}, "notify.ui"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    write_project: Callable[..., Project], notify: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as error:
        write_project(notify=notify)
    assert said in str(error.value)
    assert "hook-token" not in str(error.value)


def test_an_address_may_be_empty_where_nobody_is_to_be_told(
    write_project: Callable[..., Project], tmp_path: Path
) -> None:
    shop = write_project(notify={"urls": ["${NO_SUCH_NAME:-}"]})
    assert shop.notify.receivers == []
    assert tell(shop, [], NOW) == Told()


def test_findings_of_one_cause_are_one_message_and_their_end_is_one(
    project: Callable[..., Project], receiver: Receiver
) -> None:
    shop = project()
    some = ["orders_count_12p", "average_order_amount_12p"]
    rows = [finding("2024-02"), *(finding("2024-02", subject=one, effect=0.5) for one in some)]
    rows.append(finding("2024-02", "none", subject="recency_days", part_of=f"feature:{FEATURE}"))
    publish(shop.lake_path, PERIODS[:2], rows)
    told(shop)
    (message,) = receiver.messages
    assert message["title"].endswith("Net amount and 2 more (2024-02)")
    lines = message["message"].splitlines()
    assert [one.partition(":")[0] for one in lines] == [
        "What",
        "Since",
        "As much at once",
        "And",
        "And",
        "All of it rests on",
        "What to do",
        "Where to look",
        "To hear no more of it until a day",
    ]
    assert lines[-1].endswith(f"feature:{FEATURE}, " + ", ".join(f"feature:{one}" for one in some))

    ended = [finding("2024-04", "none", "ended", subject=one) for one in (FEATURE, *some)]
    publish(shop.lake_path, PERIODS, [*rows, *ended], 2)
    told(shop)
    assert receiver.titles[1:] == [message["title"].replace("Act", "Over")]
    assert receiver.messages[1]["message"].count("is back at its level from before") == 3


def test_what_began_with_a_source_that_is_not_whole_is_told_with_it(
    project: Callable[..., Project], receiver: Receiver
) -> None:
    shop = project()
    publish(shop.lake_path, PERIODS[:2], [finding("2024-02"), finding("2024-02", subject="income_amount")])
    judge(shop.lake_path, [state("2024-02", "suspect")])
    told(shop)
    source, other = sorted(receiver.messages, key=lambda one: "suspect" not in str(one["title"]))
    assert "Source suspect: source till and 1 more" in source["title"]
    assert source["type"] == "failure", "what changed with it is major"
    assert "And: Net amount: 240.0 EUR on average" in source["message"]
    assert FEATURE not in other["message"]
