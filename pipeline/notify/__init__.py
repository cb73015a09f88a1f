"""Messages to people: one when something begins that they should act on, one when it is over.

Belongs here: what is an alarm and whether it goes on (``alarms``), what of it is news (``news``), what is
said of it (``messages`` in the words of ``words``), what was said already and what waits to be sent
(``outbox``), sending (``sending``), all of it together (``notifying``). Does not belong here: findings, or
whether a source is whole.
"""

from pipeline.notify.alarms import Alarm
from pipeline.notify.notifying import Told, preview, tell, try_receivers

__all__ = ["Alarm", "Told", "preview", "tell", "try_receivers"]
