"""Short notes that all processes see."""

from __future__ import annotations

from pathlib import Path

from connectors.codes import LATER
from connectors.errors import Bilingual, RetryableError
from connectors.state.files import FileState
from connectors.state.interface import SharedNotes
from include.flows.run.outages import LOOKS_EVERY, PAUSE, SharedOutages
from tests.connectors.clock import Clock
from tests.connectors.state.places import Open

DOWN = RetryableError("purchase", Bilingual("超时 x", "it timed out"), LATER, "504")


def test_notes_are_seen_by_all_in_their_order_until_somebody_clears_them(place: Open) -> None:
    for note in ("一 one", "two", "two"):
        place().notes("a").append(note)
    assert place().notes("a").recent(60) == ["一 one", "two", "two"]
    assert place().notes("b").recent(60) == []
    place().notes("a").clear()
    place().notes("a").clear()
    assert place().notes("a").recent(60) == []


def test_old_notes_are_not_shown(clocked: Open, clock: Clock) -> None:
    notes = clocked().notes("a")
    notes.append("old")
    clock.sleep(40)
    notes.append("new")
    clock.sleep(40)
    assert notes.recent(60) == ["new"]
    assert notes.recent(10) == []


def test_an_interface_that_kept_two_tasks_waiting_is_left_alone_by_all_for_a_while(
    clocked: Open, clock: Clock
) -> None:
    one, other = (SharedOutages(clocked(), "shop", clock.time) for _ in range(2))
    one.note("purchase", DOWN)
    assert other.find("purchase") is None
    one.note("purchase", DOWN)
    clock.sleep(LOOKS_EVERY)
    found = other.find("purchase")
    assert (str(found), other.find("order.detail")) == (str(DOWN), None)
    clock.sleep(PAUSE + 1)
    assert other.find("purchase") is None


def test_an_interface_that_answers_is_asked_by_all_again(clocked: Open, clock: Clock) -> None:
    one, other = (SharedOutages(clocked(), "shop", clock.time) for _ in range(2))
    for _ in range(2):
        one.note("purchase", DOWN)
    assert one.find("purchase")
    one.forget("purchase")
    assert one.find("purchase") is None
    assert other.find("purchase") is None


def test_a_note_that_was_cut_short_hides_no_other(tmp_path: Path) -> None:
    notes = FileState(tmp_path / "state").notes("a")
    notes.append("whole")
    with notes.path.open("a") as file:
        file.write('[17, "cut sho')
    assert notes.recent(60) == ["whole"]


class Away:
    """A shared state that does not answer."""

    def notes(self, _: str) -> SharedNotes:
        raise RetryableError("state", Bilingual("Redis 不可用", "Redis fails"), LATER)


def test_interfaces_are_asked_as_ever_where_the_notes_cannot_be_had(clock: Clock) -> None:
    outages = SharedOutages(Away(), "shop", clock.time)
    assert outages.find("purchase") is None
    outages.note("purchase", DOWN)
    outages.forget("purchase")
    assert outages.find("purchase") is None
