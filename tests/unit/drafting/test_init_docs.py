"""The example of docs/init.md is what a draft is."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pipeline
from pipeline.drafting import Wishes, drafted

PAGE = Path(pipeline.__file__).parents[1] / "docs" / "init.md"
FILE = re.compile(r"<!-- example: (\S+) -->\n```csv\n(.*?)```", re.DOTALL)
DRAFT = re.compile(r"<!-- draft -->\n```yaml\n(.*?)```", re.DOTALL)


def test_the_example_of_the_page_is_drafted_so(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = FILE.findall(page)
    assert len(files) == 3
    for name, content in files:
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = drafted([str(tmp_path)], tmp_path, Wishes(title="Two shops"), datetime(2026, 11, 1, tzinfo=UTC))
    (wanted,) = DRAFT.findall(page)
    assert found.problem is None
    assert found.text == wanted
