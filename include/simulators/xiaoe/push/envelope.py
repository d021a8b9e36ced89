"""Encrypts and signs as WeChat's `WXBizMsgCrypt` does (contracts: xiaoe §9.1).

Written from the contract; shares no code with the receiver.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from include.simulators.xiaoe.settings import PushSettings

_BLOCK_BITS = 32 * 8
_SPELLINGS = {
    "2020": ("Encrypt", "MsgSignature", "TimeStamp", "Nonce"),
    "2022": ("encrypt", "signature", "timestamp", "nonce"),
}


@dataclass(frozen=True)
class Posted:
    """One request: its query and its body."""

    query: dict[str, str]
    body: bytes


def seal(xml: str, settings: PushSettings, app_id: str, *, timestamp: str, nonce: str) -> Posted:
    """Return the request that carries a message."""
    encrypted = encrypt(xml, settings.push_aes_key, app_id)
    signature = sign(settings.push_token, timestamp, nonce, encrypted)
    names = _SPELLINGS[settings.push_envelope]
    values = dict(zip(names, (encrypted, signature, timestamp, nonce), strict=True))
    query = {}
    if settings.push_signature_in == "query":
        query = {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
        values = {names[0]: encrypted}
    fields = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())
    return Posted(query, f"<xml>{fields}</xml>".encode())


def encrypt(text: str, aes_key: str, app_id: str) -> str:
    """Return 16 random bytes, the length, the text and the app id, padded and encrypted."""
    key, content = b64decode(aes_key + "="), text.encode()
    plain = os.urandom(16) + len(content).to_bytes(4, "big") + content + app_id.encode()
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def sign(*parts: str) -> str:
    """Return the SHA-1 of the sorted parts, joined."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
