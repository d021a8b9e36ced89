"""Every address that people are given: in HAP's own pages, in Airflow's UI, on our page.

The path of a row is the one of HAP's web client (github.com/mingdaocom/pd-openweb, the route
`worksheetDetailOld`), which asks for a login like any other page of it.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from include.source.windows import SHOP_ZONE

_CLOUD = {"api.mingdao.com": "www.mingdao.com", "api2.mingdao.com": "www.mingdao.com"}
_API = "/api"
_WINDOW = "%Y-%m-%dT%H:%M"
_RUN = re.compile(r"dags/[\w.~-]+/runs/[^/?#\s]+$")
_TASK = re.compile(
    r"dags/[\w.~-]+/runs/[^/?#\s]+/tasks/[\w.-]+(?:/mapped/\d+)?(?:\?try_number=\d+)?$"
)


def web_address(api_address: str) -> str:
    """Return where people open the app whose API has this address; a private one ends in /api."""
    parts = urlsplit(api_address)
    host = _CLOUD.get(parts.hostname or "", parts.netloc)
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/").removesuffix(_API), "", ""))


def row_url(web: str, worksheet_id: str, row_id: str) -> str:
    """Return the address of a row in the browser."""
    return f"{web}/worksheet/{quote(worksheet_id, safe='')}/row/{quote(row_id, safe='')}"


def run_url(airflow: str, dag_id: str, run_id: str) -> str:
    """Return the address of a run; "" where Airflow's own is not known."""
    return f"{airflow.rstrip('/')}/dags/{dag_id}/runs/{run_id}" if airflow else ""


def task_url(run: str, task_id: str, map_index: int, try_number: int) -> str:
    """Return the address of the log of one try of a task of a run; "" where the run has none."""
    mapped = f"/mapped/{map_index}" if map_index >= 0 else ""
    return f"{run}/tasks/{task_id}{mapped}?try_number={try_number}" if run else ""


def run_path(url: str) -> str:
    """Return the part of a link to a run that follows Airflow's own address; else ""."""
    found = _RUN.search(url.strip())
    return found.group() if found else ""


def task_path(url: str) -> str:
    """Return the part of a link to a task that follows Airflow's own address; else ""."""
    found = _TASK.search(url.strip())
    return found.group() if found else ""


def backfill_url(airflow: str, dag: str, since: datetime, until: datetime) -> str:
    """Return the address of our page with the span filled into its backfill form."""
    asked = {
        "dag": dag,
        "since": since.astimezone(SHOP_ZONE).strftime(_WINDOW),
        "until": until.astimezone(SHOP_ZONE).strftime(_WINDOW),
    }
    return f"{page_url(airflow)}?{urlencode(asked)}"


def page_url(airflow: str) -> str:
    """Return the address of our page in the Airflow UI."""
    return f"{airflow.rstrip('/')}/plugin/xiaoe/xiaoe/"
