"""Settings of the report."""

from typing import Literal

from pipeline.settings.base import Settings


class ReportSettings(Settings):
    """The HTML report."""

    language: Literal["en", "zh"] = "en"
