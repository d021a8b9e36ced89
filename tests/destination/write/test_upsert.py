"""One row per key, whatever HAP answers, loses, delays or refuses."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.errors import AlreadyExists, ConfigurationError, RejectedError, RetryableError
from include.destination.sheets.record import Record
from include.destination.write.plan import Action
from include.simulators.faults import Kind
from include.simulators.hap.human import Person
from tests.destination.desk import NOW, PEOPLE, TEAMS


def people(count: int, **values) -> list[Record]:
    return [Record(f"p{n:03}", {"nickname": f"n{n}", **values}) for n in range(count)]


def keys(desk) -> Counter:
    return Counter(row["person_id"] for row in desk.rows())


def once_each(desk, count: int) -> bool:
    return keys(desk) == Counter({f"p{n:03}": 1 for n in range(count)})


def index(desk) -> None:
    desk.store.sheet("people").add_unique_index("person_id")


RULE = {
    "type": "group",
    "logic": "AND",
    "children": [
        {"type": "condition", "field": "nickname", "operator": "eq", "value": ["n7"]},
    ],
}


# -- creating -------------------------------------------------------------------------------------


def test_rows_with_relations_are_created_a_hundred_a_call(desk):
    outcome = desk.upsert(*people(250))
    assert outcome.counts()["create"] == 250
    assert desk.writes() == ["create people 100", "create people 100", "create people 50"]
    assert once_each(desk, 250)


def test_the_row_ids_are_those_of_the_keys_whatever_order_hap_names_them_in(served):
    desk = served.renew(batch_create_order="shuffled")
    outcome = desk.upsert(*people(40))
    assert outcome.row_ids == {row["person_id"]: row["rowid"] for row in desk.rows()}


@pytest.mark.parametrize("answer", ["rowIds", "rows", "none"])
def test_ids_that_hap_does_not_name_are_looked_up(served, answer):
    desk = served.renew(batch_create_answer=answer)
    assert len(desk.upsert(*people(3)).row_ids) == 3
    assert once_each(desk, 3)


def test_the_newest_of_several_versions_in_one_batch_is_written(desk):
    old = Record("p1", {"nickname": "旧"}, updated_at=NOW - timedelta(hours=1))
    new = Record("p1", {"nickname": "新"}, updated_at=NOW)
    desk.upsert(new, old)
    assert desk.row("p1")["nickname"] == "新"


def test_a_record_without_a_key_is_refused_and_the_others_go_through(desk):
    outcome = desk.upsert(Record("", {}), Record("  ", {}), *people(2))
    assert set(outcome.failures) == {"", "  "}
    assert once_each(desk, 2)


def test_a_row_that_hap_refuses_stands_alone_in_the_end(desk):
    desk.store.sheet("people").rules.append(RULE)
    outcome = desk.upsert(*people(30))
    assert {key: error.code for key, error in outcome.failures.items()} == {"p007": "430021"}
    assert len(desk.rows()) == 29
    assert len(keys(desk)) == 29


def test_a_batch_that_is_too_large_is_halved(desk):
    desk.store.settings.max_body_bytes = 20_000
    long = [Record(f"p{n:03}", {"nickname": "长" * 1000}) for n in range(20)]
    assert desk.upsert(*long).failures == {}
    assert once_each(desk, 20)


def test_a_single_row_that_is_too_large_is_given_up(desk):
    desk.store.settings.max_body_bytes = 20_000
    outcome = desk.upsert(Record("huge", {"nickname": "长" * 10_000}), *people(3))
    assert set(outcome.failures) == {"huge"}
    assert once_each(desk, 3)


def test_a_relation_cap_on_batches_is_met_by_halving(served):
    desk = served.renew(max_batch_with_relations=5)
    team = desk.upsert(Record("t1", {}), sheet=desk.sheet(TEAMS)).row_ids["t1"]
    assert desk.upsert(*people(20, team=(team,))).failures == {}
    assert once_each(desk, 20)


# -- lost, partial and late answers ---------------------------------------------------------------


LOST = [Kind.RESET_AFTER, Kind.TRUNCATED, Kind.HTML200, Kind.EMPTY]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("handled", [True, False])
@pytest.mark.parametrize("lag", [0.0, 2.0])
def test_a_create_of_unknown_outcome_is_looked_up_before_it_is_repeated(served, kind, handled, lag):
    desk = served.renew(visibility_lag_s=lag)
    desk.fail(api="rows.batch_create", kind=kind, handled=handled, nth=1)
    outcome = desk.upsert(*people(5))
    assert outcome.failures == {}
    assert outcome.counts()["create"] == 5
    assert once_each(desk, 5)


def test_a_create_that_fell_short_is_completed(served):
    desk = served.renew(partial_batch_after=3)
    assert desk.upsert(*people(8)).failures == {}
    assert once_each(desk, 8)


def test_a_create_that_lies_is_reported_and_mended_by_the_next_run(served):
    desk = served.renew(lost_write_every=1)
    outcome = desk.upsert(*people(2))
    assert {type(error) for error in outcome.failures.values()} == {RetryableError}
    desk.store.settings.lost_write_every = 0
    assert desk.upsert(*people(2)).failures == {}
    assert once_each(desk, 2)


def test_a_create_that_is_applied_late_meets_the_index(served):
    desk = served.renew(late_write_every=2, late_write_s=10.0)
    index(desk)
    desk.upsert(*people(1))
    assert desk.upsert(*people(3)).failures == {}
    desk.store.settings.late_write_every = 0
    desk.store.clock.advance(60)
    assert desk.upsert(*people(3)).failures == {}
    assert once_each(desk, 3)


def test_a_post_that_a_middlebox_delivers_twice_leaves_one_row(desk):
    desk.fail(api="rows.batch_create", kind=Kind.TWICE, nth=1)
    outcome = desk.upsert(*people(4))
    assert outcome.failures == {}
    assert once_each(desk, 4)


def test_a_patch_of_unknown_outcome_is_compared_and_made_again(desk):
    desk.upsert(*people(2))
    for kind in (Kind.RESET_AFTER, Kind.RESET_BEFORE):
        desk.fail(api="rows.*update", kind=kind, nth=1)
        outcome = desk.upsert(Record("p000", {"nickname": f"{kind}"}))
        assert outcome.failures == {}
        assert desk.row("p000")["nickname"] == kind


# -- races ----------------------------------------------------------------------------------------


class Rival:
    """Creates the same rows between a writer's look-up and its create."""

    def __init__(self, desk, **values) -> None:
        self.desk, self.values = desk, values
        self.calls = 0

    def __call__(self) -> object:
        self.calls += 1
        if self.calls == 1:
            client, sheet = self.desk.client(), self.desk.sheet()
            client.create_rows(sheet.id, [{"person_id": "p000", **self.values}])
        return NOW


