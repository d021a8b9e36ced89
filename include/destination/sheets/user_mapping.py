"""A user's own worksheets and fields: what `include/mapping/own_worksheets.toml` says.

The file is looked at each time a worksheet is opened: an edit takes effect with the next task.
It is judged here as far as that needs no app: names that nobody declared, and fields that the
pipeline cannot do without. Whether the app has what it names is for `joining` to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    create_model,
)

from connectors.errors import Bilingual, ConfigurationError
from connectors.mingdao.connection import DEFAULT_CONNECTION
from include.destination.sheets.fields import Field, Worksheet
from include.destination.sheets.worksheets import WORKSHEETS
from include.shops import read_shops
from include.toml_file import Stamp, read_toml, stamp_of

FILE = Path(__file__).parents[2] / "mapping" / "own_worksheets.toml"


def _is_false(value: bool) -> bool:
    if value:
        raise ValueError("a field is left out by false, and named by a text")
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LeftOut = Annotated[bool, AfterValidator(_is_false)]
WORKSHEET = "worksheet"  # the entry of a table that names the worksheet; no field has this alias


@dataclass(frozen=True)
class Own:
    """What the file says of one worksheet.

    `worksheet` is an alias or id, empty for the declared alias; `fields` holds the alias, id or
    label of the app's field by our alias.
    """

    worksheet: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mistake:
    """An entry that cannot be meant; `field` is empty where it is about the worksheet."""

    worksheet: str
    field: str
    why: str


@dataclass(frozen=True)
class OwnWorksheets:
    """The whole file, and what is wrong with it."""

    by_alias: Mapping[str, Own] = field(default_factory=dict)
    mistakes: Sequence[Mistake] = ()

    def of(self, definition: Worksheet) -> Own:
        """Return what the file says of a worksheet; nothing where it does not name it."""
        return self.by_alias.get(definition.alias, Own())

    def name_of(self, alias: str) -> str:
        """Return the alias or id by which the app knows a declared worksheet."""
        return self.by_alias.get(alias, Own()).worksheet or alias

    def raise_if_blocking(self) -> None:
        """Raise ConfigurationError where the file holds a mistake."""
        if self.mistakes:
            first = self.mistakes[0]
            place = ".".join(filter(None, (first.worksheet, first.field)))
            raise _refused(f"{place}:{first.why}", "an entry cannot be meant")


def read_own(conn_id: str) -> OwnWorksheets:
    """Read what the file says of one app; raises ConfigurationError where it is no TOML.

    Tables of worksheets at the top are for the app of `mingdao_default`; those of another app stand
    in a table with the name of its connection.
    """
    if not FILE.exists():
        return OwnWorksheets()
    apart = frozenset(shop.mingdao for shop in read_shops()) - {DEFAULT_CONNECTION}
    return _read(FILE, stamp_of(FILE), conn_id, apart)


@lru_cache(maxsize=16)
def _read(file: Path, _: Stamp, conn_id: str, apart: frozenset[str]) -> OwnWorksheets:
    try:
        tables = read_toml(file)
    except ValueError as error:
        raise _refused(f"不是有效的 TOML({error})", f"no valid TOML: {error}") from None
    if conn_id == DEFAULT_CONNECTION:
        tables = {name: table for name, table in tables.items() if name not in apart}
    else:
        found = tables.get(conn_id)
        tables = found if isinstance(found, dict) else {}
    own = {name: _own(table) for name, table in tables.items() if isinstance(table, dict)}
    return OwnWorksheets(own, [*_mistakes(tables), *_shared(own)])


def _own(table: Mapping[str, object]) -> Own:
    texts = {key: value.strip() for key, value in table.items() if isinstance(value, str)}
    return Own(
        texts.pop(WORKSHEET, ""),
        texts,
        frozenset(key for key, value in table.items() if value is False),
    )


def _mistakes(tables: Mapping[str, object]) -> Iterator[Mistake]:
    declared = {definition.alias: definition for definition in WORKSHEETS}
    for name, table in tables.items():
        definition = declared.get(name)
        if definition is None:
            known = "、".join(declared)
            yield Mistake(name, "", f"没有这张工作表；可写 {known} / no such worksheet")
        elif not isinstance(table, dict):
            yield Mistake(name, "", f"应写成 [{name}] 一节 / must be a table")
        else:
            yield from _wrong_keys(definition, table)
            yield from _without_source(definition, _own(table).left_out)


def _wrong_keys(definition: Worksheet, table: Mapping[str, object]) -> Iterator[Mistake]:
    """Find the entries of a table that are no field of its worksheet, or no name and not false."""
    try:
        _table_of(definition).model_validate(table)
    except ValidationError as error:
        kinds = {str(one["loc"][0]): one["type"] for one in error.errors()}
        for key, kind in kinds.items():
            if kind == "extra_forbidden":
                why = "没有这个字段别名 / no such alias, see docs/reference/worksheets.md"
            elif table[key] is False and key != WORKSHEET:
                why = "流程离不开这个字段，不能不要 / the pipeline needs it: it cannot be left out"
            else:
                why = "应为带引号的别名、ID 或名称，不要的字段写 false / must be a text, or false"
            yield Mistake(definition.alias, key, why)


@cache
def _table_of(definition: Worksheet) -> type[BaseModel]:
    """Return what a worksheet's table in the file may hold."""
    keys: dict[str, Any] = {WORKSHEET: (Name | None, None)}
    for one in definition.fields:
        may = definition.may_leave_out(one.alias)
        keys[one.alias] = ((Name | LeftOut | None) if may else (Name | None), None)
    return create_model(
        definition.alias, __config__=ConfigDict(extra="forbid", strict=True), **keys
    )


def _without_source(definition: Worksheet, left_out: frozenset[str]) -> Iterator[Mistake]:
    """Find fields that are worked out from one that is left out."""
    for one in definition.fields:
        source = one.derived_from
        if source in left_out and one.alias not in left_out:
            why = f"由 {source} 推算，{source} 不要时它也须写 false / derived from {source}"
            yield Mistake(definition.alias, one.alias, why)


def _shared(own: Mapping[str, Own]) -> Iterator[Mistake]:
    """Find two worksheets, or two fields of one, that name the same thing."""
    file = OwnWorksheets(own)
    names = [file.name_of(definition.alias) for definition in WORKSHEETS]
    for alias, said in own.items():
        if said.worksheet and names.count(said.worksheet) > 1:
            yield Mistake(alias, "", f"{said.worksheet} 被两张表使用 / two worksheets name it")
        given = list(said.fields.values())
        for key, name in said.fields.items():
            if given.count(name) > 1:
                yield Mistake(alias, key, f"「{name}」被两个字段使用 / two fields name it")


def as_declared(mistake: Mistake) -> tuple[Worksheet, Field | None]:
    """Return the worksheet and field of a mistake for a table; made up where nobody declared it."""
    known = (definition for definition in WORKSHEETS if definition.alias == mistake.worksheet)
    made_up = Worksheet(mistake.worksheet, FILE.name, "", ())
    definition = next(known, made_up)
    if not mistake.field:
        return definition, None
    if definition.has(mistake.field):
        return definition, definition.field(mistake.field)
    return definition, Field(mistake.field, FILE.name)


def _refused(zh: str, en: str) -> ConfigurationError:
    return ConfigurationError(
        "worksheet",
        Bilingual(f"include/mapping/{FILE.name} 有误：{zh}", f"include/mapping/{FILE.name}: {en}"),
        Bilingual(
            "改正该文件，再运行 DAG mingdao_setup 查看全部问题",
            "correct the file, then run the DAG mingdao_setup: its table names every mistake",
        ),
    )
