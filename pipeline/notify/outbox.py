"""What was told, and what waits to be sent: a small file in the lake.

Belongs here: that file, and who may write it. Does not belong here: what is to be told (``news``), or
sending.

A message is written here before it is sent and leaves when every receiver has it; so none is lost when
sending fails or the process ends, and at worst one comes twice to one receiver.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipeline.notify.news import Known

_FOLDER = "notify"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(_Part):
    """A message in words; ``tone``: failure, warning or success; ``sent_to``: receivers that have it."""

    key: str
    title: str
    body: str
    tone: str
    sent_to: list[str] = []

    def lacks(self, receivers: Sequence[str]) -> list[str]:
        """Those of ``receivers`` that do not have it."""
        return [one for one in receivers if one not in self.sent_to]

    def sent(self, receiver: str) -> "Message":
        """The same, of which one more receiver is known to have it."""
        return self.model_copy(update={"sent_to": [*self.sent_to, receiver]})


class Outbox(_Part):
    """What is known to be told, by the key of the alarm; messages that wait, oldest first; the newest period
    that was looked at; and by what it is known that nothing changed since."""

    known: dict[str, Known] = {}
    waiting: list[Message] = []
    seen_through: str | None = None
    looked_at: str = ""


def read(lake: Path) -> Outbox:
    """The outbox of the lake; empty where nothing was told yet."""
    path = lake / _FOLDER / "outbox.json"
    return Outbox.model_validate_json(path.read_text(encoding="utf-8")) if path.is_file() else Outbox()


def write(lake: Path, outbox: Outbox) -> None:
    """Keep ``outbox``, whole or not at all."""
    path = lake / _FOLDER / "outbox.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(outbox.model_dump_json(indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


@contextmanager
def alone(lake: Path) -> Iterator[bool]:
    """Whether this process alone may tell now; others leave it to the one that does."""
    (lake / _FOLDER).mkdir(parents=True, exist_ok=True)
    with (lake / _FOLDER / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
