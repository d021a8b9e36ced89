"""The settings in force, where HAP tells them; an app that is not set up yet has the defaults."""

from __future__ import annotations

from connectors.errors import ConnectorError
from connectors.mingdao.client import MingdaoClient
from include.flows.run.api_settings import ApiSettings, read_settings
from include.shops import ShopConfig


def settings_or_defaults(hap: MingdaoClient, config: ShopConfig) -> ApiSettings:
    """Return what people set in `sync_config`; the reason why it cannot be read is told later."""
    try:
        return read_settings(hap, config)
    except ConnectorError:
        return ApiSettings()
