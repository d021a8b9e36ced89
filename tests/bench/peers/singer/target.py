"""target-hap on the Meltano SDK: batches of a hundred, upserted by key, customers before orders."""

from __future__ import annotations

from typing import Any

from cells import customer_cells, order_cells
from hap import Hap
from singer_sdk import Target
from singer_sdk.sinks import BatchSink


class HapSink(BatchSink):
    """A worksheet."""

    max_size = 100

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.app = Hap()


class Customers(HapSink):
    """The worksheet of customers."""

    def process_batch(self, context: dict[str, Any]) -> None:
        rows = context["records"]
        self.app.upsert(
            "customers", [customer_cells(r["user_id"], r["info"], r["answers"]) for r in rows]
        )


class Orders(HapSink):
    """The worksheet of orders, which point at customers."""

    def process_batch(self, context: dict[str, Any]) -> None:
        rows = context["records"]
        people = self.app.find("customers", {row["order_info"]["user_id"] for row in rows})
        cells = []
        for row in rows:
            person = people.get(row["order_info"]["user_id"])
            cells.append(order_cells(row, row["detail"], person and person["rowId"]))
        self.app.upsert("orders", cells)


class Unwanted(HapSink):
    """The list rows, which come again with their details."""

    def process_batch(self, context: dict[str, Any]) -> None:
        return


class TargetHap(Target):
    """The app."""

    name = "target-hap"
    config_jsonschema: Any = {"properties": {}}  # noqa: RUF012

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.max_parallelism = 1

    def get_sink_class(self, stream_name: str) -> type[HapSink]:
        return {"customers": Customers, "orders": Orders}.get(stream_name, Unwanted)

    def drain_one(self, sink: Any) -> None:
        """Drain the customers first."""
        for other in list(self._sinks_active.values()):
            if isinstance(other, Customers) and other is not sink and isinstance(sink, Orders):
                super().drain_one(other)
        super().drain_one(sink)


if __name__ == "__main__":
    TargetHap.cli()
