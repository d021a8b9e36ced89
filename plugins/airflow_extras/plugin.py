"""Registers this project's Airflow extensions.

Every Airflow process loads this file, each task's included, so the page's web app is imported only
where Airflow asks for it: in the API server.
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
        """The page, at /xiaoe of the API server."""
        from airflow_extras.page.app import app

        return [{"name": "xiaoe", "app": app, "url_prefix": "/xiaoe"}]
