"""Which titles of a form's questions may be shown.

A title was written by whoever made the form, but where the layout is not known, something that a
person typed may stand where a title is looked for. So a title is shown only where it is one that
everybody uses, or where at least three people and half of all who filled in the form have it, and
none of them typed just that as an answer. Runs of digits are always replaced.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from include.doctor.shape_report.kinds import form_of, mask
from include.mapping.answers import read_answers

_COMMON_TEXT = """
姓名 真实姓名 您的姓名 您的真实姓名 名字 称呼 手机 手机号 手机号码 联系电话 电话 您的手机号
联系方式 公司 公司名称 单位 单位名称 工作单位 所在单位 您的公司 职位 职务 岗位 您的职位 邮箱
电子邮箱 Email 微信 微信号 行业 所属行业 城市 所在城市 地区 省份 地址 性别 年龄 生日 部门 备注
学历 学校 专业 name phone mobile company email
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_TITLE_FORMS = frozenset({"text", "word", "latin"})
_LONGEST, _FEWEST = 40, 3
_DIGITS = re.compile(r"\d{3,}")


class Titles:
    """The titles of one form, judged by all records of it.

    Args:
        records: Of each record, who filled it in and its `extra`.
        names: What people are known to be called.
    """

    def __init__(self, records: Iterable[tuple[str, object]], names: Iterable[str] = ()) -> None:
        people: set[str] = set()
        self._people: dict[str, set[str]] = defaultdict(set)
        self._typed = {text.strip() for text in names}
        for person, extra in records:
            people.add(person)
            for title, answer in read_answers(extra):
                self._people[title].add(person)
                self._typed.add(answer.strip())
        self._enough = max(_FEWEST, len(people) / 2)

    def shown(self, title: str) -> str:
        """Return a title that may be shown, or the mask of another."""
        text = title.strip()
        return (
            _DIGITS.sub(lambda run: mask(run[0]), text) if self.may_be_shown(text) else mask(text)
        )

    def may_be_shown(self, text: str) -> bool:
        """Tell whether a text is a title that holds nothing of a person."""
        if text in _COMMON:
            return True
        if len(text) > _LONGEST or form_of(text) not in _TITLE_FORMS or text in self._typed:
            return False
        return len(self._people.get(text, ())) >= self._enough
