"""The chart library that the report embeds, taken from vl-convert (``make charts``).

Belongs here: which parts of it are bundled, and where the file stands. Does not belong here: embedding it
(``pipeline.publish.report``), which needs the file alone.
"""

from pathlib import Path

import vl_convert

FILE = Path(__file__).parents[1] / "pipeline" / "publish" / "static" / "vega.js"


def bundled() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


if __name__ == "__main__":
    FILE.write_text(bundled(), encoding="utf-8")
