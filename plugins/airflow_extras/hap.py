"""Opens HAP where somebody waits: on the page, and before a message goes out."""

from __future__ import annotations

from connectors.http.retries import RetryRules
from connectors.http.transport import Deadlines
from connectors.mingdao.client import MingdaoClient, connect
from connectors.mingdao.hook import MingdaoHook

_DEADLINES = Deadlines(connect=3.0, read=8.0, total=12.0)
_RETRIES = RetryRules(tries=2, throttled_tries=2)


def open_app_briefly(conn_id: str) -> MingdaoClient:
    """Return a client of a HAP connection that gives up soon.

    Raises AirflowNotFoundException where there is no such connection, and ConfigurationError where
    a field of it is wrong.
    """
    return connect(MingdaoHook(conn_id).settings, deadlines=_DEADLINES, retries=_RETRIES)
