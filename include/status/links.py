"""Addresses in HAP's own pages, for links from ours.

The path is the one of HAP's web client (github.com/mingdaocom/pd-openweb, the route
`worksheetDetailOld`), which asks for a login like any other page of it.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

_CLOUD = {"api.mingdao.com": "www.mingdao.com", "api2.mingdao.com": "www.mingdao.com"}
_API = "/api"


def web_address(api_address: str) -> str:
    """Return where people open the app whose API has this address; a private one ends in /api."""
    parts = urlsplit(api_address)
    host = _CLOUD.get(parts.hostname or "", parts.netloc)
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/").removesuffix(_API), "", ""))


def row_url(web: str, worksheet_id: str, row_id: str) -> str:
    """Return the address of a row in the browser."""
    return f"{web}/worksheet/{quote(worksheet_id, safe='')}/row/{quote(row_id, safe='')}"
