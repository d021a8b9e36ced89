"""Sets the app up: the ten worksheets, and a shop's rows of `sync_config`."""

from __future__ import annotations

import logging

from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.models import Worksheet as LiveWorksheet
from include.destination.sheets.provision import provision
from include.destination.sheets.survey import State, table
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.run.api_settings import (
    kept_option_keys,
    remember_options,
    write_default_settings,
)
from include.shops import ShopConfig

log = logging.getLogger(__name__)


def set_up(client: MingdaoClient, config: ShopConfig, *, preview: bool = False) -> dict[str, int]:
    """Create what the app lacks, and show what was right and what was wrong in one table.

    Raises ConfigurationError, with the table, when something does not fit; nothing is changed then.
    """
    kept, known = kept_option_keys(client, [config]), dict[str, LiveWorksheet]()
    findings = provision(client, WORKSHEETS, preview=preview, option_keys=kept, known=known)
    log.info("应用结构 / the app's structure:\n%s", table(findings))
    created = sum(finding.state is State.MISSING for finding in findings)
    if preview:
        log.info("预览，没有写入；将新建 %d 项 / preview, nothing written", created)
        return {"created": created, "settings": 0}
    settings = write_default_settings(client, config, known).written
    for note in remember_options(client, config, known):
        log.warning(note)
    log.info("新建 %d 项结构，%d 行配置 / created structure and settings", created, settings)
    return {"created": created, "settings": settings}
