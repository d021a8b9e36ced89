"""What Xiaoe-tong pushes, opened: whoever cannot sign is refused, and ids alone come out."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.xiaoe.push import (
    OLDEST,
    PushKeys,
    PushMessage,
    PushRefusedError,
    PushUnreadableError,
    answer_url_check,
    open_push,
)
from include.simulators.xiaoe.push.envelope import Posted, encrypt, seal, sign
from include.simulators.xiaoe.push.messages import message_xml
from include.simulators.xiaoe.push.sender import RETRIES
from include.simulators.xiaoe.settings import XiaoeSettings
from include.simulators.xiaoe.shop.happenings import Happening

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SETTINGS = XiaoeSettings()
APP = SETTINGS.app_id
KEYS = PushKeys(SETTINGS.push_token, b64decode(SETTINGS.push_aes_key + "="), APP)
ORDER = "o_1706750000_65bb0a1b2c3d4_10000001"
USER = "u_64a1b2c3d4e5f_AbCdEf0001"


def posted(xml: str, settings: XiaoeSettings = SETTINGS, *, at: datetime = NOW) -> Posted:
    return seal(xml, settings, APP, timestamp=str(int(at.timestamp())), nonce="123456")


def message(kind: str, settings: XiaoeSettings = SETTINGS, **facts: str) -> Posted:
    happening = Happening(kind, NOW, facts)
    xml = message_xml(happening, settings, app_id=APP, message_id="m_1", tries=0)
    return posted(xml, settings)


def opened(push: Posted, keys: PushKeys = KEYS) -> PushMessage:
    return open_push(keys, push.body, push.query, NOW)


@pytest.mark.parametrize("spelling", ["2020", "2022"])
@pytest.mark.parametrize("place", ["xml", "query"])
@pytest.mark.parametrize("root", ["doc", "siblings"])
@pytest.mark.parametrize("data", ["nested", "flat"])
def test_every_form_that_was_seen_is_read(spelling: Any, place: Any, root: Any, data: Any) -> None:
    settings = XiaoeSettings(
        push_envelope=spelling, push_signature_in=place, push_root=root, push_data=data
    )
    push = message("order_change", settings, action="set_pay", order_id=ORDER, user_id=USER)
    assert opened(push) == PushMessage("order_change", "m_1", orders=(ORDER,))


@pytest.mark.parametrize(
    ("kind", "facts", "orders", "users"),
    [
        ("order", {"order_id": ORDER, "user_id": USER, "phone": "13800000001"}, (ORDER,), ()),
        ("after_sale", {"order_id": ORDER, "aftersale_id": "A1"}, (ORDER,), ()),
        ("info_collect", {"form_id": "in_1", "user_id": USER}, (), (USER,)),
        ("user_register", {"user_id": USER, "nickname": "王"}, (), (USER,)),
        ("user_phone_change", {"user_id": USER, "phone": "13800000001"}, (), (USER,)),
        (
            "user_merge",
            {"old": "u_64a1b2c3d4e5f_old", "new": USER},
            (),
            (USER, "u_64a1b2c3d4e5f_old"),
        ),
        ("coupon", {"user_id": USER, "order_id": ORDER}, (), ()),
        ("order_change", {"order_id": "王小明"}, (), ()),
        ("order_change", {}, (), ()),
    ],
)
def test_a_message_gives_ids_and_nothing_else(
    kind: str, facts: dict[str, str], orders: tuple[str, ...], users: tuple[str, ...]
) -> None:
    assert opened(message(kind, **facts)) == PushMessage(kind, "m_1", orders, users)


def test_a_nickname_that_xml_forbids_does_not_cost_the_message() -> None:
    xml = f"<type>user_register</type><user_id>{USER}</user_id><nickname>\x01\ud800王</nickname>"
    push = posted(xml.encode("utf-8", "replace").decode())
    assert opened(push).users == (USER,)


def _with(push: Posted, old: str, new: str) -> Posted:
    body = push.body.decode()
    assert old in body
    return Posted(push.query, body.replace(old, new).encode())


@pytest.mark.parametrize(
    "forge",
    [
        lambda push: _with(push, "<nonce><![CDATA[123456", "<nonce><![CDATA[654321"),
        lambda push: _with(push, "<signature>", "<other>"),
        lambda push: Posted({}, b""),
        lambda push: Posted({}, b"\xff\x00not xml"),
        lambda push: Posted({}, b"<xml></xml>"),
        lambda push: Posted({"signature": sign(KEYS.token)}, b"<xml></xml>"),
    ],
)
def test_whoever_cannot_sign_is_refused(forge: Any) -> None:
    forged = forge(message("order_change", order_id=ORDER))
    with pytest.raises(PushRefusedError):
        opened(forged)


def test_another_token_and_another_shop_are_refused() -> None:
    push = message("order_change", order_id=ORDER)
    for keys in (
        PushKeys("another-token-00", KEYS.aes_key, APP),
        PushKeys(KEYS.token, KEYS.aes_key, "appOther"),
    ):
        with pytest.raises(PushRefusedError):
            opened(push, keys)


def test_another_aes_key_is_named_as_the_reason() -> None:
    with pytest.raises(PushUnreadableError, match="push_aes_key"):
        opened(message("order", order_id=ORDER), PushKeys(KEYS.token, b"k" * 32, APP))


@pytest.mark.parametrize("text", ["not base64 at all!", "YWJj"])
def test_a_signed_message_that_is_not_encrypted_is_unreadable(text: str) -> None:
    fields = {"encrypt": text, "timestamp": "1", "nonce": "2"}
    fields["timestamp"] = str(int(NOW.timestamp()))
    fields["signature"] = sign(KEYS.token, *fields.values())
    body = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    with pytest.raises(PushUnreadableError):
        open_push(KEYS, f"<xml>{body}</xml>".encode(), {}, NOW)


BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<xml><encrypt>&b;</encrypt></xml>"
)
FILE = '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><encrypt>&f;</encrypt></xml>'


@pytest.mark.parametrize("xml", [BOMB, FILE])
def test_entities_are_refused_outside_and_inside(xml: str) -> None:
    with pytest.raises(PushRefusedError):
        opened(Posted({}, xml.encode()))
    with pytest.raises(PushUnreadableError):
        opened(posted(xml))


def test_an_old_message_is_refused_but_never_the_last_retry() -> None:
    xml = f"<type>order</type><order_id>{ORDER}</order_id>"
    last_retry = NOW - timedelta(seconds=sum(RETRIES) + 5 * 60)
    assert opened(posted(xml, at=last_retry)).orders == (ORDER,)
    for moment in (NOW - OLDEST - timedelta(seconds=1), NOW + OLDEST + timedelta(seconds=1)):
        with pytest.raises(PushRefusedError, match="timestamp"):
            opened(posted(xml, at=moment))


def test_a_timestamp_in_milliseconds_counts_as_what_it_means() -> None:
    xml = f"<type>order</type><order_id>{ORDER}</order_id>"
    for seconds, accepted in ((NOW.timestamp(), True), (NOW.timestamp() - 10**6, False)):
        push = seal(xml, SETTINGS, APP, timestamp=str(int(seconds * 1000)), nonce="1")
        if accepted:
            assert opened(push).orders == (ORDER,)
        else:
            with pytest.raises(PushRefusedError):
                opened(push)


@pytest.mark.parametrize("encrypted", [True, False])
def test_the_url_check_is_answered_in_both_ways(encrypted: bool) -> None:
    stamp, nonce, echo = str(int(NOW.timestamp())), "42", "5f1b"
    sent = encrypt(echo, SETTINGS.push_aes_key, APP) if encrypted else echo
    signed = (stamp, nonce, sent) if encrypted else (stamp, nonce)
    name = "msg_signature" if encrypted else "signature"
    query = {"timestamp": stamp, "nonce": nonce, "echostr": sent, name: sign(KEYS.token, *signed)}
    assert answer_url_check(KEYS, query, NOW) == echo
    with pytest.raises(PushRefusedError):
        answer_url_check(KEYS, {**query, name: "0" * 40}, NOW)
    with pytest.raises(PushRefusedError):
        answer_url_check(KEYS, {}, NOW)


def test_printing_the_keys_shows_none_of_them() -> None:
    assert KEYS.token not in repr(KEYS)
