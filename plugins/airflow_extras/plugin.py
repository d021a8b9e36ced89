"""Registers this project's Airflow extensions."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class ExtrasPlugin(AirflowPlugin):
    """The Airflow plugin of this project."""

    name = "airflow_extras"
