"""The command line ``segments``: commands, and how they show what they found.

Belongs here: arguments, printing, exit codes. Does not belong here: any rule of the business,
or running assets (``assets.running``, imported only by the commands that need it).
"""

from pipeline.cli.commands import app

__all__ = ["app"]
