"""Which question of a shop's form fills which field of a customer.

Read from top to bottom: the first rule whose words are in the question, and none of whose
exceptions is, takes it. Words are compared in compatibility form, lower case, without blanks,
because shops write `手机号`, `您的手机号码*` and `Mobile Phone` alike. Add a row here when your
forms ask in other words; no code changes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AnswerRule:
    """A customer field, the words that ask for it, and the words that show another question."""

    field: str
    words: tuple[str, ...]
    exceptions: tuple[str, ...] = ()


# Questions about somebody else, or about the company rather than its name.
_OTHERS = (
    "推荐人",
    "介绍人",
    "紧急",
    "家长",
    "父亲",
    "母亲",
    "孩子",
    "子女",
    "配偶",
    "开票",
    "发票",
)
_ABOUT_COMPANY = (
    *("规模", "行业", "地址", "性质", "人数", "官网", "网址", "电话", "介绍", "类型", "税号"),
    *("size", "industry", "address", "website"),
)

ANSWER_RULES: tuple[AnswerRule, ...] = (
    AnswerRule("email", ("邮箱", "电子邮件", "邮件地址", "email", "e-mail"), _OTHERS),
    AnswerRule(
        "phone",
        ("手机", "电话", "联系方式", "手机号", "mobile", "phone", "tel"),
        (*_OTHERS, "公司电话", "座机", "型号", "品牌"),
    ),
    AnswerRule(
        "job_title",
        ("职位", "职务", "岗位", "职称", "头衔", "担任", "jobtitle", "position", "role"),
        (*_OTHERS, "年限", "意向", "招聘"),
    ),
    AnswerRule(
        "company",
        ("公司", "单位", "企业", "机构", "工作地点名称", "company", "organization", "employer"),
        (*_OTHERS, *_ABOUT_COMPANY),
    ),
    AnswerRule(
        "name",
        ("姓名", "称呼", "名字", "真实姓名", "怎么称呼", "fullname", "yourname", "name"),
        (*_OTHERS, "昵称", "公司", "单位", "课程", "nickname", "company", "username"),
    ),
)
