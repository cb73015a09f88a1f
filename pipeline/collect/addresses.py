"""What may be shown of what is far away.

Belongs here: URLs without secrets, messages that stores and http share. Does not belong here:
asking (``network``, ``remote``), and nothing that is slow to import.
"""

from urllib.parse import urlsplit

from pipeline.errors import InputError


def shown(url: str) -> str:
    """A URL without user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def too_large(where: str, max_size: str) -> InputError:
    """The message for content beyond the settings' ``max_size``."""
    return InputError(
        where,
        f"it is larger than {max_size}",
        f"at most {max_size} (max_size of the connector), counted unpacked",
        "Raise max_size if it really is that large; it may also be endless, or meant to do harm.",
    )
