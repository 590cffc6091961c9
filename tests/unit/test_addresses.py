"""Which addresses may be contacted, how they are looked up, and what is told of them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgdisplay.core.deadline import time_left, time_limit
from imgdisplay.core.remote.addresses import (
    Forbidden,
    Network,
    address_name,
    is_listed,
    not_public,
    shown_address,
    unusual_host,
)

KINDS = {
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "10.0.0.1": "private",
    "10.255.255.255": "private",
    "100.64.0.1": "private",
    "100.100.100.200": "metadata",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "metadata",
    "169.254.169.254": "metadata",
    "169.254.170.2": "metadata",
    "169.254.0.1": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.1": "reserved",
    "192.0.0.192": "metadata",
    "192.0.2.1": "reserved",
    "192.88.99.1": "reserved",
    "192.168.1.1": "private",
    "198.18.0.1": "reserved",
    "198.51.100.7": "reserved",
    "203.0.113.7": "reserved",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "reserved",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:169.254.169.254": "metadata",
    "::ffff:0:192.168.0.1": "private",
    "64:ff9b::10.0.0.1": "private",
    "64:ff9b::169.254.169.254": "metadata",
    "64:ff9b:1::1": "reserved",
    "100::1": "reserved",
    "2001::1": "reserved",
    "2001:db8::1": "reserved",
    "2002:7f00:1::1": "reserved",
    "3fff::1": "reserved",
    "4000::1": "reserved",
    "fc00::1": "private",
    "fd00:ec2::254": "metadata",
    "fd20:ce::254": "metadata",
    "fdff::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "private",
    "ff02::1": "multicast",
    "no address": "reserved",
    "": "reserved",
}

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.1",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00::1",
]


class TestAnIpAddress:
    @pytest.mark.parametrize(("ip", "kind"), KINDS.items())
    def test_that_is_not_public_is_named_by_its_kind(self, ip: str, kind: str) -> None:
        assert not_public(ip) == kind

    @pytest.mark.parametrize("ip", PUBLIC)
    def test_that_is_public_is_told_from_those(self, ip: str) -> None:
        assert not_public(ip) == ""

    @given(st.ip_addresses(v=4))
    def test_is_never_public_where_the_standard_library_says_so(self, ip: IPv4Address) -> None:
        assert ip.is_global or not_public(str(ip))

    @given(st.ip_addresses(v=6, network="2000::/3"))
    def test_is_never_public_where_the_standard_library_says_so_of_version_6(
        self, ip: IPv6Address
    ) -> None:
        assert ip.is_global or not_public(str(ip))

    @given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "::ffff:0:0:0", "64:ff9b::"]))
    def test_within_another_is_judged_alike(self, ip: IPv4Address, prefix: str) -> None:
        carried = ip_address(int(ip_address(prefix)) + int(ip))

        assert not_public(str(carried)) == not_public(str(ip))


class TestAHost:
    @pytest.mark.parametrize(
        "host",
        [
            "example.org",
            "example.org.",
            "a-b.c_d.example",
            "xn--mller-kva.example",
            "93.184.216.34",
            "127.0.0.1",  # left to be judged as the address it is
            "::1",
            "3com.example",
            "0x.example",
        ],
    )
    def test_as_usual_is_looked_up(self, host: str) -> None:
        assert unusual_host(host, private=False) == ""

    @pytest.mark.parametrize(
        "host",
        [
            "2130706433",
            "0x7f000001",
            "017700000001",
            "0177.0.0.1",
            "0x7f.0.0.1",
            "0x7f.1",
            "127.1",
            "127.0.1",
            "127.0.0.01",
            "127.0.0.1.",
            "256.256.256.256",
            "1.2.3.4.5",
            "example.1",
            "example.0x1",
            "0",
            "0x",
        ],
    )
    @pytest.mark.parametrize("private", [True, False])
    def test_in_an_unusual_number_is_never_looked_up(self, host: str, private: bool) -> None:
        assert "number" in unusual_host(host, private=private)

    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "router.home.arpa",
            "intranet",
        ],
    )
    def test_of_the_own_network_is_looked_up_only_if_that_is_allowed(self, host: str) -> None:
        assert "own network" in unusual_host(host, private=False)
        assert unusual_host(host, private=True) == ""

    @pytest.mark.parametrize(
        "host", ["", ".", "a..b", "a b.example", "a%6d.example", "a:b", "[::1", "é.example", "a\0b"]
    )
    def test_that_is_none_is_never_looked_up(self, host: str) -> None:
        assert "no valid host" in unusual_host(host, private=True)

    @pytest.mark.parametrize(
        ("host", "listed", "expected"),
        [
            ("example.org", ["example.org"], True),
            ("Example.ORG.", ["example.org"], True),
            ("example.org", ["EXAMPLE.org."], True),
            ("a.example.org", ["example.org"], False),
            ("a.example.org", ["*.example.org"], True),
            ("a.b.example.org", ["*.example.org"], True),
            ("example.org", ["*.example.org"], False),
            ("badexample.org", ["*.example.org", "example.org"], False),
            ("example.org.evil.example", ["example.org", "*.example.org"], False),
            ("example.org", [], False),
            ("example.org", ["*"], False),
        ],
    )
    def test_is_found_in_a_list_by_its_whole_name(
        self, host: str, listed: list[str], expected: bool
    ) -> None:
        assert is_listed(host, listed) is expected


SECRET = "s3cr3t"


class TestAnAddressThatIsShown:
    @pytest.mark.parametrize(
        "address",
        [
            f"https://{SECRET}@example.org/cat.png",
            f"https://user:{SECRET}@example.org/cat.png",
            f"https://user:{SECRET}@example.org:8443/cat.png",
            f"https://user:{SECRET}/x@example.org/cat.png",
            f"https://user:x/{SECRET}@example.org/cat.png",
            f"https://user:x@{SECRET}@example.org/cat.png",
            f"https:///user:{SECRET}@example.org/cat.png",
            f"https://example.org\\user:{SECRET}@example.org/cat.png",
            f"https://example.org/cat.png?token={SECRET}",
            f"https://example.org/cat.png#{SECRET}",
            f"https://example.org?{SECRET}",
            f"https://[::1/?{SECRET}",
            f"https://[::1]:99999999/?{SECRET}",
            f"https://example.org/?a=://{SECRET}",
            f"sftp://user:{SECRET}@example.org/cat.png",
            f"sftp://user:a::{SECRET}@example.org/cat.png",
            f"zip://cat.png::sftp://user:{SECRET}@example.org/a.zip",
            f"zip://cat.png::https://example.org/a.zip?token={SECRET}",
        ],
    )
    def test_has_no_secrets(self, address: str) -> None:
        assert SECRET not in shown_address(address)

    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            ("https://example.org/a/cat.png", "'https://example.org/a/cat.png'"),
            ("HTTPS://Example.org:8443/@me/cat.png", "'HTTPS://Example.org:8443/@me/cat.png'"),
            ("https://example.org/cat.png?w=1", "'https://example.org/cat.png?…'"),
            ("s3://bucket/a/cat.png", "'s3://bucket/a/cat.png'"),
            ("zip://cat.png::/tmp/a.zip", "'zip://cat.png::/tmp/a.zip'"),
            ("http://[::1]:80/cat.png", "'http://[::1]:80/cat.png'"),
            ("https://me:1/2@example.org", "'https://…'"),
        ],
    )
    def test_can_be_recognised(self, address: str, shown: str) -> None:
        assert shown_address(address) == shown

    @given(st.text())
    def test_is_short_whatever_it_is(self, rest: str) -> None:
        for address in ("https://" + rest * 50, "zip://" + rest * 50, rest):
            assert len(shown_address(address)) <= 121
            assert isinstance(address_name(address), str)

    @pytest.mark.parametrize("sign", [":", "@", "/", ":@", "a:", "::", "%", "?", ".", "\\"])
    def test_costs_little_whatever_it_is(self, sign: str) -> None:
        start = time.perf_counter()
        for scheme in ("https", "sftp", "zip"):
            shown_address(f"{scheme}://{sign * 100_000}")
            shown_address(f"{scheme}:///{sign * 100_000}")
            address_name(f"{scheme}:///{sign * 100_000}")
        unusual_host(sign * 100_000, private=False)

        assert time.perf_counter() - start < 1

    @pytest.mark.parametrize(
        ("address", "name"),
        [
            ("https://example.org/a/cat.png", "cat.png"),
            (f"https://user:{SECRET}@example.org/cat.png?{SECRET}#{SECRET}", "cat.png"),
            (f"https://example.org/cat.png;id={SECRET}", "cat.png"),
            ("https://example.org/%C3%BC%2Fb.png", "ü/b.png"),
            ("https://example.org/%FF.png", "\ufffd.png"),
            (f"https://{SECRET}@example.org", ""),
            ("https://example.org/", ""),
            ("s3://bucket/a/cat?.png", "cat?.png"),
            ("memory://cat.png", "cat.png"),
            ("zip://a/cat.png::/tmp/a.zip", "cat.png"),
        ],
    )
    def test_is_named_by_its_last_part(self, address: str, name: str) -> None:
        assert address_name(address) == name


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let names lead where a test says; what is not said is not known."""
    known: dict[str, Any] = {}

    def getaddrinfo(host: str, port: object, *args: object, **kwargs: object) -> list[Any]:
        answer = known.get(host)
        if callable(answer):
            answer = answer()
        if answer is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in answer]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Connect to nothing, and list where it would have been."""
    httpcore = pytest.importorskip("httpcore")
    made: list[Any] = []

    def connect(self: object, host: str, port: int, **settings: Any) -> object:
        made.append((host, port, settings["timeout"]))
        if host.endswith(".9"):
            raise httpcore.ConnectError("refused")

        class Nothing:
            read = write = close = get_extra_info = start_tls = None

        return Nothing()

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return made


class TestANetwork:
    def test_connects_to_the_address_that_it_has_checked(
        self, names: dict[str, Any], connected: list[Any]
    ) -> None:
        answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
        names["rebinding.example"] = lambda: next(answers)

        Network(private=False).connect_tcp("rebinding.example", 443, timeout=5)

        assert [(host, port) for host, port, _ in connected] == [("93.184.216.34", 443)]
        assert next(answers) == ["127.0.0.1"]  # it was asked for once

    @pytest.mark.parametrize("ip", [ip for ip in KINDS if ip not in ("", "no address")])
    def test_connects_nowhere_if_one_of_the_addresses_is_not_public(
        self, names: dict[str, Any], connected: list[Any], ip: str
    ) -> None:
        names["mixed.example"] = ["93.184.216.34", ip]

        with pytest.raises(Forbidden, match=KINDS[ip]):
            Network(private=False).connect_tcp("mixed.example", 443)

        assert connected == []

    @pytest.mark.parametrize("ip", [ip for ip in KINDS if ip not in ("", "no address")])
    def test_of_the_own_kind_reaches_private_addresses_and_no_others(
        self, names: dict[str, Any], connected: list[Any], ip: str
    ) -> None:
        names["intranet"] = [ip]
        network = Network(private=True)

        if KINDS[ip] in ("private", "loopback"):
            network.connect_tcp("intranet", 80)
            assert connected[0][0] == ip
        else:
            with pytest.raises(Forbidden):
                network.connect_tcp("intranet", 80)
            assert connected == []

    def test_checks_addresses_that_need_no_lookup(
        self, names: dict[str, Any], connected: list[Any]
    ) -> None:
        for ip in ("127.0.0.1", "::1", "169.254.169.254"):
            with pytest.raises(Forbidden):
                Network(private=False).connect_tcp(ip, 80)
        assert connected == []

    def test_tries_the_next_address_with_the_time_that_is_left(
        self, names: dict[str, Any], connected: list[Any]
    ) -> None:
        names["two.example"] = ["93.184.216.9", "93.184.216.34"]

        Network(private=False).connect_tcp("two.example", 443, timeout=4)

        assert [host for host, _, _ in connected] == ["93.184.216.9", "93.184.216.34"]
        assert connected[0][2] == pytest.approx(2, abs=0.2)
        assert connected[1][2] == pytest.approx(4, abs=0.2)

    def test_tries_few_of_many_addresses(self, names: dict[str, Any], connected: list[Any]) -> None:
        httpcore = pytest.importorskip("httpcore")
        names["many.example"] = [f"93.184.{number}.9" for number in range(250)]

        with pytest.raises(httpcore.ConnectError):
            Network(private=False).connect_tcp("many.example", 443)

        assert 1 < len(connected) < 10

    @pytest.mark.parametrize("host", ["unknown.example", "a" * 64 + ".example"])
    def test_says_that_a_name_is_unknown(
        self, names: dict[str, Any], connected: list[Any], host: str
    ) -> None:
        with pytest.raises(socket.gaierror):
            Network(private=False).connect_tcp(host, 443)

    def test_does_not_wait_for_a_slow_lookup(
        self, names: dict[str, Any], connected: list[Any]
    ) -> None:
        done = threading.Event()
        names["slow.example"] = lambda: [done.wait(5)] and ["93.184.216.34"]
        start = time.monotonic()

        with pytest.raises(TimeoutError):
            Network(private=False).connect_tcp("slow.example", 443, timeout=0.1)

        assert time.monotonic() - start < 2
        done.set()


class TestATimeLimit:
    def test_is_the_smallest_of_those_around(self) -> None:
        with time_limit(10), time_limit(100):
            assert 9 < time_left() <= 10
            with time_limit(1):
                assert time_left() <= 1
            assert time_left() > 9

    def test_is_of_its_thread_alone(self) -> None:
        seen: list[float] = []
        with time_limit(1):
            thread = threading.Thread(target=lambda: seen.append(time_left()))
            thread.start()
            thread.join()

        assert seen == [float("inf")]

    def test_ends_reading_from_a_connection(self, connected: list[Any]) -> None:
        stream = Network(private=False).connect_tcp("93.184.216.34", 80)
        steps: list[Callable[[], object]] = [
            lambda: stream.read(1),
            lambda: stream.write(b"x"),
            lambda: stream.start_tls(None),
        ]

        with time_limit(0):
            for step in steps:
                with pytest.raises(TimeoutError):
                    step()
