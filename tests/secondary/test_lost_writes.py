"""HAP says that it has written, and has not: the night makes it good, whatever was lost."""

from __future__ import annotations

from contextlib import suppress

import pytest

from include.flows.orders.finish import IncompleteRunError
from tests.crash.paced import paced
from tests.pipeline.oracle import differences
from tests.secondary.scene import Scene, happens, scene


@pytest.fixture
def world(tmp_path):
    with scene(tmp_path, base=True) as opened:
        opened.context_type = paced(opened.store.clock.advance)
        yield opened


def answers_without_phone(world: Scene) -> None:
    """Let everybody answer the form anew; it no longer tells the phone that it told before."""
    form = next(iter(world.source.forms.values()))
    for number, user_id in enumerate(list(world.source.users)):
        world.source.answer_form(form.form_id, user_id, {"姓名": f"新名{number}"})


def test_a_phone_that_the_forms_tell_no_more_gives_way_to_the_bound_one(world):
    answers_without_phone(world)
    assert world.night().green
    assert differences(world.source, world.store) == []
    assert world.night().writes == []


def test_what_hap_swallowed_is_made_good_by_a_night(world):
    happens(world.source)
    world.store.settings.lost_write_every = 3
    with suppress(IncompleteRunError):
        world.live_run()
    world.store.settings.lost_write_every = 0
    world.night()
    assert differences(world.source, world.store) == []
