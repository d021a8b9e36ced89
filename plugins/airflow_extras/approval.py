"""Asks a person before a run goes on, by Airflow's own human-in-the-loop operator.

Since Airflow 3.3 a task that waits for its answer holds no slot and needs no triggerer. It is
answered in the UI (Required Actions) or by REST, by whoever may edit the DAG's runs. Nobody's
silence is an answer: in the end the default is chosen, and `insist_on` tells that from a refusal.
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
from include.status.conclusion import APPROVAL

log = logging.getLogger(__name__)


class Question(HITLOperator):
    """A question of two options, the harmless one being the default.

    Args:
        subject: One line; Jinja, as is `body`. Neither may hold personal data: both are stored.
        body: What the decision needs, in Markdown. Where it turns out to be empty there is nothing
            to be asked: the task is skipped at once.
        go_on: The option that lets the run go on, such as 同意.
        stop: The option that stops it, such as 拒绝; also taken when nobody answers in time.
        within: How long a person has.
    """

    def __init__(
        self,
        *,
        subject: str,
        body: str,
        go_on: str,
        stop: str,
        within: timedelta,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(
            subject=subject,
            body=body,
            options=[go_on, stop],
            defaults=stop,
            response_timeout=within,
            retries=0,
            **kwargs,
        )

    def execute(self, context: Any) -> Any:  # noqa: ANN401 - as the operator has it
        """Wait for the answer; in a preview nobody is asked, and nobody where there is nothing."""
        if is_preview():
            raise AirflowSkipException("预览，不询问 / preview, nobody is asked")
        if not (self.body or "").strip():
            raise AirflowSkipException("没有要问的 / there is nothing to ask")
        log.info("等待回答，请到「Required Actions」选择 / waits for an answer: %s", self.subject)
        return super().execute(context)


def insist_on(
    go_on: str, answer: Mapping[str, Any] | None, undone: Bilingual, *, refusal_is_red: bool = False
) -> None:
    """Return if a person chose `go_on`; `answer` is the output of a `Question`.

    It is None where somebody has marked the question as done or skipped: that answers nothing.

    `undone` says what is not done otherwise, such as `什么也没有删`.

    Raises:
        AirflowSkipException: A person chose the other option; the task is shown as skipped.
        ConfigurationError: Nobody answered, and so nobody has decided; or a person chose the other
            option and `refusal_is_red`. The task is red.
    """
    if not answer:
        by_hand = Bilingual(
            "提问被手工标为成功或跳过，没有留下回答",
            "the question was marked by hand as done or skipped, without an answer",
        )
        raise _not_done(go_on, by_hand, undone)
    (chosen,) = answer["chosen_options"]
    if not answer["responded_by_user"]:
        raise _not_done(go_on, Bilingual("没有人按时回答", "nobody answered in time"), undone)
    if chosen == go_on:
        return
    refused = Bilingual(f"有人选择了「{chosen}」", "a person refused")
    if refusal_is_red:
        raise _not_done(go_on, refused, undone)
    log.warning("%s，%s / %s, %s", refused.zh, undone.zh, refused.en, undone.en)
    raise AirflowSkipException(str(refused))


def _not_done(go_on: str, why: Bilingual, undone: Bilingual) -> ConfigurationError:
    return ConfigurationError(
        APPROVAL,
        Bilingual(f"{why.zh}，{undone.zh}", f"{why.en}, {undone.en}"),
        Bilingual(
            f"要照做，请重新运行该 DAG，再次询问时到「Required Actions」选择「{go_on}」",
            f"to have it done, run the DAG again, and choose 「{go_on}」 under Required Actions",
        ),
    )
