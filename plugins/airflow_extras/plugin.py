"""Registers this project's Airflow extensions."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from airflow_extras.timetable import QuarterHoursOrWholeDays


class ExtrasPlugin(AirflowPlugin):
    """The Airflow plugin of this project."""

    name = "airflow_extras"
    timetables = [QuarterHoursOrWholeDays]  # noqa: RUF012  (Airflow's own declaration)
