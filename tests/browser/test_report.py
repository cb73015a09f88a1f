"""The report in a real browser: every chart is drawn, nothing is complained about, it fits narrow screens."""

import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.engine import Engine, Lake
from pipeline.publish.manifest import read_manifest
from pipeline.publish.report import report
from pipeline.publish.swap import publish_period
from pipeline.settings import load_project
from tests.conftest import shop_settings
from tests.unit.publish.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        os.environ.get("CI") != "true" and not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="needs chromium and chromedriver; in CI they must be there",
    ),
]


@pytest.fixture(scope="module")
def pages(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of a small world, by language."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "project.yaml").write_text(yaml.safe_dump(shop_settings(last_period="2024-04")))
    project, lake, world = load_project(folder), Lake(folder / "lake"), World(customers=60)
    for period in world.periods[-2:]:
        publish_period(
            engine, lake, project, period, world.bound(engine, period), {}, datetime(2024, 6, 1, tzinfo=UTC)
        )
    manifest = read_manifest(lake)
    assert manifest is not None
    pages = {}
    for language in ("en", "zh"):
        pages[language] = folder / f"{language}.html"
        text = report(engine, lake.root / "published", manifest, project, language)  # type: ignore[arg-type]
        pages[language].write_text(text, encoding="utf-8")
    return pages


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def opened(browser: Any, page: Path, width: int) -> None:
    """Open ``page`` in a window of ``width`` and wait until all charts are drawn."""
    screen = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.get(page.as_uri())
    end = time.monotonic() + 30
    while not browser.execute_script("return document.body.dataset.drawn"):
        assert time.monotonic() < end, "the charts were not drawn within 30 seconds"
        time.sleep(0.1)


@pytest.mark.parametrize(("language", "width"), [("en", 1400), ("en", 420), ("zh", 1400)])
def test_every_chart_is_drawn_without_complaint_and_the_page_fits(browser, pages, language, width):
    browser.get_log("performance")
    opened(browser, pages[language], width)
    charts = browser.execute_script("return document.querySelectorAll('[data-chart]').length")
    drawn = browser.execute_script(
        "return [...document.querySelectorAll('[data-chart]')].filter(e => e.querySelector('svg')"
        " && e.querySelectorAll('svg path').length > 3).length"
    )
    assert charts > 20
    assert drawn == charts
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.get_log("browser") == []


def test_nothing_but_the_page_itself_is_loaded(browser, pages):
    browser.get_log("performance")
    opened(browser, pages["en"], 1400)
    entries = [
        one["message"]
        for one in browser.get_log("performance")
        if 'Network.requestWillBeSent"' in one["message"]
    ]
    assert not [one for one in entries if '"url":"http' in one]


def test_charts_name_segments_in_the_language_of_the_page(browser, pages):
    opened(browser, pages["zh"], 1400)
    shown = browser.execute_script("return document.querySelector('[data-chart=rfm-flows]').textContent")
    assert "忠诚客户" in shown
    opened(browser, pages["en"], 1400)
    assert "Loyal customers" in browser.execute_script(
        "return document.querySelector('[data-chart=rfm-flows]').textContent"
    )


def test_what_is_wide_scrolls_inside_its_own_frame(browser, pages):
    opened(browser, pages["en"], 420)
    inner, frame = browser.execute_script(
        "const e = document.querySelector('[data-chart=rfm-matrix]');"
        " return [e.scrollWidth, e.parentElement.clientWidth]"
    )
    assert inner > frame
