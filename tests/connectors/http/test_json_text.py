"""JSON as careless backends write it: one odd character costs nothing else."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from connectors.http.json_text import DEEPEST, TooManyValues, decode_json

ROWS = [{"name": f"示例{number} 😀"} for number in range(9)]


def answer_with(odd: bytes) -> bytes:
    """Return an answer of ten rows, the fifth of which holds some bytes as they are."""
    rows = [json.dumps(row, ensure_ascii=False).encode() for row in ROWS]
    return b'{"code":0,"list":[' + b",".join([*rows[:4], odd, *rows[4:]]) + b"]}"


def others(answer: Any) -> list[Any]:
    return [row for number, row in enumerate(answer["list"]) if number != 4]


@pytest.mark.parametrize(
    ("odd", "read"),
    [
        *((b'{"name":"a\x14b"}', {"name": "a\x14b"}), (b'{"name":"a\nb"}', {"name": "a\nb"})),
        (b'{"name":"a\x00b"}', {"name": "a\x00b"}),
        (b'{"name":"\\ud83d"}', {"name": "\ud83d"}),
        (b'{"name":"\xe7\xa4"}', {"name": "\ufffd"}),
        (b'{"name":"\xff\xfe"}', {"name": "\ufffd\ufffd"}),
        (b'{"name":"\xed\xa0\xbd"}', {"name": "\ufffd\ufffd\ufffd"}),
        (rb'{"name":"a\xb\\"}', {"name": "a\\xb\\"}),
        (rb'{"name":"\ud8"}', {"name": "\\ud8"}),
        (rb'{"name":"\u12","n":' + b"9" * 9000 + b"}", {"name": "\\u12", "n": "9" * 9000}),
        (b'{"n":NaN}', {"n": "NaN"}),
        (b'{"n":-Infinity}', {"n": "-Infinity"}),
        (b'{"n":1e400}', {"n": float("inf")}),
        (b'{"n":' + b"9" * 9000 + b"}", {"n": "9" * 9000}),
        (b'{"n":"' + b"x" * 5_000_000 + b'"}', {"n": "x" * 5_000_000}),
        (b'{"n":"' + b"[,{" * 1_000_000 + b'"}', {"n": "[,{" * 1_000_000}),
    ],
    ids=range(16),
)
@pytest.mark.parametrize("charset", [None, "utf-8", "gbk", "iso-8859-1", "no-such"])
def test_an_odd_row_costs_no_other_row(odd: bytes, read: Any, charset: str | None) -> None:
    answer = decode_json(answer_with(odd), charset)
    assert others(answer) == ROWS
    assert answer["list"][4] == read


@pytest.mark.parametrize("depth", [DEEPEST + 1, 900, 1500, 3000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b"[ \n", b" ]"), (b'[{"a":', b"}]")]
)
def test_brackets_of_any_depth_cost_no_other_row(
    depth: int, opening: bytes, closing: bytes
) -> None:
    odd = b'{"id":5,"deep":' + opening * depth + b"1" + closing * depth + b',"end":"]}"}'
    answer = decode_json(answer_with(odd))
    assert others(answer) == ROWS
    assert (answer["list"][4]["id"], answer["list"][4]["end"]) == (5, "]}")


PHP = b"<br />\n<b>Warning</b>:  array_keys() {x} [1] in <b>/a.php</b> on line <b>3</b><br />\n"


@pytest.mark.parametrize(
    "before", [b"\xef\xbb\xbf", b"\r\n \x00", PHP, PHP * 3, "\ufeff\n".encode() * 2, b"ok "]
)
def test_what_stands_before_the_json_is_passed_over(before: bytes) -> None:
    assert decode_json(before + answer_with(b"{}")) == {
        "code": 0,
        "list": [*ROWS[:4], {}, *ROWS[4:]],
    }


def test_a_warning_behind_the_json_is_passed_over() -> None:
    assert decode_json(b'{"code":0}' + PHP) == {"code": 0}


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"busy", b"5", b'"text"', b"null", b"<html>login</html>", b"{", b'{"code":0,"a"'),
        *(b'<html><script>var a = {"code":0}</script></html>', b"<style>a {b:c}</style>"),
        *(b'{"code":0}{"code":0}', PHP + b'{"code":0,"list":[{"a":1},{"b":2}'),
        *(PHP + b'{"code":0,"list":[{"a":1},{"b":"x', b"[" * 3000, b'{"a":' * 3000 + b"1"),
    ],
    ids=range(15),
)
def test_what_is_no_answer_is_none(body: bytes) -> None:
    assert decode_json(body) is None


@pytest.mark.parametrize("body", [b"[" + b"{}," * 10_000_000, b"[" * 30_000_000])
def test_an_answer_of_too_many_values_is_refused_at_once(body: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(TooManyValues):
        decode_json(body)
    assert time.process_time() - begun < 10
