"""Which addresses on the network may be contacted, and connections to exactly those.

A name is looked up once, everything that it leads to is checked, and the connection is made to
a checked IP address and not to the name: a server of names that would answer differently the
second time (DNS rebinding) is not asked a second time. TLS and the Host header keep the name.
"""

from __future__ import annotations

import math
import queue
import re
import socket
import threading
import time
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import unquote, urlsplit

from imgdisplay.core.deadline import time_left
from imgdisplay.errors import quote

__all__ = [
    "Forbidden",
    "Network",
    "address_name",
    "is_listed",
    "is_remote",
    "not_public",
    "shown_address",
    "unusual_host",
]

# In this order: the first that holds an address names its kind. IANA IPv4 and IPv6
# Special-Purpose Address Registries (RFC 6890 and its updates), RFC 5771 for multicast.
# Metadata services: AWS, Google, Alibaba, Oracle and Azure document these.
_SPECIAL = (
    ("169.254.169.254/32", "metadata"),
    ("169.254.170.2/32", "metadata"),
    ("100.100.100.200/32", "metadata"),
    ("192.0.0.192/32", "metadata"),
    ("168.63.129.16/32", "metadata"),
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "private"),  # shared between a provider and its customers
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "reserved"),  # for documentation, as are 198.51.100 and 203.0.113
    ("192.88.99.0/24", "reserved"),  # relays from 6to4
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "reserved"),  # for benchmarks
    ("198.51.100.0/24", "reserved"),
    ("203.0.113.0/24", "reserved"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("fd00:ec2::254/128", "metadata"),
    ("fd20:ce::254/128", "metadata"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("fc00::/7", "private"),
    ("fec0::/10", "private"),  # site-local, the forerunner of fc00::/7
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
    ("2001::/23", "reserved"),  # protocol assignments, the tunnels of Teredo among them
    ("2001:db8::/32", "reserved"),
    ("2002::/16", "reserved"),  # tunnels of 6to4
    ("3fff::/20", "reserved"),
)

# Prefixes behind which the last 32 bits are the IPv4 address that is really contacted:
# RFC 4291 2.5.5.2 (mapped), RFC 2765 2.1 (translated), RFC 6052 2.1 (NAT64).
_CARRIES_IPV4 = ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")

_ALLOWED_IF_PRIVATE = ("loopback", "private")


@lru_cache(maxsize=1)
def _special() -> list[tuple[IPv4Network | IPv6Network, str]]:
    return [(ip_network(block), kind) for block, kind in _SPECIAL]


@lru_cache(maxsize=1)
def _carriers() -> list[IPv6Network]:
    return [IPv6Network(block) for block in _CARRIES_IPV4]


@lru_cache(maxsize=1)
def _unicast() -> IPv6Network:
    return IPv6Network("2000::/3")  # all that is assigned so far, RFC 4291 2.4


def not_public(ip: str) -> str:
    """Return the kind of an IP address that is not on the public internet, or "".

    An IPv4 address inside of an IPv6 address (mapped, translated, NAT64) is judged as what it
    is. The rules are written here because those of `ipaddress` differ between Python versions.

    Returns
    -------
    str
        "loopback", "private", "link-local", "metadata", "multicast", "unspecified",
        "reserved", or "" for a public address.

    Examples
    --------
    >>> not_public("127.0.0.1"), not_public("::ffff:10.0.0.1"), not_public("64:ff9b::a9fe:a9fe")
    ('loopback', 'private', 'metadata')
    >>> not_public("93.184.216.34"), not_public("2606:4700::1111")
    ('', '')
    """
    try:
        address: IPv4Address | IPv6Address = ip_address(ip.partition("%")[0])
    except ValueError:
        return "reserved"
    if isinstance(address, IPv6Address) and any(address in block for block in _carriers()):
        address = IPv4Address(int(address) & 0xFFFFFFFF)
    for block, kind in _special():
        if address.version == block.version and address in block:
            return kind
    if isinstance(address, IPv6Address) and address not in _unicast():
        return "reserved"
    return ""


_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE | re.ASCII)
_DOTTED = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})(?:\.(?!\Z)|\Z)){4}", re.ASCII)

