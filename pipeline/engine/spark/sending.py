"""Functions on their way to the workers, without the secrets of settings that they may hold.

Belongs here: pickling what runs elsewhere. Does not belong here: running it (``engine``).
"""

import io
from importlib import import_module
from typing import Any

from pydantic import Secret, SecretBytes, SecretStr

cloudpickle: Any = import_module("pyspark.cloudpickle")  # without types


class _WithoutSecrets(cloudpickle.Pickler):  # type: ignore[misc]
    def reducer_override(self, obj: Any) -> Any:
        """Passwords and the secret of ids stay where they are: what a worker has may be seen (law L6)."""
        if isinstance(obj, Secret | SecretBytes | SecretStr):
            return _nothing, ()
        return super().reducer_override(obj)


def _nothing() -> None:
    return None


def sent(function: Any) -> bytes:
    """``function`` as bytes; ``cloudpickle.loads`` makes it anew."""
    written = io.BytesIO()
    _WithoutSecrets(written).dump(function)
    return written.getvalue()
