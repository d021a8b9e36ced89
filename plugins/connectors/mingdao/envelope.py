"""Turns an answer of HAP into its `data`, or into the error that its code stands for.

What a stranger would get wrong: HAP answers 200 for most refusals, and spells code and message in
three ways (`error_code/error_msg`, `errorCode/errorMsg`, `code/msg`; contracts: hap §10.1). So
`success` decides, then the code, and the HTTP status only where it says more than the code does.
The vendor's message goes into no error: it may repeat what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

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
from connectors.mingdao.values import mapping_of, text_of, unreadable

T = TypeVar("T")

_CODE_KEYS = ("error_code", "errorCode", "code")
_MESSAGE_KEYS = ("error_msg", "errorMsg", "msg")

# What these statuses say is certain, and narrower than the code around them: 401 comes with the
# catch-all 10001 "Http Headers verification failed", 413 and 429 come from the gateway.
_STATUS_DECIDES = frozenset({413, 429})

_STALE_STRUCTURE = "数据过时"
_STALE_WAIT = 0.6


@dataclass(frozen=True)
class Envelope:
    """What every answer is wrapped in. The message is never shown."""

    api: str
    status: int
    success: bool
    code: int | None
    message: str = field(repr=False)
    data: object = field(repr=False)

    @property
    def refused(self) -> bool:
        """Tell whether the call was not carried out; a throttling code outweighs `success`."""
        return not self.success or self.code in codes.HAP

    @classmethod
    def of(cls, answer: Answer) -> Envelope:
        """Read the envelope; raises `ContractError` when the answer has none."""
        body = mapping_of(answer.json, "answer")
        code = _code(body)
        success = body.get("success")
        if not isinstance(success, bool) and code is None:
            raise unreadable("success", "缺失", "is missing")
        message = next((text_of(body[key]) for key in _MESSAGE_KEYS if body.get(key)), "")
        return cls(answer.api, answer.status, success is True, code, message, body.get("data"))


Outcome = Callable[[Envelope], object]


def data_of(envelope: Envelope) -> object:
    """Return `data`, or raise the error that the code stands for."""
    if envelope.refused:
        raise _refusal(envelope)
    return envelope.data


def data_of_delete(envelope: Envelope) -> object:
    """Return `data` of a deletion, which may call itself failed although it worked.

    `success: false, error_code: 0, error_msg: 成功` is an answer that two independent clients met
    and take for done (contracts: hap §8.1, §10.1). Nothing but a deletion gets that credit, and
    whoever must be certain looks whether the row is gone.
    """
    if not envelope.success and envelope.code == 0 and envelope.message.strip() == "成功":
        return envelope.data
    return data_of(envelope)


def data_of_structure_edit(envelope: Envelope) -> object:
    """Return `data` of a change to a worksheet's structure.

    "数据过时" (stale data) has no code of its own. It means that another edit of a linked worksheet
    was under way, this one was not made, and the same edit will pass in a moment (contracts: hap
    §5). It becomes `RateLimited`, the one error after which the transport repeats a write.
    """
    if envelope.refused and _STALE_STRUCTURE in envelope.message:
        raise RateLimited(
            envelope.api,
            Bilingual("另一处正在修改表结构", "another edit of the structure is under way"),
            codes.LATER,
            None if envelope.code is None else str(envelope.code),
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


def _code(body: Mapping[str, object]) -> int | None:
    given = next((body[key] for key in _CODE_KEYS if body.get(key) is not None), None)
    if given is None:
        return None
    try:
        return int(str(given))
    except ValueError:
        raise unreadable("error_code", "不是数字", "is not a number") from None


def _refusal(envelope: Envelope) -> ConnectorError:
    api, status, code = envelope.api, envelope.status, envelope.code
    if status == 401:
        words = Bilingual("凭证被拒绝", "the credentials are refused")
        return AuthenticationError(api, words, codes.CHECK_HAP, str(code or status))
    gateway_speaks = status >= 300 and code not in codes.HAP
    if status in _STATUS_DECIDES or gateway_speaks:
        return network_faults.of_status(status, api, repeat_safe=True, wait=None)
    return codes.error_for("hap", api, 0 if code is None else code)
