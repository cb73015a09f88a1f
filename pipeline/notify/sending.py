"""Sending one message to one receiver, through apprise (mail, chat, webhook).

Belongs here: all that knows of apprise. Does not belong here: what is sent, or trying again (``notifying``).

An address holds passwords and tokens: it is never written, and a receiver is known by a digest of it.
"""

import hashlib
from typing import cast

#: Told of a receiver, in place of its address.
_DIGITS = 12


class SendingError(Exception):
    """A receiver did not take a message, or is none."""


def receiver(address: str) -> str:
    """What a receiver is known by in the outbox."""
    return hashlib.sha256(address.encode()).hexdigest()[:_DIGITS]


def send(address: str, title: str, body: str, tone: str) -> None:
    """Send a message; ``tone`` is failure, warning or success. Raises ``SendingError``."""
    import apprise

    asset = apprise.AppriseAsset(app_id="customer-segments", app_desc="customer-segments", app_url="")
    service = apprise.Apprise.instantiate(address, asset=asset)
    if service is None:
        raise SendingError("its address is none that apprise knows (https://appriseit.com)")
    name = str(service.service_name)
    sender = apprise.Apprise(asset=asset)
    sender.add(service)
    try:
        taken = sender.notify(
            body=body,
            title=title,
            notify_type=apprise.NotifyType(tone),
            body_format=apprise.NotifyFormat.TEXT,
        )
    except Exception as error:  # whatever a service's own code raises: the message is to be tried again
        raise SendingError(f"{name}: {type(error).__name__}") from None
    if not cast(bool, taken):
        raise SendingError(f"{name} did not take it")
