"""The Dagster UI in a real browser: graph, an asset and a check of a company that has run; and what the UI
starts and ends beside the command line."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from dagster import DagsterEventType, DagsterRun, DagsterRunStatus, RunsFilter

from assets.lib.instance import PROCESS_TAG, open_instance
from assets.lib.turns import BACKFILL, PARTITION
from assets.running import bring_up_to_date
from pipeline.settings import Project
from tests.company import write_company
from tests.serving import BACKFILL_QUERY, asked, daemon, serving, until

TOOLS = ("chromium", "chromedriver")
REPOSITORY = Path(__file__).parents[2]
FIRST, LAST = "2024-01", "2024-02"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not all(map(shutil.which, TOOLS)) and os.environ.get("CI") != "true",
        reason="needs chromium and chromedriver",
    ),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A company of two periods, of which one is published."""
    project, _ = write_company(tmp_path_factory.mktemp("ui"), customers=20, months=2)
    bring_up_to_date(project, through=FIRST)
    return project


@pytest.fixture(scope="module")
def address(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the web server of the company's instance answers."""
    log = tmp_path_factory.mktemp("log") / "webserver.txt"
    with serving(project, log) as found:
        yield found
    assert "Warning" not in log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver

    chromium, chromedriver = (shutil.which(one) for one in TOOLS)
    assert chromium, "CI must have chromium"
    assert chromedriver, "CI must have chromedriver"
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--window-size=1600,1000",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    yield driver
    driver.quit()


def shown(browser: Any, *texts: str, seconds: float = 60) -> str:
    """Text of the page, once all of ``texts`` stand in it."""
    end = time.monotonic() + seconds
    page = ""
    while time.monotonic() < end:
        page = browser.execute_script("return document.body.innerText")
        if all(one in page for one in texts):
            return page
        time.sleep(0.3)
    raise AssertionError(f"{[one for one in texts if one not in page]} not in: {page}")


def test_the_graph_shows_zones_as_groups_and_their_assets(browser: Any, address: str) -> None:
    from selenium.webdriver import ActionChains

    browser.get(f"{address}/asset-groups")
    zones = ("raw", "clean", "quarantine", "activity", "features", "segments", "drift", "published")
    page = shown(browser, "Global asset lineage", *zones)
    assert "Join the Dagster community" not in page
    for attempt in range(6):  # a click that comes while the graph still moves into place meets nothing
        groups = browser.find_elements("xpath", "//*[normalize-space(text())='published']")
        ActionChains(browser).double_click([one for one in groups if one.is_displayed()][-1]).perform()
        try:
            page = shown(browser, "customer_segments", "customer_events", seconds=10)
            break
        except AssertionError:
            if attempt == 5:
                raise
    assert "Cycle detected" not in page


def test_an_asset_says_what_its_rows_are_how_many_and_their_columns(
    browser: Any, address: str, project: Project
) -> None:
    file = project.lake_path / "published" / "customer_segments" / "2024-01.parquet"
    browser.get(f"{address}/assets/published/customer_segments")
    page = shown(browser, "Row count", "rfm_segment", "If it fails:", "For: analysts")
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    assert str(pq.ParquetFile(file).metadata.num_rows) in lines[lines.index("Row count") :][:3]
    assert "The person or firm behind one or more accounts" in page


def test_a_check_says_that_it_passed(browser: Any, address: str) -> None:
    browser.get(f"{address}/assets/clean/orders?view=checks")
    page = shown(browser, "Checks (4)", "Succeeded", "Passed", "to_do")
    assert "Skipped" not in page
    assert "blocking asset check" in page


#: How the sentence on what to do begins; a first period has nothing to compare with.
SAID = (
    "Nothing: ",
    "Nothing found that needs action;",
    "Nothing could be compared",
    "First period",
    "Watch: ",
    "Act: ",
)


def test_findings_say_whether_to_act(browser: Any, address: str) -> None:
    browser.get(f"{address}/assets/drift/findings?view=events")
    page = shown(browser, "alarms_major", "to_do")
    assert any(one in page for one in SAID)


def test_the_overview_says_first_whether_to_act_and_leads_on(browser: Any, address: str) -> None:
    browser.get(f"{address}/assets/drift/overview")
    page = shown(browser, "Metadata", "verdict", "sources_judged", "flows", "report")
    lines = [line.strip() for line in page.splitlines() if line.strip()]
    said = " ".join(lines[lines.index("verdict") :][:4])
    assert any(one in said for one in (*SAID, "No action needed")), said
    assert "[Show Markdown]" not in page, "all of it is seen at once"
    assert "Column name" not in page


def test_jobs_show_the_runs_of_the_command_line(browser: Any, address: str) -> None:
    browser.get(f"{address}/jobs")

    def is_told() -> bool:  # runs come one job after another
        page = shown(browser, "segment", "bring_up_to_date", "ago")
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        return "ago" in " ".join(lines[lines.index("segment") :][:3])

    assert until(is_told, 60)


_TERMINATE = """mutation End($run: String!) {
  terminateRun(runId: $run, terminatePolicy: SAFE_TERMINATE) { __typename } }"""


def test_a_run_of_the_command_line_ends_when_the_ui_terminates_it(address: str, project: Project) -> None:
    command = [sys.executable, "-m", "pipeline.cli", "run", "--project", str(project.folder)]
    with open_instance(project) as instance:

        def under_way() -> DagsterRun | None:
            runs = instance.get_runs(RunsFilter(job_name="segment", statuses=[DagsterRunStatus.STARTED]))
            return next((one for one in runs if PROCESS_TAG in one.tags), None)

        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run = until(under_way)
        told = asked(address, _TERMINATE, run=run.run_id)["terminateRun"]["__typename"]
        assert told == "TerminateRunFailure", "it cannot reach the process, which sees it for itself"
        assert process.wait(timeout=120) == 130
        ended = instance.get_run_by_id(run.run_id)
        assert ended is not None
        assert ended.status == DagsterRunStatus.CANCELED


@pytest.mark.slow
def test_a_backfill_of_several_periods_is_done_in_order_and_as_the_command_line_would(
    address: str, project: Project, tmp_path: Path
) -> None:
    with daemon(project, tmp_path / "daemon.txt"), open_instance(project) as instance:
        told = asked(address, BACKFILL_QUERY, periods=[LAST, FIRST])["launchPartitionBackfill"]
        assert told["__typename"] == "LaunchBackfillSuccess", told
        its = RunsFilter(tags={BACKFILL: told["backfillId"]})

        def over() -> dict[str, DagsterRun] | None:
            runs = {one.tags[PARTITION]: one for one in instance.get_runs(its)}
            return runs if len(runs) == 2 and all(one.is_finished for one in runs.values()) else None

        runs = until(over)
        assert {one.status for one in runs.values()} == {DagsterRunStatus.SUCCESS}
        ended = instance.get_run_record_by_id(runs[FIRST].run_id)
        steps = instance.all_logs(runs[LAST].run_id, of_type=DagsterEventType.STEP_START)
        assert ended is not None
        assert ended.end_time <= min(one.timestamp for one in steps)
    assert bring_up_to_date(project).published == [], "the command line finds nothing to make otherwise"


def clicked(browser: Any, text: str, *then: str, twice: bool = False) -> str:
    """What is shown after a click on ``text``, once all of ``then`` stand there."""
    from selenium.webdriver import ActionChains

    for attempt in range(6):  # a click that comes while the graph still moves into place meets nothing
        found = browser.find_elements("xpath", f"//*[normalize-space(text())='{text}']")
        if seen := [one for one in found if one.is_displayed()]:
            chain = ActionChains(browser)
            (chain.double_click if twice else chain.click)(seen[-1]).perform()
        try:
            return shown(browser, *then, seconds=10)
        except AssertionError:
            if attempt == 5:
                raise
    raise AssertionError


def test_from_the_graph_to_what_changed_why_and_who_in_three_clicks(browser: Any, address: str) -> None:
    browser.get(address)
    browser.execute_script("localStorage.clear()")  # which groups other tests opened
    browser.get(f"{address}/asset-groups")
    shown(browser, "Global asset lineage", "drift")
    clicked(browser, "drift", "scheme_moves", twice=True)  # opens the group
    clicked(browser, "overview", "drift / overview", "View in Asset Catalog")
    page = clicked(browser, "View in Asset Catalog", "verdict", "sources_judged")
    assert all(one in page for one in ("findings", "flows", "moves", "versions", "report")), "links lead on"
