import json
import re
from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser

import altair as alt
import pytest
import yaml

from pipeline.engine import Lake
from pipeline.features import FEATURES
from pipeline.forecasts import FORECAST_FEATURES
from pipeline.publish import swap
from pipeline.publish.figures import describing, load
from pipeline.publish.listings import sentence
from pipeline.publish.manifest import published_folder, read_manifest
from pipeline.publish.overlap_section import PLACES
from pipeline.publish.report import report
from pipeline.publish.scheme_section import scheme_section
from pipeline.publish.texts import CAUSES, Words
from pipeline.settings import BUILT_IN, load_project
from pipeline.tables.entities import ENTITIES
from tests import charting
from tests.conftest import shop_settings
from tests.unit.publish.world import plain_documents
from tests.unit.publish.world_told import GATES


@pytest.fixture(scope="module")
def published(engine, world, tmp_path_factory):
    """The world, published: project, folder, manifest."""
    root = tmp_path_factory.mktemp("report")
    (root / "project.yaml").write_text(yaml.safe_dump(shop_settings(last_period="2024-04")))
    project, lake = load_project(root), Lake(root / "lake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(swap, "write_documents", plain_documents)
        for period in world.periods:
            swap.publish_period(
                engine,
                lake,
                project,
                period,
                world.bound(engine, period),
                {},
                datetime(2024, 6, 1, tzinfo=UTC),
            )
    return project, published_folder(lake), read_manifest(lake)


@pytest.fixture(scope="module")
def pages(engine, published):
    """The page by language and period; each made once."""
    project, folder, manifest = published

    @cache
    def page(language="en", period=None):
        return report(engine, folder, manifest, project, language, period)

    return page


def visible(page: str) -> str:
    """The page without the inlined libraries."""
    return re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.S)


def test_the_page_is_small_self_contained_and_loads_nothing(pages):
    page = pages()
    assert len(page.encode()) < 5_000_000
    assert not re.search(r"(src|href)\s*=\s*[\"']?\s*(https?:)?//", page)
    assert not re.search(r"@import|url\(\s*[\"']?https?:", visible(page))
    assert "http" not in visible(page).replace("http-equiv", "")
    assert "default-src 'none'" in page


def test_no_customer_is_named(pages, world):
    page = visible(pages())
    customers = {one for population in world.population.values() for one in population}
    assert not [one for one in customers if one in page]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_features_entities_and_gates_go_by_their_labels(pages, language):
    seen = Seen()
    seen.feed(visible(pages(language)))
    words = {word for one in seen.texts if not one.startswith("{") for word in re.findall(r"\w+", one)}
    names = {one for one in (*FEATURES, *ENTITIES, *(one["name"] for one in GATES)) if "_" in one}
    assert words & names == set()


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028{{ 7 * 7 }}\"'&amp;"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_titles_labels_and_sources_are_text_and_nothing_else(engine, published, monkeypatch, language):
    project, folder, manifest = published
    named = {"label", "label_zh", "source", "explanation", "subject"}

    def hostile(value):
        if isinstance(value, dict):
            return {key: HOSTILE if key in named and one else hostile(one) for key, one in value.items()}
        return [hostile(one) for one in value] if isinstance(value, list) else value

    def loaded(*arguments):
        found = load(*arguments)
        return replace(found, **{one.name: hostile(getattr(found, one.name)) for one in fields(found)})

    monkeypatch.setattr("pipeline.publish.report.load", loaded)
    page = report(engine, folder, manifest, project.model_copy(update={"title": HOSTILE}), language)

    seen = Seen()
    seen.feed(page)
    assert seen.scripts == 3
    assert not seen.images
    assert HOSTILE in seen.title
    assert sum(HOSTILE in one for one in seen.texts) > 10
    specifications = next(one for one in seen.texts if one.startswith('{"'))
    assert HOSTILE in json.dumps(json.loads(specifications), ensure_ascii=False).replace('\\"', '"')


class Seen(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self):
        super().__init__()
        self.scripts = self.images = 0
        self.title, self.texts, self._in = "", [], ""

    def handle_starttag(self, tag, attrs):
        self._in = tag
        self.scripts += tag == "script"
        self.images += tag == "img"

    def handle_data(self, data):
        self.texts.append(data)
        self.title += data if self._in == "title" else ""


def test_equal_values_give_an_equal_page(pages, engine, published):
    project, folder, manifest = published
    assert report(engine, folder, manifest, project, "en") == pages()


def test_the_verdict_says_whether_to_act(pages):
    assert "2 major findings: act" in pages()
    assert "till is not whole: act on the data first" in pages(period="2024-02")
    assert "till 不完整：请先处理数据" in pages("zh", "2024-02")
    quiet = visible(pages(period="2024-03"))
    assert "Nothing found that needs action; 2 of 6 measurements cannot be judged" in quiet
    assert "2 as usual; 2 changed by less than your floors; 2 cannot be judged." in quiet
    assert "First period: nothing to compare with" in pages(period="2024-01")
    assert "2 项重大发现：需要行动" in pages("zh")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("period", ["2024-01", "2024-02", "2024-03", "2024-04"])
