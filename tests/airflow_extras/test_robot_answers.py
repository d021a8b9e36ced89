"""A robot that refuses with HTTP 200: the message counts as not sent, and no secret is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from airflow_extras.channel import Channel
from include.status.messages import Message

ROBOTS = {
    "dingtalk": "dingtalk://SECexample1@tokenexample1/",
    "wecom": "wecombot://key-of-robot-1/",
    "lark": "lark://token-of-robot-1/",
    "feishu": "feishu://tokenofrobot1/",
}
TAKEN: list[object] = [
    {"errcode": 0, "errmsg": "ok"},
    {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
]
REFUSED: list[object] = [
    {"errcode": 310000, "errmsg": "keywords not in content, tokenexample1"},
    {"code": 19024, "msg": "Key Bilingual Not Found"},
    {"StatusCode": 9499, "StatusMessage": "Bad Request"},
    {"errcode": 0, "code": 19021},
    {},
    "<html>please log in</html>",
    "",
]


@pytest.fixture
def robot(monkeypatch) -> Iterator[dict[str, object]]:
    """Yield what the one robot that all addresses lead to answers, under `says`."""
    told: dict[str, object] = {}

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            says = told["says"]
            body = (says if isinstance(says, str) else json.dumps(says)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Robot)
    Thread(target=server.serve_forever, daemon=True).start()
    post, here = requests.post, f"http://127.0.0.1:{server.server_address[1]}/"
    monkeypatch.setattr(requests, "post", lambda _, *args, **kwargs: post(here, *args, **kwargs))
    yield told
    server.shutdown()
    server.server_close()


def channel(monkeypatch, path: str) -> Channel:
    notify = {"conn_type": "apprise", "extra": {"config": {"path": path, "tag": "all"}}}
    monkeypatch.setenv("AIRFLOW_CONN_XIAOE_NOTIFY", json.dumps(notify))
    opened = Channel("xiaoe_notify")
    for service in opened._services:
        service.request_rate_per_sec = 0
    return opened


@pytest.mark.parametrize("path", ROBOTS.values(), ids=ROBOTS.keys())
def test_a_refusal_in_a_200_is_not_a_message_sent(robot, monkeypatch, caplog, path):
    opened = channel(monkeypatch, path)
    message = Message("标题", "正文")
    for says in TAKEN:
        robot["says"] = says
        assert opened.send(message, "failure"), says
    for says in REFUSED:
        robot["says"] = says
        assert not opened.send(message, "failure"), says
    assert "310000" in caplog.text
    for secret in ("tokenexample1", "key-of-robot-1", "token-of-robot-1", "tokenofrobot1"):
        assert secret not in caplog.text