def test_the_loser_of_a_race_deletes_its_own_row_and_takes_the_winner_s(desk):
    outcome = desk.upsert(*people(1), now=Rival(desk))
    (row,) = desk.rows()
    assert once_each(desk, 1)
    assert outcome.row_ids == {"p000": row["rowid"]}
    assert row["nickname"] == "n0"


@pytest.mark.parametrize("answer", ["success", "quirk"])
@pytest.mark.parametrize("lag", [0.0, 2.0])
def test_a_lost_race_is_settled_late_and_with_odd_answers(served, answer, lag):
    desk = served.renew(visibility_lag_s=lag, batch_delete_answer=answer)
    outcome = desk.upsert(*people(1), now=Rival(desk))
    assert outcome.failures == {}
    assert once_each(desk, 1)
    assert desk.rows(recycled=True) == []


def test_a_deletion_whose_answer_is_lost_is_made_again(desk):
    for kind in (Kind.RESET_AFTER, Kind.RESET_BEFORE):
        desk.renew()
        desk.store.settings.visibility_lag_s = 2.0
        desk.fail(api="rows.batch_delete", kind=kind, nth=1)
        assert desk.upsert(*people(1), now=Rival(desk)).failures == {}
        assert once_each(desk, 1)


def test_a_row_that_somebody_else_made_is_reported_and_stays(desk):
    desk.upsert(*people(1))
    twin = desk.person.add("people", {"person_id": "p000", "nickname": "手工"})
    outcome = desk.upsert(Record("p000", {"nickname": "新"}))
    assert outcome.duplicates == {"p000": [twin]}
    assert [row["nickname"] for row in desk.rows()] == ["新", "手工"]


# -- unique indexes -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [100005, 10006])
@pytest.mark.parametrize("mode", ["all_or_nothing", "partial", "partial_error", "last"])
@pytest.mark.parametrize("lag", [0.0, 2.0])
def test_a_key_that_is_taken_is_found_and_patched(served, code, mode, lag):
    desk = served.renew(duplicate_code=code, batch_duplicate=mode, visibility_lag_s=lag)
    index(desk)
    outcome = desk.upsert(*people(6), now=Rival(desk, nickname="先到"))
    assert outcome.failures == {}
    assert once_each(desk, 6)
    assert desk.row("p000")["nickname"] == "n0"


def test_a_row_in_the_recycle_bin_blocks_its_key_alone_and_says_so(desk):
    desk.upsert(*people(3))
    index(desk)
    desk.person.delete("people", str(desk.row("p001")["rowid"]))
    outcome = desk.upsert(*people(4))
    (error,) = outcome.failures.values()
    assert isinstance(error, AlreadyExists)
    assert "回收站" in str(error)
    assert set(keys(desk)) == {"p000", "p002", "p003"}
    desk.person.restore("people", str(desk.rows(recycled=True)[0]["rowid"]))
    assert desk.upsert(*people(4)).failures == {}
    assert once_each(desk, 4)


def test_a_row_in_the_recycle_bin_is_made_anew_where_no_index_holds_it(desk):
    desk.upsert(*people(1))
    desk.person.delete("people", str(desk.row("p000")["rowid"]))
    assert desk.upsert(*people(1)).counts()["create"] == 1
    assert once_each(desk, 1)


