"""tap-xiaoe on the Meltano SDK: orders by update time, child streams for what is behind them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.exceptions import FatalAPIError, RetriableAPIError
from singer_sdk.pagination import BasePageNumberPaginator
from xiaoe import ANSWERS, DETAIL, ORDERS, THROTTLED, URL, USER, USER_FIELDS, call, fetch_token

TIME = "%Y-%m-%d %H:%M:%S"
PAGE = 100


class Pages(BasePageNumberPaginator):
    """Pages from 1, as long as `total` is not reached."""

    def has_more(self, response: requests.Response) -> bool:
        return self.current_value * PAGE < int(response.json()["data"]["total"])


class XiaoeStream(RESTStream[int]):
    """What all interfaces share: POST, the token in the body, an error code in a 200."""

    url_base = URL
    http_method = "POST"

    def prepare_request_payload(self, context: Any, next_page_token: int | None) -> Any:
        return {"access_token": self._tap.token, **self.body(context, next_page_token)}

    def body(self, context: Any, page: int | None) -> dict[str, Any]:
        raise NotImplementedError

    def validate_response(self, response: requests.Response) -> None:
        super().validate_response(response)
        code = int(response.json()["code"])
        if code in THROTTLED:
            raise RetriableAPIError(f"{self.name}: code {code}", response)
        if code:
            raise FatalAPIError(f"{self.name}: code {code}")


class Orders(XiaoeStream):
    """Orders that changed, oldest change first; the bookmark is the newest change seen."""

    name = "listed_orders"
    path = f"/{ORDERS}"
    primary_keys = ("order_id",)
    replication_key = "update_time"
    is_sorted = True
    records_jsonpath = "$.data.list[*]"
    schema = th.PropertiesList(
        th.Property("order_id", th.StringType),
        th.Property("update_time", th.DateTimeType),
        th.Property("order_info", th.ObjectType(additional_properties=True)),
    ).to_dict()

    def get_new_paginator(self) -> Pages:
        return Pages(start_value=1)

    def body(self, context: Any, page: int | None) -> dict[str, Any]:
        since = self.get_starting_timestamp(context)
        until = datetime.fromisoformat(self.config["end_date"])
        return {
            "update_time_start": since.replace(tzinfo=None).strftime(TIME),
            "update_time_end": until.strftime(TIME),
            "order_by": "updated_at",
            "order_asc": "asc",
            "page": page or 1,
            "page_size": PAGE,
        }

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:
        info = row["order_info"]
        return {
            "order_id": info["order_id"],
            "update_time": info["update_time"].replace(" ", "T"),
            "order_info": info,
        }

    def get_child_context(self, record: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"order_info": record["order_info"]}


class Customers(XiaoeStream):
    """The buyers of these orders, each once a run, with what they filled in."""

    name = "customers"
    path = f"/{USER}"
    parent_stream_type = Orders
    state_partitioning_keys = ()
    primary_keys = ("user_id",)
    records_jsonpath = "$.data"
    schema = th.PropertiesList(
        th.Property("user_id", th.StringType),
        th.Property("info", th.ObjectType(additional_properties=True)),
        th.Property("answers", th.ArrayType(th.ObjectType(additional_properties=True))),
    ).to_dict()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._seen: set[str] = set()

    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:
        user_id = context["order_info"]["user_id"]
        if user_id not in self._seen:
            self._seen.add(user_id)
            yield from super().get_records(context)

    def body(self, context: Any, page: int | None) -> dict[str, Any]:
        return {"user_id": context["order_info"]["user_id"], "data": USER_FIELDS}

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:
        user_id = context["order_info"]["user_id"]
        asked = {"access_token": self._tap.token, "user_id": user_id, "page": 1, "page_size": 50}
        answers = call(self.requests_session, ANSWERS, asked)["collection_list"]
        return {"user_id": user_id, "info": row, "answers": answers}


class Details(XiaoeStream):
    """Each order with its detail."""

    name = "orders"
    path = f"/{DETAIL}"
    parent_stream_type = Orders
    state_partitioning_keys = ()
    primary_keys = ("order_id",)
    records_jsonpath = "$.data"
    schema = th.PropertiesList(
        th.Property("order_id", th.StringType),
        th.Property("order_info", th.ObjectType(additional_properties=True)),
        th.Property("detail", th.ObjectType(additional_properties=True)),
    ).to_dict()

    def body(self, context: Any, page: int | None) -> dict[str, Any]:
        return {"order_id": context["order_info"]["order_id"]}

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:
        info = context["order_info"]
        detail = {"distribute_info": row.get("distribute_info") or {}}
        return {"order_id": info["order_id"], "order_info": info, "detail": detail}


class TapXiaoe(Tap):
    """The shop."""

    name = "tap-xiaoe"
    config_jsonschema = th.PropertiesList(
        th.Property("start_date", th.DateTimeType, required=True),
        th.Property("end_date", th.DateTimeType, required=True),
    ).to_dict()

    @property
    def token(self) -> str:
        if not hasattr(self, "_token"):
            self._token = fetch_token()
        return self._token

    def discover_streams(self) -> list[XiaoeStream]:
        return [Orders(self), Customers(self), Details(self)]


if __name__ == "__main__":
    TapXiaoe.cli()