def test_nothing_is_called_normal_where_not_all_of_it_is_known(pages, language, period):
    page = visible(pages(language, period))
    for claim in ("No action needed", "normal change", "无需行动", "正常变化范围"):
        assert claim not in page


def test_the_report_leads_with_the_sources(pages):
    def first(page):
        return re.search(r'<section class="verdict.*?<li>(.*?)</li>', page, flags=re.S).group(1)

    ill = "Source till is suspect (since 2024-02). About 30% of the rows are missing. Look."
    assert first(pages(period="2024-02")) == ill
    assert first(pages("zh", "2024-02")) == "数据源 till 可疑（自 2024-02 起）。约缺 30% 的行。检查。"
    assert first(pages(period="2024-04")) == "All 2 sources are whole, as far as can be told."


def test_moves_of_a_period_in_which_a_source_is_not_whole_are_not_called_behaviour(pages):
    page = visible(pages(period="2024-02"))
    summary = re.search(r'<section class="verdict.*?</section>', page, flags=re.S).group()
    assert "Faulty data 100.0%" in summary
    assert "none is called behaviour" in summary
    assert "数据故障 100.0%" in visible(pages("zh", "2024-02"))
    assert "</i>Faulty data <b>" in page, "a part of a key figure"
    assert "</i>Behaviour <b>" not in page
    whole = visible(pages(period="2024-04"))
    assert "</i>Behaviour <b>" in whole


def test_the_chart_of_moves_through_time_keeps_faulty_periods_apart(pages):
    found = re.search(r'id="specifications">(.*?)</script>', pages(), flags=re.S)
    (rows,) = json.loads(found.group(1))["moves"]["datasets"].values()
    series = {(row["period"], row["series"]) for row in rows if row["value"]}
    assert ("2024-02", "Faulty data") in series
    assert ("2024-02", "Behaviour") not in series
    assert ("2024-03", "Behaviour") in series


def test_the_worst_findings_come_first(pages):
    rows = re.findall(r'<td><span class="badge (major|minor)">', pages())
    assert rows == ["major", "major", "minor"]


@pytest.mark.parametrize(
    ("comparison", "english", "chinese"),
    [
        (
            "previous_period",
            "Against the previous period: Change of the mean of Recency 0.5, effect −0.7.",
            "与上期相比",
        ),
    ],
)
def test_a_finding_says_what_it_was_compared_with(comparison, english, chinese):
    row = {
        "comparison": comparison,
        "subject": "recency_days",
        "measure": "mean_change",
        "value": 0.5,
        "effect": -0.7,
    }
    assert sentence(row, Words("en", "EUR")).startswith(english)
    assert sentence(row, Words("zh", "EUR")).startswith(chinese)


def test_every_chart_has_a_title_a_label_and_a_table(pages):
    page = visible(pages())
    charts = page.count("data-chart=")
    assert charts > 20
    assert page.count('<figure class="chart">') == page.count('role="img" aria-label="') == charts
    assert len(re.findall(r"<figure.*?<h4>[^<]+</h4>.*?<table>.*?</figure>", page, flags=re.S)) == charts


def test_segments_are_shown_by_label_in_the_language_of_the_page(pages):
    english, chinese = visible(pages()), visible(pages("zh"))
    assert "Weekend stockers with discounts" in english
    assert "周末折扣囤货客户" in chinese
    for page in (english, chinese):
        assert "behaviour_clusters:c0" not in page
    assert '<html lang="zh">' in chinese


def test_what_came_of_each_segment_is_shown_beside_a_plain_baseline(pages, world):
    english, chinese = visible(pages()), visible(pages("zh"))
    section = english.partition('id="loyalty"')[2].partition("</section>")[0]
    table = section.partition("What came of each segment")[2].partition("</table>")[0]
    then = {state for (_, scheme), state in world.states["2024-03"].items() if scheme == "loyalty"}
    assert table.count("<td>2024-03</td>") == len(then)
    assert "explains 25.0% of the differences in spend" in table
    assert "less than nine equal groups by spend of three periods (50.0%)" in table
    assert chinese.count("各分群其后的表现") == english.count("What came of each segment")
    assert "What came of" not in visible(pages(period="2024-01"))


def test_where_customers_of_a_segment_are_in_other_schemes_is_shown_by_label(pages):
    english, chinese = visible(pages()), visible(pages("zh"))
    section = english.partition('id="loyalty"')[2].partition("</section>")[0]
    table = section.partition("Where its customers are in other schemes")[2].partition("</table>")[0]
    rows = re.findall(r"<tr><th.*?</tr>", table, flags=re.S)[1:]
    assert 0 < len(rows) <= PLACES * len(BUILT_IN["loyalty"].segments)
    assert all(re.search(r'<td class="number">\d+\.\d×</td>', one) for one in rows)
    assert not re.search(r"\w+_\w+", re.sub(r"<[^>]*>", "", table))
    assert "其客户在其他方案中的位置" in chinese
    assert "How closely the segments of two schemes go together" in english
    assert "两个方案的分群有多一致" in chinese


