"""Who asks: a page's session, and the address that it came from.

The address is that of the connection. Where a proxy stands before the server, all connections are the proxy's, and the
visitor's address is in `X-Forwarded-For`, which anybody can write: so it is read only where the connection is from a
proxy that is trusted, and there only back to the first address that is not. uvicorn does that before a request comes
here; FORWARDED_ALLOW_IPS names the proxies, as addresses or networks. Without it only this machine is trusted.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import Any

PROXIES_NAME = "FORWARDED_ALLOW_IPS"
# In a Space nothing but the Hub's proxies reaches the server, and they do so from a private network.
SPACE_PROXIES = "127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
PREFIX = 64  # bits of an address of IPv6 that one network has; all others are for its machines to choose


@dataclass(frozen=True)
class Visitor:
    """address: of the network, as `address_of` writes it. session: the page's own name; "" where it told none."""

    address: str
    session: str = ""


def visitor_of(client: Any, session: str = "") -> Visitor:
    """Who asks. client: host and port, as in an ASGI scope; None where the server does not know."""
    return Visitor(address_of(client[0] if client else ""), session)


def address_of(host: str) -> str:
    """What a host counts as: an address of IPv4, or a network of IPv6, where one machine has as many as it likes."""
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
    """Say whom uvicorn is to trust, in a Space, unless somebody has said so."""
    if os.environ.get("SPACE_ID"):
        os.environ.setdefault(PROXIES_NAME, SPACE_PROXIES)
