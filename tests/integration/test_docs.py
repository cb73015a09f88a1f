"""The examples of README and docs/declarations.md do what they say, in a copy of the program."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import pipeline
from tests.conftest import SECRET, SECRET_NAME, shop_settings

ROOT = Path(pipeline.__file__).parents[1]
#: A fenced block whose first line says which file it is.
BLOCK = re.compile(r"```\w+\n# (\S+)\n(.*?)```", re.DOTALL)
CONSENTS = {
    "entity": "consents",
    "connector": {"kind": "file", "format": "csv", "path": "consents.csv"},
    "columns": {"source_account_id": "c", "decided_at": "at", "purpose": "for", "is_granted": "yes"},
}
ASKED = """
from pathlib import Path
from assets.definitions import build_defs
from pipeline.settings import load_project
project = load_project(Path(SYS.argv[1]))
build_defs(project)
print(*sorted(project.givable), *project.every_scheme)
""".replace("SYS", "__import__('sys')")


@pytest.mark.parametrize(
    ("document", "declared"),
    [
        ("README.md", {"units_per_order_12p", "bulk_buying"}),
        ("docs/declarations.md", {"consent_decisions_count_12p", "consent_granted_share_12p", "openness"}),
    ],
)
def test_what_is_declared_as_the_documents_say_exists(
    document: str, declared: set[str], tmp_path: Path
) -> None:
    program, company = tmp_path / "program", tmp_path / "company"
    for package in ("pipeline", "assets"):
        shutil.copytree(ROOT / package, program / package, ignore=shutil.ignore_patterns("__pycache__"))
    settings = shop_settings()
    settings["sources"]["consents"] = CONSENTS
    blocks = dict(BLOCK.findall((ROOT / document).read_text(encoding="utf-8")))
    assert len(blocks) >= 2
    for file, text in blocks.items():
        if file == "project.yaml":
            settings |= yaml.safe_load(text)
        else:
            assert not (program / file).exists()
            (program / file).write_text(text, encoding="utf-8")
    company.mkdir()
    (company / "project.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(program), SECRET_NAME: SECRET}
    done = subprocess.run(
        [sys.executable, "-c", ASKED, str(company)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert declared <= set(done.stdout.split())