# -- patching -------------------------------------------------------------------------------------


def test_equal_patches_go_together_and_different_ones_alone(desk):
    desk.upsert(*people(6))
    desk.journal.clear()
    changed = [Record(f"p{n:03}", {"nickname": "同名" if n else "异名"}) for n in range(6)]
    desk.upsert(*changed)
    assert desk.writes() == ["update people 1", "update people 5"]
    assert Counter(row["nickname"] for row in desk.rows()) == {"同名": 5, "异名": 1}


@pytest.mark.parametrize("code", [430002, 10007])
@pytest.mark.parametrize("count", [1, 4])
def test_a_row_that_vanished_before_its_patch_is_made_anew(served, code, count):
    desk = served.renew(missing_row_code=code)
    desk.upsert(*people(count))
    gone, person = str(desk.row("p000")["rowid"]), Person(desk.store)
    before = desk.store.next_fate

    def delete_first():
        desk.store.next_fate = before
        person.delete("people", gone)
        return before()

    desk.store.next_fate = delete_first
    changed = [Record(f"p{n:03}", {"nickname": "同名"}) for n in range(count)]
    assert desk.upsert(*changed).failures == {}
    assert once_each(desk, count)
    assert {row["nickname"] for row in desk.rows()} == {"同名"}


def test_a_patch_that_a_rule_refuses_costs_that_record_alone(desk):
    desk.upsert(*people(3))
    desk.store.sheet("people").rules.append(RULE)
    outcome = desk.upsert(Record("p000", {"nickname": "n7"}), Record("p001", {"nickname": "好"}))
    assert {key: type(error) for key, error in outcome.failures.items()} == {"p000": RejectedError}
    assert desk.row("p001")["nickname"] == "好"


def test_unchanged_and_stale_records_cost_one_look_and_no_write(desk):
    new = Record("p1", {"nickname": "新"}, updated_at=NOW)
    old = Record("p2", {"nickname": "旧"}, updated_at=NOW - timedelta(days=1))
    desk.upsert(new, Record("p2", {"nickname": "新"}, updated_at=NOW))
    desk.journal.clear()
    outcome = desk.upsert(new, old)
    assert outcome.actions == {"p1": Action.UNCHANGED, "p2": Action.STALE}
    assert desk.writes() == []
    assert desk.journal.count("rows.list") == 1


# -- workflows, preview, read-back ----------------------------------------------------------------


@pytest.mark.parametrize("asked", [True, False])
def test_workflows_start_only_where_they_are_asked_for(served, asked):
    desk = served.renew(workflow_edits=True)
    desk.upsert(*people(2), trigger_workflow=asked)
    desk.upsert(Record("p000", {"nickname": "新"}), trigger_workflow=asked)
    assert desk.store.sheet("people").workflow_runs == (3 if asked else 0)
    assert desk.upsert(*people(2)[1:], trigger_workflow=asked).written == 0


def test_a_new_fingerprint_alone_starts_none(desk):
    desk.upsert(*people(2))
    newer = replace(desk.sheet(), version="v99")
    assert desk.upsert(*people(2), sheet=newer, trigger_workflow=True).written == 2
    assert desk.store.sheet("people").workflow_runs == 0


def test_a_preview_decides_as_the_run_does_and_writes_nothing(desk):
    desk.upsert(*people(3))
    desk.journal.clear()
    wanted = [*people(2), Record("p002", {"nickname": "新"}), Record("p9", {})]
    preview = desk.upsert(*wanted, preview=True)
    assert desk.writes() == []
    assert preview.counts() == desk.upsert(*wanted).counts()


def test_relations_that_hap_drops_are_an_error_that_names_the_field(served):
    desk = served.renew(relation_write="dropped")
    team = desk.upsert(Record("t1", {}), sheet=desk.sheet(TEAMS)).row_ids["t1"]
    with pytest.raises(ConfigurationError, match="关联字段「团队」"):
        desk.upsert(*people(3, team=(team,)))


def test_a_related_row_that_is_gone_is_no_proof_of_dropped_relations(desk):
    assert desk.upsert(*people(1, team=("0b5a1b1e-0000-4000-8000-000000000000",))).failures == {}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_times_that_come_back_shifted_are_an_error_that_says_by_how_much(served, zone):
    desk = served.renew(naive_write_zone=zone)
    with pytest.raises(ConfigurationError, match="小时"):
        desk.upsert(*people(2, paid_at=NOW))


def test_what_hap_rounds_or_trims_is_no_error(served):
    desk = served.renew(text_trim=True, number_read="number", number_zeros="trimmed", text_max=40)
    records = [Record("p1", {"nickname": "长" * 50, "paid": Decimal("1.10"), "phone": "1380"})]
    assert desk.upsert(*records).failures == {}
    desk.journal.clear()
    assert desk.upsert(*records).written == 0
    assert desk.writes() == []
    assert PEOPLE.has("source_hash")
