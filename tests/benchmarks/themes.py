"""Planted topics of the simulated company against the themes that a whole run finds.

``python -m tests.benchmarks themes [--customers 4000 --periods 6 --language en]`` writes the company, runs it
through the stages of ``segments run`` as far as themes, and prints by period the version in force, and of
each topic the theme with which it has most texts in common, with F1; of a company of all languages
(``mixed``) both English and Chinese themes. Social posts name no topic and are left out. ``--texts-alone``:
the project reads no profiles, no posts, and of orders the shop's, so that accounts are customers.
"""

import argparse
import tempfile
from pathlib import Path

from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, simulate
from pipeline.simulate.topics import TOPICS, topic_of
from tests.benchmarks.partly import keep_sources, run_as_far_as
from tests.lakes import lake_files, lake_rows

VERSIONS, THEMED = "models/theme_versions", "texts/themes"
#: Those that texts with topics stand in, and orders, which a project must have.
SOURCES = ("desk_tickets", "surveys", "interviews", "shop_orders", "rates")


def f1_of(project: Project, plan: Plan, period: str, language: str) -> dict[str, tuple[float, str]]:
    """Of each planted topic its theme among the texts of ``period``, and F1; empty without themes."""
    lake = project.lake_path
    coded = {one["line_key"]: (one["themes"] or "").split(";") for one in lake_rows(lake, "clean/interviews")}
    rows = []
    for one in lake_rows(lake, THEMED, period):
        if one["text_language"] == language and one["entity"] != "social_activity":
            topic = topic_of(plan, one["line_key"])
            planted = coded[one["line_key"]] if one["entity"] == "interviews" else [topic]
            rows.append((planted, one["theme_ids"]))
    themes = {theme for _, found in rows for theme in found}
    best = {}
    for topic in TOPICS if themes else ():
        meant = sum(topic in planted for planted, _ in rows)
        best[topic] = max(
            (
                2 * sum(topic in planted and theme in found for planted, found in rows)
                / (meant + sum(theme in found for _, found in rows)),
                theme,
            )
            for theme in themes
        )  # fmt: skip
    return best


def main(arguments: list[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=4_000)
    parser.add_argument("--periods", type=int, default=6)
    parser.add_argument("--language", choices=["en", "zh", "mixed"], default="en")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--texts-alone", action="store_true")
    parser.add_argument("--folder", type=Path, help="keep the company here; read it if it is there")
    asked = parser.parse_args(arguments)
    plan = Plan(asked.customers, asked.periods, asked.seed, asked.language)
    with tempfile.TemporaryDirectory() as temporary:
        folder = (asked.folder or Path(temporary)) / "company"
        if not folder.exists():
            simulate(folder, plan)
            if asked.texts_alone:
                keep_sources(folder, SOURCES)
        project = load_project(folder)
        if set(plan.keys) - set(lake_files(project.lake_path, THEMED)):
            run_as_far_as(project, {VERSIONS: None, THEMED: None})
        for language in ["en", "zh"] if asked.language == "mixed" else [asked.language]:
            for period in plan.keys:
                _print(project, plan, period, language)


def _print(project: Project, plan: Plan, period: str, language: str) -> None:
    versions = lake_rows(project.lake_path, VERSIONS, period)
    [version] = [one for one in versions if one["theme_language"] == language]
    best = f1_of(project, plan, period, language)
    mean = f"{sum(one for one, _ in best.values()) / len(best):.3f}" if best else "-"
    each = ", ".join(f"{topic} {theme} {f1:.2f}" for topic, (f1, theme) in best.items())
    print(f"{period} {version['theme_version'] or version['status']:22} F1 {mean} {each}")


if __name__ == "__main__":
    main()
