"""What Xiaoe-tong pushes, opened: whoever cannot sign is refused, and ids alone come out."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.xiaoe.push import (
    OLDEST,
    AccountMerge,
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


def sealed(text: str) -> str:
    return encrypt(text, SETTINGS.push_aes_key, APP)


def opened(push: Posted, keys: PushKeys = KEYS) -> PushMessage:
    return replace(open_push(keys, push.body, push.query, NOW), digest="")


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
        ("user_tag_change", {"user_id": USER, "update_date": "2026-11-26"}, (), (USER,)),
        ("coupon", {"user_id": USER, "order_id": ORDER}, (), ()),
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


OTHER = "o_1706750000_65bb0a1b2c3d4_10000002"
HEAD = f"<type>order</type><app_id>{APP}</app_id><message_id>m_1</message_id>"


@pytest.mark.parametrize(
    "xml",
    [
        f"{HEAD}<xe_data><nickname>A&B</nickname><order_id>{ORDER}</order_id></xe_data>",
        f"{HEAD}<xe_data><nickname>I <3 you</nickname><order_id>{ORDER}</order_id></xe_data>",
        f"{HEAD}<xe_data><nickname>a<br>b</b></nickname><order_id>{ORDER}</order_id></xe_data>",
        f"<doc>{HEAD}<xe_data><n>&nbsp;</n><order_id><![CDATA[{ORDER}]]></order_id></xe_data></doc>",
        f'{HEAD}<xe_data>{{"order_id":"{ORDER}","user_id":"{USER}"}}</xe_data>',
        f'{HEAD}<xe_data><![CDATA[{{"order":{{"order_id":"{ORDER}"}}}}]]></xe_data>',
        f'{HEAD}<xe_data>{{"name":"a\nb","order_id":"{ORDER}",}}</xe_data>',
        f"{HEAD}<xe_data>{{&quot;name&quot;:&quot;A&quot;,&quot;order_id&quot;:&quot;{ORDER}&quot;}}"
        "</xe_data>",
        f'{{"type":"order","app_id":"{APP}","message_id":"m_1","xe_data":{{"order_id":"{ORDER}"}}}}',
        f'{{"type":"order","message_id":"m_1","xe_data":"{{\\"order_id\\":\\"{ORDER}\\"}}"}}',
        f'\ufeff<?xml version="1.0"?>\n<doc>{HEAD}<order_id>{ORDER}</order_id></doc>',
        f"\n\n {HEAD}<order_id> {ORDER}\n</order_id>",
        f"<xe_data><order_id>{ORDER}</order_id><type>live</type></xe_data>{HEAD}",
        f"{HEAD}<\u200border_id>{ORDER}</\u200border_id>",
        f"{HEAD}<order_id>\u200b{ORDER}\ufeff</order_id>",
        f"{HEAD}<orderId>{ORDER}</orderId>",
        f'{HEAD}<nickname>{{"type":"account_merge"}}</nickname><order_id>{ORDER}</order_id>',
    ],
)
def test_ids_are_found_however_the_message_is_written(xml: str) -> None:
    assert opened(posted(xml)) == PushMessage("order", "m_1", orders=(ORDER,))


@pytest.mark.parametrize(
    "xml",
    [
        f"{HEAD}<xe_data><order_id>{ORDER}</order_id><order_id>{OTHER}</order_id></xe_data>",
        f"{HEAD}<xe_data><order_id>{ORDER},{OTHER}</order_id></xe_data>",
        f'{HEAD}<xe_data>[{{"order_id":"{ORDER}"}},{{"order_id":"{OTHER}"}}]</xe_data>',
        f"<doc>{HEAD}<order_id>{ORDER}</order_id></doc><doc>{HEAD}<order_id>{OTHER}</order_id></doc>",
    ],
)
def test_two_orders_in_one_push_are_both_taken(xml: str) -> None:
    assert opened(posted(xml)).orders == (ORDER, OTHER)


@pytest.mark.parametrize("lead", [b"\n", b"\xef\xbb\xbf", b"  \r\n<?xml version='1.0'?>\n"])
def test_what_stands_before_the_envelope_does_not_cost_the_message(lead: bytes) -> None:
    push = message("order", order_id=ORDER)
    assert opened(Posted(push.query, lead + push.body)).orders == (ORDER,)


@pytest.mark.parametrize(
    "text",
    [
        f'[{{"type":"order","order_id":"{ORDER}"}},{{"type":"user_register","user_id":"{USER}"}}]',
        f"<xml><type>order</type><n>A&B</n><order_id>{ORDER}</order_id></xml>"
        f"<xml><type>user_register</type><user_id>{USER}</user_id></xml>",
        f"<xe_data><type>6</type><n>A&B</n><order_id>{ORDER}</order_id></xe_data>"
        f"<type>order</type><type>user_register</type><user_id>{USER}</user_id>",
    ],
)
def test_messages_of_several_types_in_one_are_all_taken(text: str) -> None:
    read = opened(posted(text))
    assert (read.orders, read.users) == ((ORDER,), (USER,))


def test_an_envelope_in_json_is_read() -> None:
    stamp, cipher = str(int(NOW.timestamp())), sealed(f"{HEAD}<order_id>{ORDER}</order_id>")
    signature = sign(KEYS.token, stamp, "1", cipher)
    body = {"nonce": "1", "msg_signature": signature, "timestamp": int(stamp), "encrypt": cipher}
    assert opened(Posted({}, json.dumps(body).replace("/", "\\/").encode())).orders == (ORDER,)


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<type>order</type>",
        "<type>order</type><order_id>王小明</order_id>",
        f"<order_id>{ORDER}</order_id>",
        "<type>user_register</type><nickname>王</nickname>",
        "[" * 3000,
        "<a>" * 30_000,
        '{"a":' * 3000,
    ],
)
def test_what_names_nothing_is_unreadable(xml: str) -> None:
    with pytest.raises(PushUnreadableError):
        opened(posted(xml))


GONE = "u_64a1b2c3d4e5f_old"
MERGED = {"source_user_id": GONE, "target_user_id": USER, "merged_at": "2026-11-26 11:59:00"}


def test_a_merge_names_who_went_into_whom_and_when() -> None:
    told = opened(message("account_merge", **MERGED))
    assert told.merges == (AccountMerge(GONE, USER, "2026-11-26 11:59:00"),)
    assert told.users == (USER,)


@pytest.mark.parametrize(
    "facts",
    [
        f"<source_user_id>{GONE}</source_user_id>",
        f"<source_user_id>{USER}</source_user_id><target_user_id>{USER}</target_user_id>",
        f"<source_user_id>{GONE},u_2</source_user_id><target_user_id>{USER}</target_user_id>",
        f"<n>A&B</n><source_user_id>{GONE}</source_user_id><target_user_id>{USER}</target_user_id>",
        f"<type>order</type><source_user_id>{GONE}</source_user_id>"
        f"<target_user_id>{USER}</target_user_id>",
    ],
)
def test_a_merge_is_never_guessed(facts: str) -> None:
    with pytest.raises(PushUnreadableError):
        opened(posted(f"<type>account_merge</type>{facts}"))


def test_a_nickname_cannot_make_a_merge() -> None:
    hostile = "</nickname><type>account_merge</type><source_user_id>u_a</source_user_id><nickname>"
    xml = (
        f"<type>user_register</type><xe_data><user_id>{USER}</user_id>"
        f"<nickname>{hostile}</nickname></xe_data>"
    )
    assert opened(posted(xml)) == PushMessage("user_register", "", users=(USER,))


def test_parts_of_the_signature_cannot_be_shifted() -> None:
    """What is signed is joined: a time moved into the nonce would leave no time to check."""
    old = NOW - timedelta(days=30)
    stamp, cipher = str(int(old.timestamp())), sealed("<type>order</type>")
    signature = sign(KEYS.token, stamp, "123", cipher)
    for at, nonce in (("", f"{stamp}123"), (stamp[:-1], f"{stamp[-1]}123"), (f"{stamp}123", "")):
        query = {"timestamp": at, "nonce": nonce, "encrypt": cipher, "signature": signature}
        with pytest.raises(PushRefusedError):
            open_push(KEYS, b"", query, NOW)


@pytest.mark.parametrize("trailer", ["", "appOther", f"{APP}x", APP[:-1]])
def test_the_app_id_behind_the_message_is_checked(trailer: str) -> None:
    push = seal("<type>order</type>", SETTINGS, trailer, timestamp="1", nonce="1")
    stamp, cipher = str(int(NOW.timestamp())), push.body.decode().split("CDATA[")[1].split("]")[0]
    signature = sign(KEYS.token, stamp, "1", cipher)
    query = {"timestamp": stamp, "nonce": "1", "encrypt": cipher, "signature": signature}
    with pytest.raises(PushRefusedError, match="another app_id"):
        open_push(KEYS, b"", query, NOW)


def test_an_unsigned_body_is_scanned_and_not_parsed() -> None:
    for filler in (b"<a></a>", b"<encrypt>", b"<encrypt><![CDATA[", b'"encrypt":', b"<nonce "):
        body = filler * (256 * 1024 // len(filler))
        begun = time.process_time()
        with pytest.raises(PushRefusedError):
            open_push(KEYS, body, {}, NOW)
        assert time.process_time() - begun < 0.5


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
