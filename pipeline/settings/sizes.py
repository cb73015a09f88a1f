"""Sizes of memory and files as people write them: ``2GB``, ``512 MiB``.

Belongs here: their form and what they are in bytes. Does not belong here: any setting.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_SIZE = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]?)(I?)B\s*", re.IGNORECASE | re.ASCII)
_POWERS = {unit: power for power, unit in enumerate("_KMGT")}
_LARGEST_BYTES = 1000**5


def in_bytes(size: str) -> int:
    """Bytes of ``size``; KB is 1,000 and KiB 1,024 bytes. Raises ``ValueError``."""
    found = _SIZE.fullmatch(size)
    if found is None:
        raise ValueError("it is not a size: write a number with its unit, such as 2GB, 512MB or 1.5GiB")
    number, unit, binary = found.groups()
    bytes_count = int(float(number) * (1024 if binary else 1000) ** _POWERS[unit.upper() or "_"])
    if not 0 < bytes_count <= _LARGEST_BYTES:
        raise ValueError("a size lies above 0 and up to 1000TB")
    return bytes_count


def _checked(given: Any) -> Any:
    in_bytes(given if isinstance(given, str) else "")
    return given


#: A number with its unit, as it was written; ``in_bytes`` reads it.
Size = Annotated[str, BeforeValidator(_checked)]
