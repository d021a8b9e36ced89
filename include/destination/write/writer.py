"""The one place that writes rows to HAP, for every worksheet.

HAP has no upsert, no transaction and no unique keys for API writes, and a write whose answer was
lost may or may not have been applied (contracts: hap §8, §12). So every write is a circle, see
`upsert`: look up by key, decide, write, and look up again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import ClassVar

from connectors.mingdao.client import MingdaoClient
from include.destination.read.lookup import Found
from include.destination.sheets.record import Record
from include.destination.sheets.sheet import Sheet
from include.destination.write.outcome import Outcome
from include.destination.write.upsert import Upsert

__all__ = ["Outcome", "Writer"]


class Writer:
    """Upserts records into worksheets.

    `trigger_workflow` lets HAP start the app's own workflows for each written row. With `preview`
    everything is read and decided, and nothing is written. With `compare_all_cells` every owned
    cell is compared, although the row's fingerprint and version say that it is current. `circle` is
    the way it is done; a subclass may name another one, as the tests of races do.
    """

    circle: ClassVar[type[Upsert]] = Upsert

    def __init__(
        self,
        client: MingdaoClient,
        *,
        trigger_workflow: bool = False,
        preview: bool = False,
        compare_all_cells: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.client = client
        self.trigger_workflow = trigger_workflow
        self.preview = preview
        self.compare_all_cells = compare_all_cells
        self.now = now
        self.sleep = sleep

    def upsert(self, sheet: Sheet, records: Iterable[Record], held: Found | None = None) -> Outcome:
        """Make the worksheet say what the records say: one row for each key.

        `held` are the rows of these keys, and maybe of others, where they have just been looked up:
        the older they are, the later an edit of a person is seen.
        Raises ContractError before anything is written when HAP ignores the look-up's filter, and
        whatever else makes every record fail alike (authentication, configuration, no connection).
        """
        upsert = self.circle(
            self.client,
            sheet,
            _newest(records),
            now=self.now(),
            sleep=self.sleep,
            trigger_workflow=self.trigger_workflow,
            preview=self.preview,
            compare_all_cells=self.compare_all_cells,
            held=held,
        )
        return upsert.run()


def _newest(records: Iterable[Record]) -> dict[str, Record]:
    newest: dict[str, Record] = {}
    for record in records:
        known = newest.get(record.key)
        if known is None or _version(record) >= _version(known):
            newest[record.key] = record
    return newest


def _version(record: Record) -> float:
    return record.updated_at.timestamp() if record.updated_at else 0.0
