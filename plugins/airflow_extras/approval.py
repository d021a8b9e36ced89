"""Asks a person before a run goes on, by Airflow's own human-in-the-loop operator.

Since Airflow 3.3 a task that waits for its answer holds no slot and needs no triggerer. It is
answered in the UI (Required Actions) or by REST, by whoever may edit the DAG's runs. Nobody's
silence is an answer: after a day the default is chosen, and `insist_on` tells that from a refusal.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from airflow_extras.run import is_preview
from connectors.errors import Bilingual, ConfigurationError

log = logging.getLogger(__name__)

RESPONSE_TIMEOUT = timedelta(days=1)


class Question(HITLOperator):
    """A question of two options, the harmless one being the default.

    Args:
        subject: One line; Jinja, as is `body`. Neither may hold personal data: both are stored.
        body: What the decision needs, in Markdown.
        go_on: The option that lets the run go on, such as 同意.
        stop: The option that stops it, such as 拒绝; also taken when nobody answers for a day.
    """

    def __init__(self, *, subject: str, body: str, go_on: str, stop: str, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(
            subject=subject,
            body=body,
            options=[go_on, stop],
            defaults=stop,
            response_timeout=RESPONSE_TIMEOUT,
            retries=0,
            **kwargs,
        )

    def execute(self, context: Any) -> Any:  # noqa: ANN401 - as the operator has it
        """Wait for the answer; in a preview nobody is asked, and what follows is skipped."""
        if is_preview():
            raise AirflowSkipException("预览，不询问 / preview, nobody is asked")
        return super().execute(context)


def insist_on(go_on: str, answer: Mapping[str, Any]) -> None:
    """Return if a person chose `go_on`; `answer` is the output of a `Question`.

    Raises:
        AirflowSkipException: A person chose the other option; the task is shown as skipped.
        ConfigurationError: Nobody answered in time; the task is red, for nobody has decided.
    """
    (chosen,) = answer["chosen_options"]
    if not answer["responded_by_user"]:
        raise ConfigurationError(
            "approval",
            Bilingual(
                "一天内没有人回答，什么也没有做",
                "nobody answered within a day, nothing was done",
            ),
            Bilingual(
                f"重新运行该 DAG，在一天内到「Required Actions」选择「{go_on}」",
                f"run the DAG again and choose 「{go_on}」 under Required Actions within a day",
            ),
        )
    if chosen != go_on:
        log.warning("有人选择了「%s」，什么也没有做 / refused by a person, nothing done", chosen)
        raise AirflowSkipException(f"有人选择了「{chosen}」 / refused by a person")