# Names that by rule mean something on this network: RFC 6761 6.3, RFC 6762 3, RFC 8375 3, and
# .internal, which ICANN reserved in 2024. A name without a dot gets the network's own suffix.
_LOCAL_ENDS = (".localhost", ".local", ".internal", ".home.arpa")


def unusual_host(host: str, *, private: bool) -> str:
    """Return what is wrong with a host before it is looked up, or "".

    Parameters
    ----------
    host
        A name, or an IP address without brackets.
    private
        Names of the own network are allowed.

    Examples
    --------
    >>> unusual_host("example.org", private=False)
    ''
    >>> unusual_host("2130706433", private=False)  # is 127.0.0.1 to many resolvers
    'is on a host that is written as an unusual number; check the address'
    >>> unusual_host("intranet", private=False)
    'is on a host of the own network; remote_private=True allows that'
    """
    if ":" in host:
        return "" if _is_ip(host) else "is on no valid host; check the address"
    name = host.removesuffix(".").lower()
    if not _NAME.fullmatch(name):
        return "is on no valid host; check the address"
    # As browsers do: a host whose last part is a number is an IP address (URL Standard 3.5).
    # Its forms with fewer parts, in octal or hexadecimal are read differently by different
    # resolvers, and are used by nobody but those who hide something.
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        plain = _DOTTED.fullmatch(host) and _is_ip(host)
        return (
            "" if plain else "is on a host that is written as an unusual number; check the address"
        )
    if not private and ("." not in name or f".{name}".endswith(_LOCAL_ENDS)):
        return "is on a host of the own network; remote_private=True allows that"
    return ""


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_listed(host: str, listed: Iterable[str]) -> bool:
    """Tell whether a host is in a list of names, ``*.`` standing for any subdomains.

    Examples
    --------
    >>> is_listed("a.example.org", ["*.example.org"]), is_listed("example.org", ["*.example.org"])
    (True, False)
    >>> is_listed("example.org.", ["EXAMPLE.org"])
    True
    """
    name = host.removesuffix(".").lower()
    for entry in listed:
        wanted = entry.removesuffix(".").lower()
        if name == wanted or (wanted.startswith("*.") and name.endswith(wanted[1:])):
            return True
    return False


_SHOWN = 80
_SHOWN_HOST = 60


def is_remote(source: object) -> bool:
    """Tell whether a source is text that names an address which would be fetched.

    Examples
    --------
    >>> is_remote("https://example.org/cat.png"), is_remote("cat.png"), is_remote("file:///cat.png")
    (True, False, False)
    """
    return isinstance(source, str) and _ADDRESS.match(source) is not None


_ADDRESS = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+://", re.IGNORECASE | re.ASCII)


def shown_address(address: str) -> str:
    """Return an address for people to read, quoted, short, and without what may be secret.

    Users, passwords, queries and fragments are left out: tokens and signatures stand there.

    Examples
    --------
    >>> shown_address("https://me:secret@example.org/a/cat.png?token=secret#x")
    "'https://example.org/a/cat.png?…'"
    """
    links = address[:10_000].split("::") if address[:4].lower() == "zip:" else [address]
    return quote("::".join(map(_shown_link, links)))


def _shown_link(link: str) -> str:
    scheme, found, _ = link.partition("://")
    if not found:
        return link[-_SHOWN_HOST:]  # the path of an archive
    try:
        parts = urlsplit(link)
        # A password with a slash in it looks like a port, a path and an "@" in that.
        if parts.port is not None and re.search("[^/]@", parts.path):
            return f"{scheme[:20]}://…"
    except ValueError:
        return f"{scheme[:20]}://…"
    host = parts.netloc.rpartition("@")[2][-_SHOWN_HOST:]
    path = "/".join(
        "…" + part.rpartition("@")[2] if ":" in part and "@" in part else part
        for part in parts.path.split("/")
    )
    hidden = "?…" if parts.query or parts.fragment else ""
    whole = f"{scheme}://{host}{path}{hidden}"
    if len(whole) <= _SHOWN:
        return whole
    return f"{scheme[:20]}://{host}/…{path[-30:]}{hidden}"


