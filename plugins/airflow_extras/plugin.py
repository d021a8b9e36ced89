"""Registers this project's Airflow extensions.

Every Airflow process loads this file, each task's included, so the web apps are imported only
where Airflow asks for them: in the API server.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from airflow_extras.timetable import QuarterHoursOrWholeDays


class ExtrasPlugin(AirflowPlugin):
    """The Airflow plugin of this project."""

    name = "airflow_extras"
    timetables = [QuarterHoursOrWholeDays]  # noqa: RUF012  (Airflow's own declaration)
    external_views = [  # noqa: RUF012
        {
            "name": "同步 · Sync",
            "href": "xiaoe/",
            "url_route": "xiaoe",
            "destination": "nav",
            "icon": "xiaoe/static/icon.svg",
            "icon_dark_mode": "xiaoe/static/icon-dark.svg",
            "nav_top_level": True,
        }
    ]

    @property
    def fastapi_apps(self) -> list[Any]:  # type: ignore[override]  # Airflow only reads it
        """The page at /xiaoe of the API server, and the receiver of pushes at /xiaoe-push."""
        from airflow_extras.page.app import app as page
        from airflow_extras.push.app import app as push

        return [
            {"name": "xiaoe", "app": page, "url_prefix": "/xiaoe"},
            {"name": "xiaoe_push", "app": push, "url_prefix": "/xiaoe-push"},
        ]
