"""Joins the pictures of several apps into one, for a page that shows every shop."""

from __future__ import annotations

from collections.abc import Sequence

from include.status.snapshot import SHOWN_CAUSES, SHOWN_ERRORS, Json


def joined(pictures: Sequence[Json]) -> Json:
    """Return one picture of all apps; up to when it was read is told by the shop that is behind."""
    if len(pictures) == 1:
        return pictures[0]
    ends = [one["read_until"] for one in pictures if one["read_until"]]
    return {
        "generated_at": min(one["generated_at"] for one in pictures),
        "orders_dags": [dag for one in pictures for dag in one["orders_dags"]],
        "shops": [shop for one in pictures for shop in one["shops"]],
        "read_until": min(ends, default=None),
        "runs": sorted(
            (run for one in pictures for run in one["runs"]),
            key=lambda run: str(run["ran_at"]),
            reverse=True,
        ),
        "errors": _errors([one["errors"] for one in pictures]),
        "unreadable": sorted({label for one in pictures for label in one["unreadable"]}),
    }


def _errors(several: Sequence[Json]) -> Json:
    counted: dict[tuple[str, str, str], Json] = {}
    for errors in several:
        for cause in errors["causes"]:
            reported = (cause["reason"], cause["action"], cause["code"])
            before = counted[reported]["count"] if reported in counted else 0
            counted[reported] = {**cause, "count": before + cause["count"]}
    commonest = sorted(counted.values(), key=lambda cause: -cause["count"])[:SHOWN_CAUSES]
    newest = (error for errors in several for error in errors["newest"])
    return {
        "total": sum(errors["total"] for errors in several),
        "causes": commonest,
        "newest": sorted(newest, key=lambda error: str(error["last_seen"]), reverse=True)[
            :SHOWN_ERRORS
        ],
    }
