"""Turns an answer of HAP into its `data`, or into the error that its code stands for.

What a stranger would get wrong: HAP answers 200 for most refusals, and spells code and message in
three ways (`error_code/error_msg`, `errorCode/errorMsg`, `code/msg`; contracts: hap §10.1). So
`success` decides, then the code, and the HTTP status only where it says more than the code does.
The vendor's message goes into no error: it may repeat what was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field

from connectors import codes
from connectors.errors import (
    AuthenticationError,
    Bilingual,
    ConnectorError,
    ContractError,
    RateLimited,
)
from connectors.http import network_faults
from connectors.http.answers import Answer
from connectors.mingdao.models.record import Record, unreadable
from connectors.mingdao.values import Text

T = TypeVar("T")

# What these statuses say is certain, and narrower than the code around them: 401 comes with the
# catch-all 10001 "Http Headers verification failed", 413 and 429 come from the gateway.
_STATUS_DECIDES = frozenset({413, 429})

_STALE_STRUCTURE = "数据过时"
_STALE_WAIT = 0.6


def _to_code(value: object) -> int:
    return int(str(value))


class Body(Record):
    """What every answer is wrapped in. The message is never shown."""

    success: bool | None = None
    code: Annotated[int | None, BeforeValidator(_to_code)] = Field(
        None, validation_alias=AliasChoices("error_code", "errorCode", "code")
    )
    message: Text = Field(
        "", validation_alias=AliasChoices("error_msg", "errorMsg", "msg"), repr=False
    )
    data: Any = Field(None, repr=False)


@dataclass(frozen=True)
class Envelope:
    """What an answer says of its call."""

    api: str
    status: int
    body: Body

    @property
    def refused(self) -> bool:
        """Tell whether the call was not carried out; a throttling code outweighs `success`."""
        return not self.body.success or self.body.code in codes.HAP

    @classmethod
    def of(cls, answer: Answer) -> Envelope:
        """Read the envelope; raises `ContractError` when the answer has none."""
        body = Body.parse(answer.json)
        if body.success is None and body.code is None:
            raise unreadable("success")
        return cls(answer.api, answer.status, body)


Outcome = Callable[[Envelope], object]


def data_of(envelope: Envelope) -> object:
    """Return `data`, or raise the error that the code stands for."""
    if envelope.refused:
        raise _refusal(envelope)
    return envelope.body.data


def data_of_delete(envelope: Envelope) -> object:
    """Return `data` of a deletion, which may call itself failed although it worked.

    `success: false, error_code: 0, error_msg: 成功` is an answer that two independent clients met
    and take for done (contracts: hap §8.1, §10.1). Nothing but a deletion gets that credit, and
    whoever must be certain looks whether the row is gone.
    """
    body = envelope.body
    if not body.success and body.code == 0 and body.message.strip() == "成功":
        return body.data
    return data_of(envelope)


def data_of_structure_edit(envelope: Envelope) -> object:
    """Return `data` of a change to a worksheet's structure.

    "数据过时" (stale data) has no code of its own. It means that another edit of a linked worksheet
    was under way, this one was not made, and the same edit will pass in a moment (contracts: hap
    §5). It becomes `RateLimited`, the one error after which the transport repeats a write.
    """
    if envelope.refused and _STALE_STRUCTURE in envelope.body.message:
        raise RateLimited(
            envelope.api,
            Bilingual("另一处正在修改表结构", "another edit of the structure is under way"),
            codes.LATER,
            None if envelope.body.code is None else str(envelope.body.code),
            _STALE_WAIT,
        )
    return data_of(envelope)


def interpreter(outcome: Outcome, parse: Callable[[object], T]) -> Callable[[Answer], T]:
    """Return what the transport needs: from an answer to a value, errors named after the call."""

    def interpret(answer: Answer) -> T:
        try:
            return parse(outcome(Envelope.of(answer)))
        except ContractError as error:
            raise ContractError(answer.api, error.explanation, error.action, error.code) from None

    return interpret


def _refusal(envelope: Envelope) -> ConnectorError:
    api, status, code = envelope.api, envelope.status, envelope.body.code
    if status == 401:
        words = Bilingual("凭证被拒绝", "the credentials are refused")
        return AuthenticationError(api, words, codes.CHECK_HAP, str(code or status))
    gateway_speaks = status >= 300 and code not in codes.HAP
    if status in _STATUS_DECIDES or gateway_speaks:
        return network_faults.of_status(status, api, repeat_safe=True, wait=None)
    return codes.error_for("hap", api, 0 if code is None else code)