def address_name(address: str) -> str:
    """Return the last part of an address, to name the picture in alternative texts.

    Examples
    --------
    >>> address_name("https://example.org/holiday/black%20cat.png?width=100")
    'black cat.png'
    >>> address_name("zip://photos/cat.png::archive.zip")
    'cat.png'
    """
    scheme, _, rest = address.partition("::")[0].partition("://")
    if scheme.lower() in ("http", "https"):
        try:
            path = urlsplit(address).path
        except ValueError:
            return ""
        return unquote(path.rpartition("/")[2].partition(";")[0])
    return rest.rpartition("/")[2]


class Forbidden(Exception):
    """A host leads to an address of a kind that may not be contacted."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind

    def __str__(self) -> str:
        hint = "; remote_private=True allows that" if self.kind in _ALLOWED_IF_PRIVATE else ""
        return f"a {self.kind} address{hint}"


class Network:
    """Connections to checked addresses only: the network backend of an httpcore pool.

    Parameters
    ----------
    private
        Allow loopback and private addresses. Those of other kinds stay forbidden.
    checked
        False for connections to a proxy, which the user has chosen.
    """

    def __init__(self, *, private: bool, checked: bool = True) -> None:
        self._private = private
        self._checked = checked

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> Any:
        """Connect to the first address of a host that answers.

        Raises
        ------
        Forbidden
            If one of its addresses may not be contacted; then none is.
        OSError
            If the name is not known.
        httpcore.ConnectError, httpcore.ConnectTimeout
        """
        import httpcore

        seconds = min(time_left(), math.inf if timeout is None else timeout)
        end = time.monotonic() + seconds
        found = self.allowed(host, seconds)
        failure: Exception = httpcore.ConnectTimeout("no time left to connect")
        for number, ip in enumerate(found):
            share = (end - time.monotonic()) / (len(found) - number)
            if share <= 0:
                break
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    ip,
                    port,
                    timeout=None if math.isinf(share) else share,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _Timed(stream)
        raise failure

    def allowed(self, host: str, seconds: float) -> list[str]:
        """Return the IP addresses of a host, all of which may be contacted.

        Raises
        ------
        Forbidden
        OSError
            If the name is not known, or not within `seconds`.
        """
        found = _addresses_of(host, seconds)
        for ip in found if self._checked else ():
            kind = not_public(ip)
            if kind and not (self._private and kind in _ALLOWED_IF_PRIVATE):
                raise Forbidden(kind)
        return found[:_MOST_ADDRESSES]


_MOST_ADDRESSES = 6


def _addresses_of(host: str, seconds: float) -> list[str]:
    if _is_ip(host):
        return [host]
    # The system's resolver takes no time limit, so a thread of its own waits for it.
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except Exception as error:  # UnicodeError for a label of more than 63 characters
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name="imgdisplay-lookup").start()
    try:
        answer = answers.get(timeout=max(0.0, min(seconds, threading.TIMEOUT_MAX)))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    if isinstance(answer, Exception) or not answer:
        raise socket.gaierror(socket.EAI_NONAME, "no such host")
    return list(dict.fromkeys(str(entry[4][0]) for entry in answer))


class _Timed:
    """A connection whose every step ends at the `time_limit` in effect."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.close = stream.close
        self.get_extra_info = stream.get_extra_info

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = self._stream.read(max_bytes, _within_limit(timeout))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within_limit(timeout))

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Timed:
        limit = _within_limit(timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, limit))


def _within_limit(timeout: float | None) -> float | None:
    """Return how long one step on a connection may take; None if there is no limit."""
    seconds = min(time_left(), math.inf if timeout is None else timeout)
    if seconds <= 0:
        raise TimeoutError
    return None if math.isinf(seconds) else seconds
