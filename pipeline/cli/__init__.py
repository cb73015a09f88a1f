"""The command line ``segments``: commands, and how they show what they found.

Belongs here: arguments, printing, exit codes. Does not belong here: any rule of the business,
or running assets (``assets.running``, imported only by the commands that need it).
"""

import atexit
import gc

# Imports make a million objects that stay: a fifth of the time would go into looking for cycles among them.
gc.set_threshold(50_000, *gc.get_threshold()[1:])
# So would a second at the end, when Python looks through all of them three times before it lets go of them.
atexit.register(gc.freeze)

from pipeline.cli.commands import app  # noqa: E402

__all__ = ["app"]
