"""Which question of a shop's form fills which field of a customer.

Read from top to bottom: the first rule that fits a question takes it. A rule fits when one of its
`words` is in the question, or when a part of the question ends with one of its `endings`, and none
of its `exceptions` is in it. Chinese words are compared in compatibility form without blanks,
because shops write `手机号`, `您的手机号码*` and `手 机 号` alike; Latin ones match whole
words, so that `tel` is not in `hotel`. Endings are words that other questions are about as well:
`您的公司` asks for the company, `公司规模` and `企业微信` do not. Add a word here when your forms
ask in other words; no code changes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AnswerRule:
    """A customer field, what asks for it, and the words that show another question."""

    field: str
    words: tuple[str, ...]
    endings: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


# Questions about somebody else.
_OTHERS = (
    *(
        "推荐人",
        "介绍人",
        "紧急",
        "家长",
        "父亲",
        "母亲",
        "父母",
        "孩子",
        "子女",
        "宝宝",
        "儿子",
        "女儿",
    ),
    *(
        "配偶",
        "爱人",
        "老公",
        "老婆",
        "丈夫",
        "妻子",
        "家属",
        "监护人",
        "朋友",
        "好友",
        "同行人",
        "同伴",
    ),
    *(
        "领导",
        "上级",
        "上司",
        "下属",
        "收货",
        "收件",
        "开票",
        "发票",
        "开户",
        "银行卡",
        "emergency",
    ),
)
_OTHER_NAMES = (
    *(
        "昵称",
        "微信",
        "抖音",
        "网名",
        "用户名",
        "公司",
        "单位",
        "企业",
        "机构",
        "课程",
        "拼音",
        "英文名",
    ),
    *("nickname", "username", "nick", "user", "company", "organization", "course", "product"),
    *("project", "school", "brand", "shop", "store", "team", "pet", "app", "file", "event"),
)

ANSWER_RULES: tuple[AnswerRule, ...] = (
    AnswerRule("email", ("邮箱", "电子邮件", "邮件地址", "email", "e-mail"), exceptions=_OTHERS),
    AnswerRule(
        "phone",
        (
            *("手机号", "电话号", "联系电话", "联络电话", "移动电话", "mobile", "mobilephone"),
            *("phone", "phonenumber", "telephone", "tel", "cellphone"),
        ),
        ("手机", "电话", "联系方式"),
        (
            *_OTHERS,
            *(
                "公司电话",
                "单位电话",
                "企业电话",
                "办公电话",
                "座机",
                "传真",
                "后四位",
                "尾号",
                "末四位",
            ),
            *("后4位", "归属地", "运营商"),
        ),
    ),
    AnswerRule(
        "job_title",
        (*("职位", "职务", "岗位", "职称", "头衔", "jobtitle", "job", "position", "role"),),
        ("职业", "角色"),
        (
            *_OTHERS,
            *(
                "年限",
                "意向",
                "招聘",
                "期望",
                "应聘",
                "求职",
                "目标",
                "内容",
                "职责",
                "晋升",
                "要求",
            ),
        ),
    ),
    AnswerRule(
        "company",
        (
            *("公司名", "公司全称", "公司简称", "公司的名称", "单位名", "单位全称", "单位的名称"),
            *("企业名", "企业全称", "企业的名称", "机构名", "机构全称", "companyname", "employer"),
        ),
        ("公司", "单位", "企业", "机构", "company", "organization", "companyname"),
        _OTHERS,
    ),
    AnswerRule(
        "name",
        ("姓名", "称呼", "名字", "fullname", "yourname", "realname", "name"),
        exceptions=(*_OTHERS, *_OTHER_NAMES),
    ),
)