def test_each_portrait_says_how_to_treat_the_customers_of_the_segment(pages):
    english, chinese = visible(pages()), visible(pages("zh"))
    loyal = english.partition('id="loyalty"')[2].partition("</section>")[0]
    advice = BUILT_IN["loyalty"].segments["high"].playbook
    assert f"<dt>Handling</dt><dd>{advice.handling.en}</dd>" in loyal
    assert f"<dt>对待方式</dt><dd>{advice.handling.zh}</dd>" in chinese
    discovered = english.partition('id="behaviour_clusters"')[2].partition("</section>")[0]
    assert "How to treat them" not in discovered


def test_every_forecast_is_shown_with_its_record_beside_the_baselines(pages):
    english, chinese = visible(pages()), visible(pages("zh"))
    section = english.partition('id="forecasts"')[2].partition("</section>")[0]
    assert section.count("<h3>") == len(FORECAST_FEATURES) + 1  # the next new category is no feature
    assert section.count("2 past periods") == 2
    assert section.count("no period could be tested yet") == len(FORECAST_FEATURES) + 1 - 2
    [published] = [row for row in section.split("<tr>") if "badge" in row]
    assert "Forecast as published" in published
    assert "0.812" in published
    assert "Recency, frequency, tenure" in section
    quantity = section.partition("Expected orders, next 3 periods")[2].partition("<h3>")[0]
    assert "Inside the 80% interval" in quantity
    assert "Ranking (AUC)" not in quantity
    assert quantity.count("0.546") == quantity.count("0.811") == 3
    assert "Same as the last three periods" in quantity
    assert "落在 80% 区间内" in chinese
    assert "下一期流失概率" in chinese
    assert "最近购买、频率、客龄" in chinese


def test_the_chart_library_is_the_one_of_the_installed_version():
    assert charting.FILE.read_text(encoding="utf-8") == charting.bundled(), "make charts"


def test_charts_are_valid_vega_lite(pages):
    found = re.search(r'id="specifications">(.*?)</script>', pages(), flags=re.S)
    assert found
    specifications = json.loads(found.group(1))
    assert len(specifications) > 20
    for one in specifications.values():
        alt.Chart.from_dict(one, validate=True)


def test_the_matrix_holds_every_customer_of_both_periods(engine, published, world):
    _, folder, manifest = published
    figures = load(engine, folder, manifest, "2024-04", BUILT_IN)
    both = set(world.population["2024-03"]) & set(world.population["2024-04"])
    for scheme in figures.schemes:
        assert sum(cell["customers"] for cell in figures.matrix(scheme)) == len(both)


def test_key_figures_come_from_the_flows(engine, published, world):
    _, folder, manifest = published
    totals = load(engine, folder, manifest, "2024-04", BUILT_IN).totals("2024-04")
    before, now = set(world.population["2024-03"]), set(world.population["2024-04"])
    assert totals["population"] == len(now)
    assert totals["left"] == len(before - now)
    assert totals["entered"] + totals["returned"] == len(now - before)
    assert totals["moved_share"] == pytest.approx(
        sum(totals["moved"].values()) / (len(BUILT_IN) * len(before & now))
    )
    assert set(totals["moved"]) == set(CAUSES)


def test_a_portrait_without_means_says_so(engine, published):
    _, folder, manifest = published
    figures = load(engine, folder, manifest, "2024-04", BUILT_IN)
    first = figures.portraits[0]
    first |= {"feature": "income_amount", "mean_value": None, "population_mean_value": None}
    cards = scheme_section(figures, Words("en", "EUR", figures.labels("en"), BUILT_IN), first["scheme"])[
        "portraits"
    ]
    told = [one["means"] for card in cards for one in card["features"] if one["label"] == "Income amount"]
    assert told == ["means are not published"]


def test_a_portrait_describes_somebody_and_does_not_count_what_was_observed():
    shown = set(describing(FEATURES))
    assert {"recency_days", "orders_count_12p", "average_order_amount_12p", "tenure_days"} <= shown
    counts = {
        "brand_lines_count_12p",
        "lines_count_12p",
        "satisfaction_evidence_count_12p",
        "feature_evidence_share",
    }
    assert not counts & shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "How each segment goes on",
                "Customers 2024-05",
                "the last period again, nothing has been closer",
            ],
        ),
        ("zh", ["各分群的走势", "客户数 2024-05", "重复上一周期，没有其他方法更接近"]),
    ],
)
def test_how_segments_go_on_is_shown_with_interval_and_record(pages, world, language, words):
    page = pages(language)
    assert [one for one in words if one not in page] == []
    counts = Counter(state for state in world.states["2024-04"].values() if ":" in state)
    large = next(size for size in counts.values() if size >= 10)
    assert f">{large} ({large - 2}–{large + 2})<" in page
