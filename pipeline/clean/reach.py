"""E-mail addresses, phone numbers, postcodes and national numbers in one form each.

Belongs here: how one written value is read, or that it cannot be. Does not belong here: which
columns hold them (``canonical``). Nothing is looked up: no mail server, no numbering plan online.
"""

import re
from functools import lru_cache

from pipeline.clean.names import REMEMBERED

#: A number that a spreadsheet made a float.
_POINT_ZERO = re.compile(r"^(\+?[0-9]+)\.0+$")


@lru_cache(maxsize=REMEMBERED)
def email_address(text: str) -> str | None:
    """An address in small letters, without a display name; none if its syntax is wrong or its
    domain is reserved (``.test``, ``.invalid``, ``.local``)."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(
            text.lower().removeprefix("mailto:"), check_deliverability=False, allow_display_name=True
        )
    except EmailNotValidError:
        return None
    return found.normalized.lower()


@lru_cache(maxsize=REMEMBERED)
def phone_number(text: str, country: str) -> str | None:
    """A number in E.164, without extension; none if no such number can exist.

    ``country`` (ISO 3166-1 alpha-2, or ``""``) says what a number in national form means.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(_POINT_ZERO.sub(r"\1", text), country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def postcode(text: str) -> str:
    """A postal code in capitals, without blanks."""
    return _POINT_ZERO.sub(r"\1", text).replace(" ", "").upper()


def national_number(text: str) -> str | None:
    """A number that a state gives: letters and digits alone, in capitals."""
    return "".join(one for one in _POINT_ZERO.sub(r"\1", text) if one.isalnum()).upper() or None
