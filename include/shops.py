"""The shops that are synced, from `shops.toml`: the one place where a further shop is added.

Read while the DAG files are parsed, so nothing here touches a network, a database or Airflow. The
variable `XIAOE_SHOPS_FILE` names another file, for an installation that cannot be written to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from connectors.errors import Bilingual, ConfigurationError
from connectors.typed import typed
from include.toml_file import Stamp, read_toml, stamp_of

FIRST = "default"
_FILE = Path(__file__).with_name("shops.toml")
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_LONGEST_NAME = 40
_TAKEN = frozenset({"notify"})  # xiaoe_notify is where messages go
_WHAT = {
    "extra_forbidden": Bilingual("不认识 {key}", "unknown key {key}"),
    "string_type": Bilingual("{key} 应为文字", "{key} must be a text"),
    "bool_type": Bilingual("{key} 应为 true 或 false", "{key} must be true or false"),
}


def _is_name(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or name in _TAKEN:
        raise ValueError("no name of a shop")
    return name


Text = Annotated[str, AfterValidator(typed)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[Text, AfterValidator(_is_name)]
    mingdao: Text = "mingdao_default"
    app_id: Text = ""
    shared_customers: bool = False


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    shop: list[_Entry] = Field(min_length=1)


@dataclass(frozen=True)
class ShopConfig:
    """One entry of the list: where a shop is read, and which app it is written to.

    `app_id` is needed where several shops write to one app; `others` are the app_ids of those. With
    `shared_customers` a user id that several shops of one app know is one customer.
    """

    name: str = FIRST
    mingdao: str = "mingdao_default"
    app_id: str = ""
    shared_customers: bool = False
    others: tuple[str, ...] = ()

    @property
    def xiaoe(self) -> str:
        """Return the id of the connection to the shop."""
        return f"xiaoe_{self.name}"

    def expect(self, app_id: str) -> None:
        """Raise ConfigurationError when the connection is another shop's than the list says."""
        if self.app_id and app_id != self.app_id:
            raise ConfigurationError(
                f"connection {self.xiaoe}",
                Bilingual(
                    f"连接 {self.xiaoe} 的 app_id 与店铺清单 shops.toml 里的不同",
                    f"the app_id of connection {self.xiaoe} is not the one in shops.toml",
                ),
                Bilingual(
                    "核对哪个是这家店铺的：改正 include/shops.toml 里的 app_id，"
                    "或 Airflow 的 Admin → Connections 里这个连接的店铺 app_id",
                    "find out which is this shop's: correct app_id in include/shops.toml, or in "
                    "the connection under Admin > Connections",
                ),
            )

    def suffixed(self, name: str) -> str:
        """Return what this shop's own DAG or asset is called; the first shop's have no suffix."""
        return name if self.name == FIRST else f"{name}__{self.name}"

    def scoped(self, key: str) -> str:
        """Return this shop's own key in a worksheet that all shops of an app write to."""
        return key if self.name == FIRST else f"{key}@{self.name}"

    def owns_key(self, key: str) -> bool:
        """Tell whether a key is this shop's: one made by `scoped`, or one and a colon before it."""
        return self.scoped("") == "".join(key.partition(":")[0].partition("@")[1:])


def read_shops(path: Path | None = None) -> tuple[ShopConfig, ...]:
    """Return the shops in the order of the file.

    Raises ConfigurationError, with what to correct, when the file is not a list of shops.
    """
    path = path or Path(typed(os.environ.get("XIAOE_SHOPS_FILE")) or _FILE)
    try:
        return _read(path, stamp_of(path))
    except OSError as error:
        why = error.strerror
        raise _wrong(path, f"读不到：{why}", f"cannot be read: {why}") from None


def shop_named(name: str, shops: Iterable[ShopConfig] | None = None) -> ShopConfig:
    """Return the shop with this name; raises ConfigurationError where there is none."""
    name = typed(name)
    known = tuple(shops if shops is not None else read_shops())
    for shop in known:
        if shop.name == name:
            return shop
    names = ", ".join(shop.name for shop in known)
    raise ConfigurationError(
        "shops",
        Bilingual(f"没有名为 {name[:40]} 的店铺", f"there is no shop named {name[:40]}"),
        Bilingual(f"可选：{names}", f"one of: {names}"),
    )


def apps_of(shops: Iterable[ShopConfig]) -> dict[str, tuple[ShopConfig, ...]]:
    """Return the shops of each app, by the id of its HAP connection."""
    apps: dict[str, tuple[ShopConfig, ...]] = {}
    for shop in shops:
        apps[shop.mingdao] = (*apps.get(shop.mingdao, ()), shop)
    return apps


@lru_cache(maxsize=16)
def _read(path: Path, _: Stamp) -> tuple[ShopConfig, ...]:
    try:
        entries = _File.model_validate(read_toml(path)).shop
    except ValidationError as error:
        raise _wrong(path, *_said_of(error.errors()[0])) from None
    except ValueError as error:
        raise _wrong(path, f"不是 TOML:{error}", f"is not TOML: {error}") from None
    shops = tuple(ShopConfig(**dict(entry)) for entry in entries)
    _check(path, [shop.name for shop in shops])
    return tuple(_beside_others(path, shop, shops) for shop in shops)


def _said_of(error: ErrorDetails) -> Bilingual:
    """Return which entry and which key is wrong, and what it should be."""
    _, number, key = (*error["loc"], None, None, None)[:3]
    if not isinstance(number, int):
        return Bilingual("应只含 [[shop]] 段", "must hold [[shop]] entries and nothing else")
    where = Bilingual(f"第 {number + 1} 个店铺", f"shop number {number + 1}")
    if key is None:
        return Bilingual(f"{where.zh}不是一段", f"{where.en} is not a table")
    what = _WHAT.get(error["type"], Bilingual("{key} 有误", "{key} is wrong"))
    if key == "name":
        what = Bilingual(
            "name 只能用小写字母、数字和单个下划线，且不能是 notify",
            "the name takes lower-case letters, digits and single underscores",
        )
    said = (f"{where.zh}:{what.zh}".format(key=key), f"{where.en}: {what.en}".format(key=key))
    return Bilingual(*said)


def _check(path: Path, names: Sequence[str]) -> None:
    if names[0] != FIRST:
        raise _wrong(path, f"第一个店铺应为 {FIRST}", f"the first shop must be {FIRST}")
    for name in names:
        if names.count(name) > 1:
            raise _wrong(path, f"{name} 出现两次", f"{name} is there twice")


def _beside_others(path: Path, shop: ShopConfig, shops: Sequence[ShopConfig]) -> ShopConfig:
    """Return a shop with the app_ids of those that write to the same app."""
    others = tuple(one.app_id for one in shops if one.mingdao == shop.mingdao and one is not shop)
    if others and (not shop.app_id or shop.app_id in others):
        raise _wrong(
            path,
            f"{shop.name}：写入同一应用的店铺都要写明各自的 app_id",
            f"{shop.name}: shops that write to one app must each name their app_id",
        )
    return replace(shop, others=others)


def _wrong(path: Path, zh: str, en: str) -> ConfigurationError:
    return ConfigurationError(
        "shops",
        Bilingual(f"{path.name} {zh}", f"{path.name} {en}"),
        Bilingual(
            "按 include/shops.toml 开头的说明改正，再等 DAG 重新载入",
            "correct include/shops.toml as its head says; the DAGs are loaded anew by themselves",
        ),
    )
