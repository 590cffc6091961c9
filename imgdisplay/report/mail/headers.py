"""Headers of a message: nothing that is put into them can become another header."""

from __future__ import annotations

import email.policy
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from email.errors import HeaderDefect, NonASCIILocalPartDefect, ObsoleteHeaderDefect
from email.headerregistry import Address
from email.message import EmailMessage
from typing import TypeAlias

from imgdisplay.core.html import plain_text
from imgdisplay.errors import OptionError, quote

__all__ = ["People", "address_list", "message_with_headers", "one_line"]

People: TypeAlias = str | Address | Iterable[str | Address]
"""One address, several in one text with commas between them, or a list of such."""

_LONGEST_SUBJECT = 250
_LONGEST_NAME = 100


def message_with_headers(
    *, subject: str, to: People, sender: str | Address | None, cc: People
) -> EmailMessage:
    """Return a message without a body.

    It gets a date, in UTC, which tells no place; and a Message-ID in the domain of the sender
    (RFC 5322, section 3.6.4), if there is one.

    Raises
    ------
    OptionError
        If an address is none, or `to` names nobody.
    """
    message = EmailMessage()
    message["Subject"] = one_line(subject, _LONGEST_SUBJECT)
    if sender is not None:
        author = address_list(sender, "sender")
        if len(author) != 1:
            raise OptionError(f"sender={quote(sender)}: expected one address")
        message["From"] = author
        domain = author[0].domain
        if domain.isascii() and not domain.startswith("["):
            message["Message-ID"] = f"<{uuid.uuid4().hex}@{domain}>"
    receivers = address_list(to, "to")
    if not receivers:
        raise OptionError(f"to={quote(to)}: expected at least one address")
    message["To"] = receivers
    copies = address_list(cc, "cc")
    if copies:
        message["Cc"] = copies
    message["Date"] = datetime.now(UTC)
    return message


def one_line(text: object, limit: int) -> str:
    """Return a text in one line, without what controls or reorders it.

    Examples
    --------
    >>> one_line("Hello\\r\\nBcc: eve@example.org", 250)
    'Hello Bcc: eve@example.org'
    """
    return plain_text(" ".join(str(text).split()), limit)


def address_list(given: People, name: str) -> tuple[Address, ...]:
    """Return the addresses that people are named by, checked.

    Parameters
    ----------
    name
        Keyword that they were given by, for the message of the error.

    Raises
    ------
    OptionError
        If one of them is no address.

    Examples
    --------
    >>> [str(one) for one in address_list(["Ann Lee <ann@example.org>", "bob@example.org"], "to")]
    ['Ann Lee <ann@example.org>', 'bob@example.org']
    """
    if isinstance(given, (str, Address)):
        return _read(given, name)
    try:
        several = list(given)
    except TypeError:
        raise OptionError(_refusal(given, name)) from None
    return tuple(address for one in several for address in _read(one, name))


def _read(given: object, name: str) -> tuple[Address, ...]:
    text = str(given) if isinstance(given, Address) else given
    # A control character is no slip of the pen but somebody's data gone astray.
    if not isinstance(text, str) or any(unicodedata.category(one) == "Cc" for one in text):
        raise OptionError(_refusal(given, name))
    try:
        header = email.policy.default.header_factory(name, plain_text(text, len(text)))
        if name == "sender":  # which is a header of its own kind, and means another one
            header = email.policy.default.header_factory("from", plain_text(text, len(text)))
        found = tuple(header.addresses)
        clean = all(map(_is_usable, found)) and not any(map(_is_serious, header.defects))
    except (ValueError, IndexError, AttributeError):  # what the parser stumbles over
        clean = False
    if not clean or not found:
        raise OptionError(_refusal(given, name))
    return tuple(
        Address(one_line(one.display_name, _LONGEST_NAME), one.username, one.domain)
        for one in found
    )


def _is_usable(address: Address) -> bool:
    return bool(address.username and address.domain) and "\ufffd" not in address.addr_spec


def _is_serious(defect: HeaderDefect) -> bool:
    # "J. Doe <…>" lacks its quotes since 2001, and everybody writes it so.
    return not isinstance(defect, (ObsoleteHeaderDefect, NonASCIILocalPartDefect))


def _refusal(given: object, name: str) -> str:
    return (
        f"{name}={quote(given)}: expected an address such as 'ann@example.org' or "
        "'Ann Lee <ann@example.org>'; a name with a comma needs quotes, as in "
        "'\"Lee, Ann\" <ann@example.org>'"
    )
