"""Tells Airflow's log masker our secrets, in every form in which they can be written.

The masker knows a value only as it was given: the URL-quoted form of a base64 secret passes it
(faults §4), and extras such as ``sign`` are not on its list at all.
"""

from __future__ import annotations

from airflow.sdk.log import mask_secret

from connectors.connection_fields import written_forms

_SHORTEST = 5  # the masker leaves out shorter values, with a warning for each


def mask(*secrets: str | None) -> None:
    """Have each secret replaced by ``***`` in the logs of this process and its supervisor."""
    for secret in secrets:
        for form in sorted(written_forms(secret or "")):
            if len(form) >= _SHORTEST:
                mask_secret(form)
