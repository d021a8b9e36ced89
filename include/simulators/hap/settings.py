"""Every point where HAP's behaviour is undocumented, contradictory or merely observed, as a switch.

The default of each is the documented or measured answer; where nothing is known, it is the answer
that punishes a careless client most. `hap §` is the section of the contract that raises the point.
Settings may be changed while the simulator runs; they take effect with the next request.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Access(BaseModel):
    """Who may call, how often, and what a refusal looks like (hap §2, §10, §11)."""

    # hap §2: a wrong sign was measured as HTTP 401 + 10001 and is documented as 200 + 10102
    # ("business"); a wrong key is 200 + 10101, unless everything is a 401 ("http_401")
    auth_failure: Literal["sign_401", "business", "http_401"] = "sign_401"
    # hap §2: the app's IP allow-list; any other address gets 10000. None: no list
    ip_allowed: list[str] | None = None
    # hap §2, §10.2: the code for a worksheet that belongs to another app
    foreign_worksheet_code: Literal[430013, 10005, 2] = 430013
    # hap §10.2: the code for a worksheet that exists nowhere
    unknown_worksheet_code: int = 430022
    # hap §10.1: how an error spells its code and message: error_code/error_msg, errorCode/errorMsg,
    # code/msg
    error_spelling: Literal["error_code", "errorCode", "code"] = "error_code"
    # hap §10.1: whether a success carries error_code 1
    success_code: Literal["present", "absent"] = "present"
    # hap §3: the HTTP status for a V3 POST or PATCH without a body
    empty_body_status: Literal[400, 200] = 400
    # hap §11.1: row calls per second and address; 0 switches the limit off
    qps: int = Field(default=50, ge=0)
    # hap §11.1: one budget for all row calls of an address, or one for each of them
    qps_scope: Literal["address", "endpoint"] = "address"
    # hap §11.1: the gateway's 503 + 90001; clients also expect 429 + 51, or 51 inside a 200
    over_limit: Literal["503_90001", "429_51", "200_51"] = "503_90001"
    # hap §11.1: 16 MB on SaaS, 25 MB on a private server; above it HTTP 413
    max_body_bytes: int = Field(default=16 * 1024 * 1024, gt=0)
    # hap §11.3: calls until 90000 is answered. None: no quota
    call_quota: int | None = None
    # hap §11.3: rows that a worksheet may hold, and the code for one more. None: no cap
    row_cap: int | None = None
    row_cap_code: int = 90000


class _Structure(BaseModel):
    """Reading and provisioning worksheets (hap §4, §5, §6)."""

    # hap §4.1: where a worksheet made without a section appears in GET /v3/app; "hidden": nowhere
    new_sheet_section: Literal["first", "last", "child", "hidden"] = "first"
    # hap §4.1: one example node spells a section's id "sectionId"
    section_id_key: Literal["id", "sectionId"] = "id"
    # hap §4.3: whether fields[] lists the system fields too
    system_fields_in_structure: bool = True
    # hap §4.3: a field's type as its name, or (stale example) as its number
    structure_type: Literal["name", "code"] = "name"
    # hap §4.3: an option's isDeleted as a boolean, or as the string of the docs
    option_deleted_as: Literal["bool", "string"] = "bool"
    # hap §5: the creatable types of the vendor's table, those that one client measured, or both
    creatable: Literal["vendor", "measured", "union"] = "vendor"
    # hap §5: the first Text field becomes the title where none is declared
    promote_title: bool = True
    # hap §5: the code for an alias that is taken, of a worksheet or of a field
    alias_clash_code: int = 10006
    # hap §5: whether two worksheets may carry the same name
    duplicate_name: Literal["allowed", "refused"] = "allowed"
    # hap §5: limits of the vendor's own pages; None where the open API should not know them
    max_fields: int | None = 200
    max_options: int | None = 1000
    # hap §6: `options` in editFields replaces the list (the rest becomes isDeleted) or adds to it
    edit_options: Literal["replace", "merge"] = "replace"
    # hap §6: an option whose text stays the same keeps its key, or gets a new one
    edit_option_keys: Literal["kept", "new"] = "kept"
    # hap §5: overlapping structure edits wait for each other, or the later one gets 数据过时
    structure_overlap: Literal["serial", "stale"] = "serial"
    # how long a structure edit takes, in real seconds: what overlaps need
    structure_edit_s: float = Field(default=0.0, ge=0)


class Reading(BaseModel):
    """Lists, filters and the shape of a row (hap §7, §8.3, §8.4)."""

    # hap §7.3: rowId with aliases and rowid with useFieldIdAsKey, as seen live; or always one
    row_key: Literal["live", "rowId", "rowid", "id"] = "live"
    # hap §7.3: an extra 24-hex _id in each row, which is no row id
    row_object_id: bool = False
    # hap §7.1: pageSize when none is sent; None: it is required (10001)
    default_page_size: int | None = 50
    # hap §17: pageSize above 1000 is cut to 1000, or refused with 10002
    oversized_page: Literal["clamp", "refuse"] = "clamp"
    # hap §7.3: rows that can be reached by paging; beyond them 10002. None: all
    max_page_depth: int | None = None
    # hap §2, §7.1: a list call without viewId is fine, gets 10005, or no rows (viewNull)
    view_null: Literal["off", "10005", "empty"] = "off"
    # hap §7.1: the order of rows when none is asked for
    default_order: Literal["newest_first", "oldest_first"] = "newest_first"
    # hap §7.3: rows that tie in `sorts` keep their order from page to page, or do not
    sort_ties: Literal["stable", "shuffled"] = "stable"
    # hap §7.2: a malformed or unknown filter is dropped and every row returned, or refused (10002)
    strict_filters: bool = False
    # hap §7.2: conditions that a group may hold, and what becomes of more: the rest is cut off
    # without a word, the group is dropped like anything malformed, or 10002. None: no limit
    most_conditions: int | None = None
    too_many_conditions: Literal["cut", "dropped", "refused"] = "cut"
    # hap §7.2: isempty and isnotempty are ignored by rows/list, or honoured
    isempty_honoured: bool = False
    # hap §7.2: a condition where the root group should be is dropped, or honoured
    root_condition: Literal["dropped", "honoured"] = "dropped"
    # hap §7.2: `in` and `notin` on text; measured as honoured, missing from the vendor's table
    in_on_text: Literal["honoured", "dropped"] = "honoured"
    # `in` with an empty list: dropped like other malformed conditions, or matching nothing
    empty_in: Literal["dropped", "nothing"] = "dropped"
    # hap §7.2: eq ne gt ge lt le on dates; the vendor's table has between and notbetween alone
    date_comparisons: Literal["honoured", "dropped"] = "honoured"
    # hap §7.2: hours by which date bounds are shifted, for the reports of "one day off"
    date_filter_shift_h: float = 0.0
    # hap §7.3: `total` as a number, or as a string under "total" + TAB, as the schema has it
    total: Literal["int", "tab_string"] = "int"
    # hap §7.3, §8.3: a relation to many rows in a list, and in the read of one row
    multi_relation_in_list: Literal["omitted", "count", "array"] = "omitted"
    multi_relation_in_get: Literal["omitted", "count", "array"] = "count"
    # hap §7.5: some say that system fields must be switched on in the worksheet first
    system_fields_readable: bool = True
    # hap §7.5: one doc node writes _createAt
    created_at_key: Literal["_createdAt", "_createAt"] = "_createdAt"
    # hap §7.5: a person's id is "accountId" or "id"; the owner is one object, or a list of one
    user_id_key: Literal["accountId", "id"] = "accountId"
    owner_as: Literal["object", "array"] = "object"
    # hap §8.3: numbers come back as strings, or as JSON numbers
    number_read: Literal["string", "number"] = "string"
    # hap §8.3: "129.90" by the field's precision, or "129.9"
    number_zeros: Literal["precision", "trimmed"] = "precision"
    # hap §8.4: "2026-11-20 13:05:00" in the app's zone, or UTC as ISO-8601
    datetime_read: Literal["naive", "iso_z", "iso_ms_z"] = "naive"
    # hap §8.4: the zone of naive times, read (the app's) and written (None: the same)
    app_zone: str = "Asia/Shanghai"
    naive_write_zone: str | None = None
    # hap §8.5: seconds until a write shows in lists and filters, and in `search`
    visibility_lag_s: float = Field(default=0.0, ge=0)
    search_lag_s: float = Field(default=0.0, ge=0)


class Writing(BaseModel):
    """What a write stores, refuses and answers (hap §8, §12)."""

    # hap §8.2: a misspelled field id is ignored, or refused with 10002
    unknown_write_field: Literal["ignored", "refused"] = "ignored"
    # hap §8.3: a text that is no option key: kept as {key: text, value: null}, blank, or 10002
    select_label: Literal["unknown", "blank", "refused"] = "unknown"
    # hap §18a: a single select may be a bare key as well as an array; once it was blank (hap §0.1)
    select_scalar: Literal["accepted", "blank"] = "accepted"
    # hap §8.2: text for a number (the batch path was seen to store it), or a date that is none
    invalid_number: Literal["blank", "stored", "refused"] = "blank"
    invalid_datetime: Literal["blank", "stored", "refused"] = "blank"
    # hap §5: decimals of a Number that declares none
    default_precision: int = Field(default=2, ge=0, le=14)
    # hap §8.3: 11 digits without a country code in a PhoneNumber
    bare_phone: Literal["stored", "prefixed", "blank"] = "stored"
    # hap §8.3: relations are stored, or silently dropped
    relation_write: Literal["stored", "dropped"] = "stored"
    # hap §18a: a related row id that does not exist is stored with success and read as 已删除;
    # hap §8.3: or it is ignored, or refused
    relation_unknown_row: Literal["deleted", "ignored", "refused"] = "deleted"
    # hap §7.5: whether ownerid can be written
    owner_write: Literal["stored", "ignored"] = "stored"
    # hap §8.2: the longest text (None: no limit), and what happens to a longer one
    text_max: int | None = None
    text_overflow: Literal["truncate", "refuse"] = "truncate"
    # F69: blanks around a text are kept, or cut off
    text_trim: bool = False
    # hap §12: nothing is unique; isUnique fields and indexes are; indexes alone are (as measured)
    unique_mode: Literal["off", "isUnique", "index"] = "index"
    # hap §12: which code the loser gets
    duplicate_code: Literal[100005, 10006, 99999, 0] = 100005
    # hap §12: a batch with a duplicate stores nothing; or the rest, answering success or the code;
    # or overwrites the row that is there
    batch_duplicate: Literal["all_or_nothing", "partial", "partial_error", "last"] = (
        "all_or_nothing"
    )
    # hap §12: whether rows in the recycle bin still occupy the index
    recycled_rows_collide: bool = True
    # hap §8.1: more than 1000 rows in a batch: 10002, or the first 1000 are taken
    oversized_batch: Literal["refuse", "truncate"] = "refuse"
    # hap §8.1: the largest batch that writes relations (S6 advises 30-50). None: as any other
    max_batch_with_relations: int | None = None
    # hap §8.1: whether batch update insists on updateType
    batch_update_type_required: bool = False
    # hap §8.1: the answer to a batch create, and whether its ids keep the order of the rows
    batch_create_answer: Literal["rowIds", "rows", "none"] = "rowIds"
    batch_create_order: Literal["same", "shuffled"] = "same"
    # hap §8.1: the `data` of a PATCH
    update_answer: Literal["string", "id", "none"] = "string"
    # hap §8.1: the name of the list of updated ids
    batch_update_key: Literal["successfulRowIds", "succeededRowIds"] = "successfulRowIds"
    # hap §8.1: a batch delete that worked says so, or says success:false, 0, 成功
    batch_delete_answer: Literal["success", "quirk"] = "success"
    # hap §8.1: the code for a row that is not there
    missing_row_code: Literal[430002, 10007] = 430002
    # F65: a batch create stops after so many rows, with 99999. None: never
    partial_batch_after: int | None = None
    # F68: every n-th write is acknowledged and never applied. 0: none
    lost_write_every: int = Field(default=0, ge=0)
    # F18, F74: every n-th write is answered 504 and applied `late_write_s` later. 0: none
    late_write_every: int = Field(default=0, ge=0)
    late_write_s: float = Field(default=30.0, ge=0)
    # F71: a workflow, where one is triggered, touches the row again (utime and uaid change)
    workflow_edits: bool = False


class HapSettings(_Access, _Structure, Reading, Writing):
    """All switches of the simulator. Unknown names and wrong values are refused on assignment."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)
