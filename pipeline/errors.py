"""The one error a user is meant to read.

Belongs here: the shape of a message about bad input. Does not belong here: programming
errors, which stay ordinary Python exceptions with a traceback.
"""


class InputError(Exception):
    """Something the user gave cannot be used; nothing was written.

    The message names where (file, row or key), what was found, what was expected and what
    to do, in one paragraph. It never holds a value of a direct identifier (law L6).
    """

    def __init__(self, where: str, found: str, expected: str, remedy: str) -> None:
        self.where, self.found, self.expected, self.remedy = where, found, expected, remedy
        super().__init__(f"{where}: {found}. Expected {expected}. {remedy}")


class MayPassError(InputError):
    """The same where nothing has to be mended: it may go well when it is tried again later."""
