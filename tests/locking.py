"""The lock file of Spark alone: what another lock file pins already is left out.

Belongs here: taking one lock file from another. Does not belong here: resolving (``make lock``).
"""

import re
import sys
from pathlib import Path

#: A pinned requirement begins in the first column; hashes and comments follow, indented.
_PINNED = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)


def entries(text: str) -> dict[str, str]:
    """Entries of a lock file by the name of the package."""
    return {re.split(r"[\[=; ]", one, maxsplit=1)[0]: one for one in _PINNED.split(text) if one.strip()}


def main(base: Path, whole: Path, target: Path) -> None:
    """Write to ``target`` the entries of ``whole`` that ``base`` lacks; ``whole`` is removed."""
    known = entries(base.read_text(encoding="utf-8"))
    kept = [one for name, one in entries(whole.read_text(encoding="utf-8")).items() if name not in known]
    target.write_text("".join(kept), encoding="utf-8")
    whole.unlink()


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:4]))
