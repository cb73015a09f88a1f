"""``python -m pipeline.cli``: the same as ``segments``."""

from pipeline.cli import app

app()
