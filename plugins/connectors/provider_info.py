"""The two connection types as plain data; imports nothing, because Airflow reads it very early."""

from __future__ import annotations


def get_provider_info() -> dict[str, object]:
    """Return the provider's description for Airflow's provider discovery."""
    return {
        "package-name": "xiaoe-mingdao-airflow",
        "name": "Xiaoe-tong and Mingdao HAP",
        "description": "小鹅通与明道云连接器 / connectors for Xiaoe-tong and Mingdao HAP",
        "versions": ["0.1.0"],
    }
