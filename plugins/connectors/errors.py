"""What can go wrong with the two systems, named by what the caller does next.

ConnectorError
 ├─ AuthenticationError        a person corrects the credentials; no other call will do better
 └─ CallError                  this call, interface or record; others may go on
     ├─ ConfigurationError     a person changes a setting, a permission or the IP whitelist
     ├─ RetryableError         try again later, after `wait` seconds when it is known
     │   ├─ RateLimited        slow down; the call was not carried out
     │   └─ OutcomeUnknown     look whether the write arrived before repeating it
     ├─ RejectedError          give this record up; repeating is useless
     │   ├─ NotFound           treat the record as absent
     │   ├─ AlreadyExists      look the unique value up and update its row
     │   └─ PayloadTooLarge    halve the batch
     └─ ContractError          stop; the answer does not keep the contract

A stranger would expect the vendor's message in an error. It is left out on purpose: vendors echo
what was sent, so a URL, a token, a body or a person's data could reach a log. Code and explanation
come from the tables in `codes` and `network_faults`.
"""
# ruff: noqa: N818 - `except NotFound` reads better than `except NotFoundError`

from __future__ import annotations

from typing import NamedTuple


class Bilingual(NamedTuple):
    """One sentence for an operator, in Chinese and in English; prints as ``zh / en``."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


class ConnectorError(Exception):
    """A call to one of the two systems did not succeed.

    Args:
        api: Our name of the call, such as ``order.detail``; never its URL.
        explanation: What happened.
        action: What a person or the caller does about it.
        code: The vendor's code, the HTTP status, or None.
    """

    def __init__(
        self, api: str, explanation: Bilingual, action: Bilingual, code: str | None = None
    ) -> None:
        super().__init__(api, explanation, action, code)
        self.api = api
        self.explanation = explanation
        self.action = action
        self.code = code

    def __str__(self) -> str:
        code = f" ({self.code})" if self.code is not None else ""
        return f"{self.api}: {self.explanation}{code} — {self.action}"


class AuthenticationError(ConnectorError):
    """The credentials are refused."""


class CallError(ConnectorError):
    """One call, interface or record failed; whoever can go on without it catches this."""


class ConfigurationError(CallError):
    """A person must change a setting, a permission or the IP whitelist."""


class RetryableError(CallError):
    """Temporary: the same call may succeed later, after ``wait`` seconds if that is known."""

    def __init__(
        self,
        api: str,
        explanation: Bilingual,
        action: Bilingual,
        code: str | None = None,
        wait: float | None = None,
    ) -> None:
        super().__init__(api, explanation, action, code)
        self.args = (api, explanation, action, code, wait)  # what pickle rebuilds it from
        self.wait = wait


class RateLimited(RetryableError):
    """The vendor asks for fewer calls; this one was not carried out."""


class OutcomeUnknown(RetryableError):
    """A write may or may not have been applied: look before repeating it."""


class RejectedError(CallError):
    """The call was understood and refused; repeating it is useless."""


class NotFound(RejectedError):
    """The record is not there, or no longer."""


class AlreadyExists(RejectedError):
    """A value that must be unique is taken."""


class PayloadTooLarge(RejectedError):
    """The request is larger than the vendor takes."""


class ContractError(CallError):
    """The answer does not keep the contract, so nothing in it may be believed."""
