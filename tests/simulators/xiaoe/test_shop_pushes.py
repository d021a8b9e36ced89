"""The simulated shop's pushes: sealed as the contract says, lost, doubled and repeated on demand.

Opened here with OpenSSL's own primitives and not with the receiver's code.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from include.simulators.xiaoe.app import create_app
from include.simulators.xiaoe.push.sender import RETRIES
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.simulators.xiaoe.shop_client import small_shop


class Address:
    """Somebody's push address: it remembers what came, and answers what it is told to answer."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict, bytes]] = []
        self.answer = (200, "success")

    def __call__(self, method, url, query, body):
        self.requests.append((method, dict(query), body))
        return self.answer

    def messages(self) -> list[str]:
        return [opened(body) for _, _, body in self.requests]


def opened(body: bytes) -> str:
    root = ElementTree.fromstring(body)
    sealed = root.findtext("encrypt") or root.findtext("Encrypt")
    key = b64decode(XiaoeSettings().push_aes_key + "=")
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = cipher.update(b64decode(sealed)) + cipher.finalize()
    length = int.from_bytes(plain[16:20], "big")
    assert plain[20 + length :].startswith(b"appDEMOshop0001")
    assert len(plain) % 32 == 0
    return plain[20 : 20 + length].decode()


@pytest.fixture
def app():
    app = create_app(small_shop(), XiaoeSettings(push_url="http://127.0.0.1/push"))
    app.pushes.send = Address()
    return app


def buy(app):
    user = app.shop.register_user("甲 & <乙>")
    goods = next(one for one in app.shop.goods.values() if one.price)
    return app.shop.pay(app.shop.place_order(user.user_id, goods.goods_id).order_id)


def test_nothing_is_pushed_without_an_address(app):
    app.settings.push_url = ""
    buy(app)
    assert app.pushes.deliver() == 0


def test_an_order_is_told_as_change_and_as_snapshot(app):
    order = buy(app)
    assert app.pushes.deliver() == 5
    register, create, first, paid, second = app.pushes.send.messages()
    assert "<nickname>甲 &amp; &lt;乙&gt;</nickname>" in register
    assert "<action>create</action>" in create
    assert f"<order_id>{order.order_id}</order_id>" in first
    assert "<action>set_pay</action>" in paid
    assert f"<price>{order.actual_fee}</price>" in second


@pytest.mark.parametrize("spelling", ["2020", "2022"])
@pytest.mark.parametrize("place", ["xml", "query"])
def test_the_signature_covers_token_time_nonce_and_ciphertext(app, spelling, place):
    app.settings.push_envelope, app.settings.push_signature_in = spelling, place
    app.shop.register_user("甲")
    app.pushes.deliver()
    ((_, query, body),) = app.pushes.send.requests
    sent = {field.tag.lower(): field.text for field in ElementTree.fromstring(body)} | query
    signature = sent.get("signature") or sent.get("msgsignature") or sent["msg_signature"]
    parts = [app.settings.push_token, sent["timestamp"], sent["nonce"], sent["encrypt"]]
    assert signature == hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()
    assert ("MsgSignature" in body.decode()) == ((spelling, place) == ("2020", "xml"))


def test_the_body_may_have_no_single_root(app):
    app.settings.push_root, app.settings.push_data = "siblings", "flat"
    app.shop.register_user("甲")
    app.pushes.deliver()
    (message,) = app.pushes.send.messages()
    assert message.startswith("<type>user_register</type>")
    assert "xe_data" not in message


def test_whoever_does_not_say_success_is_asked_five_times_more(app):
    app.pushes.send.answer = (200, "ok")
    app.shop.register_user("甲")
    app.pushes.deliver()
    for number, wait in enumerate(RETRIES, 1):
        app.shop.clock.advance(wait - 1)
        assert app.pushes.deliver() == 0
        app.shop.clock.advance(1)
        assert app.pushes.deliver() == 1
        assert f"<retry_times>{number}</retry_times>" in app.pushes.send.messages()[-1]
    app.shop.clock.advance(10 * RETRIES[-1])
    assert app.pushes.deliver() == 0
    assert app.pushes.counts["given_up"] == 1


def test_waits_can_be_scaled(app):
    app.settings.push_time_scale = 0.001
    app.pushes.send.answer = (500, "")
    app.shop.register_user("甲")
    app.pushes.deliver()
    app.shop.clock.advance(sum(RETRIES) * 0.001)
    assert app.pushes.deliver() >= 1


def test_pushes_are_lost_doubled_and_out_of_order_on_demand(app):
    settings = app.settings
    settings.push_drop, settings.push_double, settings.push_spread = 0.3, 0.3, 600
    for number in range(200):
        app.shop.register_user(f"用户{number}")
    app.shop.clock.advance(600)
    app.pushes.deliver()
    told = [message.split("用户")[1].split("<")[0] for message in app.pushes.send.messages()]
    assert 40 < app.pushes.counts["dropped"] < 80
    assert len(told) - len(set(told)) > 20
    assert told != sorted(told, key=int)


def test_the_address_is_checked_with_an_echo_sealed_or_plain(app):
    app.pushes.check_url()
    app.settings.push_url_check = "plain"
    app.pushes.check_url()
    sealed, plain = (query for _, query, _ in app.pushes.send.requests)
    assert {"msg_signature", "echostr", "timestamp", "nonce"} == sealed.keys()
    assert {"signature", "echostr", "timestamp", "nonce"} == plain.keys()
    assert len(sealed["echostr"]) > len(plain["echostr"])


def test_refunds_forms_merges_and_goods_are_told(app):
    order = buy(app)
    shop = app.shop
    other = shop.register_user("旧").user_id
    form = next(iter(shop.forms.values()), None) or shop.add_form("表", ["姓名"])
    shop.refund(order.order_id)
    shop.answer_form(form.form_id, order.user_id, {"姓名": "甲"})
    shop.change_user(order.user_id, bind_phone="13800000001")
    shop.merge_users(other, order.user_id)
    shop.change_goods(order.lines[0].goods_id, name="新")
    app.pushes.deliver()
    kinds = [
        ElementTree.fromstring(message).findtext("type")
        for message in app.pushes.send.messages()[6:]
    ]
    assert kinds == [
        "after_sale",
        "order_change",
        "info_collect",
        "user_phone_change",
        "account_merge",
        "goods_change",
    ]
