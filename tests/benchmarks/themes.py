"""Planted topics of the simulated company against the themes that a whole run finds.

``python -m tests.benchmarks themes [--customers 4000 --periods 6 --language en]`` writes the company, runs it
to the publication, and prints by period the version in force, and of each topic the theme with which it has
most texts in common, with F1. Social posts name no topic and are left out.
"""

import argparse
import tempfile
from pathlib import Path

from assets.running import bring_up_to_date
from pipeline.settings import Project, load_project
from pipeline.simulate import Plan, simulate
from pipeline.simulate.topics import TOPICS, topic_of
from tests.lakes import lake_rows


def f1_of(project: Project, plan: Plan, period: str, language: str) -> dict[str, tuple[float, str]]:
    """Of each planted topic its theme among the texts of ``period``, and F1; empty without themes."""
    lake = project.lake_path
    coded = {one["line_key"]: (one["themes"] or "").split(";") for one in lake_rows(lake, "clean/interviews")}
    rows = []
    for one in lake_rows(lake, "texts/themes", period):
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
    parser.add_argument("--language", choices=["en", "zh"], default="en")
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args(arguments)
    plan = Plan(asked.customers, asked.periods, asked.seed, asked.language)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "company"
        simulate(folder, plan)
        project = load_project(folder)
        bring_up_to_date(project)
        for period in plan.keys:
            versions = lake_rows(project.lake_path, "models/theme_versions", period)
            [version] = [one for one in versions if one["theme_language"] == asked.language]
            best = f1_of(project, plan, period, asked.language)
            mean = f"{sum(one for one, _ in best.values()) / len(best):.3f}" if best else "-"
            each = ", ".join(f"{topic} {theme} {f1:.2f}" for topic, (f1, theme) in best.items())
            print(f"{period} {version['theme_version'] or version['status']:22} F1 {mean} {each}")


if __name__ == "__main__":
    main()
