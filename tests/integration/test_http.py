"""A project whose orders come over HTTP from a real server on this machine that fails on purpose."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.running import bring_up_to_date
from pipeline.errors import InputError
from pipeline.settings import Project, load_project
from tests.cleaning import cleaned_rows, collect_and_clean
from tests.company import write_company
from tests.unit.collect.http_shop import Asked, Reply, Shop, shop

TOKEN = "s3cret-token"
SIZE = 40
PERIODS = ["2024-01", "2024-02"]


class Till:
    """The company's orders, page by page; some requests fail first, one page may never come."""

    def __init__(self, folder: Path) -> None:
        with (folder / "orders.csv").open(encoding="utf-8", newline="") as file:
            self.orders = [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
        self.broken_from: int | None = None

    def __call__(self, shop: Shop, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply(status=401)
        page = int(asked.params["page"])
        if self.broken_from is not None and page >= self.broken_from:
            return Reply(status=500)
        if len(shop.asked) % 5 == 0:
            return Reply(status=503)
        since = asked.params.get("since", "")
        wanted = [one for one in self.orders if (one["at"] or "") >= since]
        return Reply({"orders": wanted[(page - 1) * SIZE : page * SIZE]})


def over_http(folder: Path, server: Shop, **changes: Any) -> Project:
    """The project in ``folder`` with its orders from ``server``."""
    path = folder / "project.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["sources"]["till"]["connector"] = {
        "kind": "http",
        "url": f"{server.url}/orders",
        "headers": {"Authorization": "Bearer ${TILL_TOKEN}"},
        "records": "orders",
        "paging": {"kind": "page"},
        "attempts": 3,
        "backoff_seconds": 0.01,
    } | changes
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return load_project(folder)


def test_orders_over_http_give_the_same_rows_as_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same rows the same values are published, see ``test_repeatable``."""
    monkeypatch.setenv("TILL_TOKEN", TOKEN)
    from_file, _ = write_company(tmp_path / "file", customers=20, months=2)
    collect_and_clean(from_file, PERIODS)
    write_company(tmp_path / "web", customers=20, months=2)
    with shop(Till(tmp_path / "web")) as server:
        project = over_http(tmp_path / "web", server)
        assert "till" in collect_and_clean(project, PERIODS)
        assert collect_and_clean(project, PERIODS) == [], "the same records are not collected again"
    assert cleaned_rows(project) == cleaned_rows(from_file)


def test_a_server_that_fails_half_way_leaves_nothing_half_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_TOKEN", TOKEN)
    write_company(tmp_path, customers=20, months=1)
    till = Till(tmp_path)
    till.broken_from = 2
    with shop(till) as server:
        project = over_http(tmp_path, server)
        with pytest.raises(InputError, match=r"source till, page 2: .*status 500, 3 times"):
            bring_up_to_date(project)
        assert list((project.lake_path / "raw" / "till").rglob("*.parquet")) == []
        till.broken_from = None
        assert bring_up_to_date(project).published == ["2024-01"]
    logged = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert TOKEN.encode() not in logged


def test_only_new_records_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILL_TOKEN", TOKEN)
    write_company(tmp_path, customers=20, months=1)
    till = Till(tmp_path)
    # the cursor must order as text does, so rows without a good time are left out here
    till.orders = [one for one in till.orders if (one["at"] or "").startswith("2024-01")]
    with shop(till) as server:
        project = over_http(tmp_path, server, cursor="at", since_param="since")
        collect_and_clean(project, ["2024-01"])
        late = till.orders[0] | {"order": "late", "at": max(str(one["at"]) for one in till.orders)}
        till.orders.append(late)
        server.asked.clear()
        assert collect_and_clean(project, ["2024-01"]) == ["till"]
        assert any("since" in asked.params for asked in server.asked)
