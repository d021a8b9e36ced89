"""Where messages go: DingTalk, WeCom, Feishu, e-mail, Slack and many others, by apprise.

The connection is of Airflow's own type `apprise`: its `config` is `{"path": "<service address>"}`
or a list of these. A service with `"tag": "digest"` also gets one message a day.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.providers.apprise.hooks.apprise import AppriseHook
from apprise import Apprise, NotifyType

from airflow_extras.robot_answers import read_robot_answers
from connectors.masking import mask
from include.status.messages import Message

log = logging.getLogger(__name__)

EVERYONE = "all"  # what apprise itself calls every service
DIGEST = "digest"


class Channel:
    """Where messages go: the services that the connection names, by apprise."""

    def __init__(self, conn_id: str) -> None:
        hook = AppriseHook(conn_id)
        connection: Any = hook.get_connection(conn_id)
        config = hook.get_config_from_conn(connection)
        # An address carries the service's token, and apprise quotes one that it cannot read.
        mask(*(service["path"] for service in (config if isinstance(config, list) else [config])))
        # Its plugins quote answers and addresses where a message fails.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        read_robot_answers()
        self._services = Apprise()
        hook.set_config_from_conn(connection, self._services)

    @property
    def wants_digest(self) -> bool:
        """Tell whether any service asks for a message a day."""
        return any(True for _ in self._services.find(tag=DIGEST))

    def send(self, message: Message, kind: str, tag: str = EVERYONE) -> bool:
        """Send to every service with this tag; tell whether each of them took it."""
        sent = self._services.notify(
            title=message.title, body=message.body, notify_type=NotifyType(kind), tag=tag
        )
        if not sent:
            log.warning("消息没有发出 / the message did not go out")
        return bool(sent)
