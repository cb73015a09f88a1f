"""``segments schema``: the JSON Schema of settings, printed or beside a project."""

import json
from pathlib import Path

from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.settings.json_schema import project_schema


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["schema"])
    assert json.loads(printed.stdout) == project_schema()
    written = CliRunner().invoke(app, ["schema", "--to", str(tmp_path / "project.schema.json")])
    assert "# yaml-language-server: $schema=project.schema.json" in written.stdout
    assert json.loads((tmp_path / "project.schema.json").read_text(encoding="utf-8")) == project_schema()


def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["schema", "--to", str(tmp_path / "nowhere" / "x.json")])
    assert result.exit_code == 2
    assert "cannot be written" in result.output
