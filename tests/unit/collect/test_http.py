"""HTTP records as rows: what is read, how pages are followed, when paging ends."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.collect import http
from pipeline.errors import InputError
from pipeline.settings import HttpConnector
from tests.unit.collect.http_shop import Asked, Reply, Shop, replies, shop

ORDERS = [{"id": number, "price": number + 0.5} for number in range(1, 8)]


def rows(connector: HttpConnector, since: str | None = None) -> list[dict[str, Any]]:
    return [row for one in http.batches(connector, "source web", since) for row in one.to_pylist()]


def ids(connector: HttpConnector, since: str | None = None) -> list[str]:
    return [row["id"] for row in rows(connector, since)]


EVERY_ID = [str(one["id"]) for one in ORDERS]


def test_values_are_kept_as_they_stand_in_the_answer() -> None:
    body = (
        b'{"data": {"items": ['
        b'{"id": 12345678901234567890, "price": 1.10, "paid": true, "note": null, "_row": "x",'
        b' "lines": [{"sku": "A", "n": 2}]},'
        b'{"id": "7", "name": "\xe7\x8e\x8b\xe8\x8a\xb3"}]}}'
    )
    with shop(replies(Reply(body))) as one:
        found = rows(one.connector(records="data.items"))
    assert found[0] == {
        "_file": "answers",
        "_row": 1,
        "id": "12345678901234567890",
        "price": "1.10",
        "paid": "true",
        "note": None,
        "_row_": "x",
        "lines": '[{"sku":"A","n":2}]',
        "name": None,
    }
    assert (found[1]["_row"], found[1]["id"], found[1]["name"], found[1]["price"]) == (2, "7", "王芳", None)


def test_half_a_character_does_not_stop_the_reading() -> None:
    with shop(
        replies(Reply(b'[{"text": "ok \\ud83d", "more": ["\\ud83d"], "whole": "\\ud83d\\ude00"}]'))
    ) as one:
        [found] = rows(one.connector())
    assert found["text"].startswith("ok \ufffd")
    assert "\ufffd" in found["more"]
    assert found["whole"] == "\U0001f600"


def test_a_list_without_records_is_one_empty_batch() -> None:
    with shop(replies(Reply([]))) as one:
        assert [batch.num_rows for batch in http.batches(one.connector(), "source web")] == [0]


def test_batches_are_bounded_and_rows_numbered_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_BATCH_ROWS", 3)
    with shop(replies(Reply(ORDERS))) as one:
        batches = list(http.batches(one.connector(), "source web"))
    assert [one.num_rows for one in batches] == [3, 3, 1]
    assert [number for one in batches for number in one["_row"].to_pylist()] == list(range(1, 8))


def numbered(size: int) -> Any:
    def answer(shop: Shop, asked: Asked) -> Reply:
        page = int(asked.params["page"])
        return Reply({"items": ORDERS[(page - 1) * size : page * size]})

    return answer


def test_numbered_pages_end_at_the_first_empty_one() -> None:
    with shop(numbered(3)) as one:
        paging = {"kind": "page", "size_param": "per_page", "size": 3}
        assert ids(one.connector(records="items", paging=paging, params={"state": "all"})) == EVERY_ID
    assert [asked.params for asked in one.asked] == [
        {"state": "all", "page": str(number), "per_page": "3"} for number in (1, 2, 3, 4)
    ]


def test_a_server_that_gives_fewer_than_asked_for_loses_no_record() -> None:
    with shop(numbered(2)) as one:
        paging = {"kind": "page", "size_param": "per_page", "size": 500}
        assert ids(one.connector(records="items", paging=paging)) == EVERY_ID


@settings(max_examples=15, deadline=None)
@given(limit=st.integers(1, 9), cap=st.integers(1, 9))
def test_offsets_give_every_record_once_whatever_the_server_caps(limit: int, cap: int) -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        start = int(asked.params["offset"])
        return Reply(ORDERS[start : start + min(cap, int(asked.params["limit"]))])

    with shop(answer) as one:
        assert ids(one.connector(paging={"kind": "offset", "limit": limit})) == EVERY_ID


@pytest.mark.parametrize("link", ["/orders?token={}", "{url}/orders?token={}", "?token={}"])
def test_the_next_address_in_the_body_is_followed(link: str) -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        start = int(asked.params.get("token", 0))
        following = link.format(start + 3, url=shop.url) if start + 3 < len(ORDERS) else None
        return Reply({"items": ORDERS[start : start + 3], "paging": {"next": following}})

    with shop(answer) as one:
        paging = {"kind": "next_url", "path": "paging.next"}
        assert ids(one.connector(records="items", paging=paging)) == EVERY_ID


def test_the_link_header_is_followed() -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        page = int(asked.params.get("page", 1))
        header = f'<{shop.url}/orders?page={page + 1}>; rel="next", <{shop.url}/orders>; rel="first"'
        return Reply(ORDERS[page * 4 - 4 : page * 4], headers={"Link": header} if page == 1 else {})

    with shop(answer) as one:
        assert ids(one.connector(paging={"kind": "link"})) == EVERY_ID


@pytest.mark.parametrize("end", [{}, {"next": None}, {"next": ""}, {"next": False}])
def test_cursor_tokens_are_followed_until_there_is_none(end: dict[str, Any]) -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        start = int(asked.params.get("after", "0"))
        token = {"next": start + 4} if start + 4 < len(ORDERS) else end
        return Reply({"items": ORDERS[start : start + 4], **token})

    with shop(answer) as one:
        paging = {"kind": "cursor", "param": "after", "path": "next"}
        assert ids(one.connector(records="items", paging=paging)) == EVERY_ID


def test_records_are_asked_for_from_a_cursor_on() -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        least, page = int(asked.params.get("min_id", 0)), int(asked.params["page"])
        known = [one for one in ORDERS if one["id"] >= least]
        return Reply(known[page * 2 - 2 : page * 2])

    with shop(answer) as one:
        connector = one.connector(cursor="id", since_param="min_id", paging={"kind": "page"})
        assert ids(connector) == EVERY_ID
        assert all("min_id" not in asked.params for asked in one.asked)
        assert ids(connector, since="5") == ["5", "6", "7"]
        assert http.newest(connector, "source web") == "7"
        assert http.newest(connector, "source web", since="99") is None


@pytest.mark.parametrize(
    ("values", "most"),
    [
        (["9", "10", "1.5"], "10"),
        (["2024-02-01", "2024-11-01", "2023-12-31"], "2024-11-01"),
        (["9", "10", "x"], "x"),
        ([], None),
    ],
)
def test_the_greatest_cursor_is_a_number_among_numbers_and_a_text_among_texts(
    values: list[str], most: str | None
) -> None:
    assert http.greatest(iter(values)) == most


def test_the_digest_sees_content_and_not_order() -> None:
    with shop(replies(Reply(ORDERS), Reply(ORDERS[::-1]), Reply(ORDERS[1:]))) as one:
        first, shuffled, fewer = (http.content_aggregate(one.connector(), "source web") for _ in range(3))
    assert first == shuffled != fewer


ENDLESS = {
    "the server ignores the page": ({"kind": "page"}, lambda page: {"items": ORDERS}),
    "the offset": ({"kind": "offset", "limit": 5}, lambda page: {"items": ORDERS}),
    "the next address stays": ({"kind": "next_url"}, lambda page: {"items": [{"id": page}], "next": "?a=1"}),
    "the token stays": (
        {"kind": "cursor", "path": "next"},
        lambda page: {"items": [{"id": page}], "next": "again"},
    ),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_a_page_that_comes_again_is_an_error(case: str) -> None:
    paging, body = ENDLESS[case]
    with (
        shop(lambda shop, asked: Reply(body(len(shop.asked)))) as one,
        pytest.raises(InputError, match=r"page \d: .* gave before.*paging"),
    ):
        rows(one.connector(records="items", paging=paging))
    assert len(one.asked) <= 3


def test_endless_paging_ends_at_max_pages() -> None:
    def answer(shop: Shop, asked: Asked) -> Reply:
        return Reply({"items": [{"id": len(shop.asked)}], "next": f"?page={len(shop.asked)}"})

    with shop(answer) as one, pytest.raises(InputError, match="more than 5 pages") as caught:
        rows(one.connector(records="items", paging={"kind": "next_url"}, max_pages=5))
    assert len(one.asked) == 5
    assert "max_pages" in caught.value.remedy


def test_the_next_address_on_another_server_is_not_asked() -> None:
    with shop(replies(Reply([]))) as other:
        body = {"items": ORDERS, "next": f"{other.url}/orders"}
        with shop(replies(Reply(body))) as one, pytest.raises(InputError, match="another server"):
            rows(one.connector(records="items", paging={"kind": "next_url"}, headers={"X-Key": "k"}))
    assert other.asked == []


@pytest.mark.parametrize(
    ("body", "changes", "said"),
    [
        ({"items": []}, {}, "the answer is no list"),
        ({"items": []}, {"records": "data.items"}, "nothing at data.items"),
        ({"items": {"a": 1}}, {"records": "items"}, "what stands at items is no list"),
        ([{"id": 1}, 2], {}, "page 1, record 2: it is not a JSON object"),
        ([{"id": 1, "ID": 2}], {}, "differ only in case"),
        (b'[{"id": 1, "id": 2}]', {}, "a key twice"),
        (
            {"items": [], "next": {"a": 1}},
            {"records": "items", "paging": {"kind": "next_url"}},
            "at next is no text",
        ),
    ],
)
def test_answers_of_another_shape_are_told_in_words(body: Any, changes: dict[str, Any], said: str) -> None:
    with shop(replies(Reply(body))) as one, pytest.raises(InputError, match=said):
        rows(one.connector(**changes))
    assert len(one.asked) == 1, "asking again would change nothing"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "ftp://shop"}, "https://"),
        ({"cursor": "id"}, "together"),
        ({"params": {"page": 1}, "paging": {"kind": "page"}}, "page is given twice"),
        ({"cursor": "id", "since_param": "page", "paging": {"kind": "page"}}, "page is given twice"),
        ({"paging": {"kind": "page", "size": 3}}, "together"),
        ({"paging": {"kind": "spiral"}}, "spiral"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        HttpConnector(**{"url": "https://shop.example"} | given)


def test_parameters_may_be_numbers_and_stay_secret() -> None:
    connector = HttpConnector(url="https://shop.example", params={"limit": 5, "all": True, "key": "s3cret"})
    assert connector.params["limit"].get_secret_value() == "5"
    assert connector.params["all"].get_secret_value() == "true"
    assert "s3cret" not in repr(connector) + json.dumps(connector.model_dump(mode="json"))
