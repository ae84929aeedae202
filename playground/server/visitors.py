"""Identifies visitors: a page's session, and its address.

The address is that of the connection. Behind a proxy all connections are the proxy's, and the visitor's address is in
`X-Forwarded-For`, which anybody can forge: so it is used only on connections from a trusted proxy, and only back to the
first untrusted address. uvicorn does that before a request gets here; FORWARDED_ALLOW_IPS names the proxies, as
addresses or networks. Without it only this machine is trusted.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

PROXIES_NAME = "FORWARDED_ALLOW_IPS"
# In a Space only the Hub's proxies reach the server, from a private network.
SPACE_PROXIES = "127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
PREFIX = 64  # bits of an IPv6 address that identify the network; the rest is for its machines to choose


@dataclass(frozen=True)
class Visitor:
    """address: of the network, as `address_of` writes it. session: the page's own name; "" if it sent none."""

    address: str
    session: str = ""


def visitor_of(client: Any, session: str = "") -> Visitor:
    """The visitor of a connection. client: host and port, as in an ASGI scope; None if the server does not know."""
    return Visitor(address_of(client[0] if client else ""), session)


@lru_cache(4_096)
def address_of(host: str) -> str:
    """A host's address for accounting: an IPv4 address, or an IPv6 network, where one machine has any number of
    addresses."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"  # a proxy that does not say
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, PREFIX), strict=False))


def trust_the_proxies_of_a_space() -> None:
    """In a Space, tell uvicorn which proxies to trust, unless it is configured already."""
    if os.environ.get("SPACE_ID"):
        os.environ.setdefault(PROXIES_NAME, SPACE_PROXIES)
