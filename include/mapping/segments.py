"""From a job title to a 客群 (segment), by an ordered table of words.

Read from top to bottom; the first rule with a word in the title wins, so a 销售总监 is a decision
maker and not somebody who sells. A title that no rule knows is 其他, an empty one is nothing.
"""

from __future__ import annotations

import re
import unicodedata

DECISION_MAKERS, MANAGERS, PROFESSIONALS, EXECUTORS, OTHERS = (
    "决策者",
    "管理者",
    "专业人员",
    "执行者",
    "其他",
)

# Latin words match whole words only: `coo` must not match `coordinator`.
SEGMENT_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (EXECUTORS, ("助理", "秘书", "实习", "assistant", "intern", "secretary")),
    (
        DECISION_MAKERS,
        (
            *("董事长", "董事", "总裁", "总经理", "创始人", "合伙人", "老板", "法人", "总监"),
            *("首席", "院长", "校长", "厂长", "店主", "ceo", "cto", "cfo", "coo", "cmo", "cio"),
            *("chro", "vp", "founder", "co-founder", "owner", "president", "director", "partner"),
            *("chief", "gm"),
        ),
    ),
    (
        PROFESSIONALS,
        ("产品经理", "项目经理", "客户经理", "大客户经理", "product manager", "account manager"),
    ),
    (
        MANAGERS,
        (
            *("经理", "主管", "部长", "主任", "组长", "店长", "负责人", "班主任", "科长", "处长"),
            *("manager", "lead", "leader", "head", "supervisor", "team lead"),
        ),
    ),
    (
        PROFESSIONALS,
        (
            *("工程师", "设计师", "分析师", "顾问", "讲师", "老师", "教师", "教授", "律师", "会计"),
            *("医生", "医师", "研究员", "架构师", "开发", "程序员", "编辑", "策划", "培训师"),
            *("engineer", "designer", "analyst", "consultant", "developer", "teacher"),
            *("lawyer", "accountant", "doctor", "architect", "researcher", "scientist"),
        ),
    ),
    (
        EXECUTORS,
        (
            *("专员", "文员", "客服", "销售", "运营", "行政", "出纳", "员工", "职员", "业务员"),
            *("店员", "操作", "司机", "specialist", "clerk", "sales", "operator", "staff"),
            *("officer", "representative", "coordinator"),
        ),
    ),
)


def segment_of(job_title: str | None) -> str | None:
    """Return the segment of a job title; None when there is no title."""
    title = unicodedata.normalize("NFKC", job_title or "").strip().lower()
    if not title:
        return None
    for segment, words in SEGMENT_RULES:
        if any(_contains(title, word) for word in words):
            return segment
    return OTHERS


def _contains(title: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", title) is not None
    return word in title
