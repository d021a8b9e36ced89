"""Which words of a job title make which 客群 (segment): the table that operations may change.

Read from top to bottom; the first rule with one of its words in the title decides. A phrase in
`exceptions` is struck out of the title before that rule looks at it: so a 秘书长 is no 秘书, while
a 秘书长助理 still is an assistant. Latin words match whole words only (`coo` is not in
`coordinator`), Chinese ones anywhere. Add a word here and nothing else: every customer's segment is
worked out anew by the next `xiaoe_base_data`, apart from those that a person set.
"""

from __future__ import annotations

from typing import NamedTuple

DECISION_MAKERS, MANAGERS, PROFESSIONALS, EXECUTORS, OTHERS = (
    "决策者",
    "管理者",
    "专业人员",
    "执行者",
    "其他",
)


class SegmentRule(NamedTuple):
    """A segment, the words that lead to it, and phrases that only look like one of them."""

    segment: str
    words: tuple[str, ...]
    exceptions: tuple[str, ...] = ()


def _phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of a block, which are parted by commas."""
    return tuple(phrase.strip() for phrase in text.replace("\n", ",").split(",") if phrase.strip())


# A board's secretary is one of the board; an assistant manager manages.
_NO_ASSISTANTS = _phrases("""
    秘书长, 董事会秘书, 助理总裁, 助理总经理, 助理教授, 助理研究员, 助理工程师, 助理设计师
    助理医师, 医师助理, 助理会计师, 助理讲师, secretary general, secretary-general
    board secretary, company secretary, corporate secretary, assistant vice president
    assistant general manager, assistant director, assistant manager, assistant professor
    assistant principal, assistant dean, physician assistant, assistant engineer, assistant vp
""")
_ASSISTANTS = _phrases("""
    助理, 秘书, 特助, 总助, 文秘, 实习, 见习, 学徒, 管培生, 储备干部, assistant, intern, secretary
    trainee, apprentice, internship
""")

# Offices and shop keepers' words around a title that is not the person's own.
_NOT_AT_THE_TOP = _phrases("""
    总裁办公室, 总裁办, 总经理办公室, 总经办, 董事会办公室, 董事长办公室, 校长办公室, 院长办公室
    校区长, 法人客户, 会长期, 会长大, 创业板, 艺术指导, product owner, process owner
    business partner, hr business partner, partner manager, partner success, partner marketing
    partner sales, principal engineer, principal consultant, principal designer
    principal scientist, principal architect, principal analyst, chief of staff, art director
    director's office, president's office, ceo's office, office of the president
    office of the ceo, ceo office, general manager's office
""")
_AT_THE_TOP = _phrases("""
    董事, 总裁, 总经理, 创始人, 联创, 创办人, 合伙人, 老板, 老总, 副总, 法人, 法定代表人, 总监
    首席, 院长, 校长, 园长, 厂长, 行长, 局长, 厅长, 市长, 县长, 区长, 台长, 馆长, 所长, 社长, 会长
    理事, 主席, 秘书长, 董秘, 监事, 店主, 掌柜, 主理人, 个体户, 个体经营, 创业, 企业主, 投资人
    股东, 执行长, 总工, 总工程师, 总设计师, 总会计师, 总经济师, 总编, 总编辑, 总架构师, 总干事
    党委书记, 公司负责人, 企业负责人, 机构负责人, 品牌负责人, 一把手, 董事会秘书, 当家, ceo, cto
    cfo, coo, cmo, cio, cpo, cso, cho, chro, cro, ciso, cdo, cxo, vp, svp, evp, avp, gm, hrd, md
    chief, founder, co-founder, cofounder, owner, co-owner, president, director, partner
    principal, chairman, chairwoman, chairperson, general manager, country manager
    secretary general, secretary-general, board secretary, company secretary, corporate secretary
    board member, entrepreneur, proprietor, dean, headmaster, boss, shareholder, investor
""")

# Titles with 经理, 主任 or 主管 in them that lead nobody: these stand before the managers.
_CALLED_MANAGERS = _phrases("""
    产品经理, 项目经理, 客户经理, 投资经理, 基金经理, 理财经理, 信贷经理, 研究经理, 主任医师
    主任护师, 主任药师, 主任技师, 主任编辑, 主任记者, 主任播音员, 班主任, 主管护师, 主管药师
    主管技师, 主管医师, 导师, product manager, project manager, program manager, account manager
    product owner, business partner, hrbp, scrum master, portfolio manager, fund manager
    community manager, social media manager, relationship manager, case manager
    customer success manager, principal engineer, principal consultant, principal designer
    principal scientist, principal architect, principal analyst, lead engineer, lead developer
    lead designer
""")

_LEADERS = _phrases("""
    经理, 主管, 部长, 主任, 组长, 店长, 负责人, 科长, 处长, 股长, 班长, 队长, 领队, 领班, 站长
    主编, 厨师长, 护士长, 支部书记, 书记, 干部, 拉长, 工段长, 车间主任, 校区长, 督导, 总管, 管理层
    管理者, 中层, 高管, 村长, 镇长, 乡长, 教务长, 店经, 舰长, 团长, 连长, 事业部总, manager, lead
    leader, head, supervisor, team lead, chief of staff, foreman, captain, hrm, management
    superintendent
""")

_SKILLED = _phrases("""
    工程师, 设计师, 分析师, 架构师, 设计, 顾问, 咨询, 讲师, 老师, 教师, 教授, 教练, 律师, 会计
    审计, 税务, 财务, 精算, 医生, 医师, 护士, 护师, 药师, 大夫, 研究员, 研究生导师, 科学家, 科研
    开发, 程序员, 研发, 技术, 算法, 测试, 前端, 后端, 运维, 架构, 数据, 编辑, 记者, 编剧, 导演
    策划, 培训, 教研, 教员, 翻译, 法务, 法官, 检察官, 公证员, 作家, 作者, 画家, 艺术家, 摄影, 主播
    主持人, 厨师, 产品, 人力资源, 咨询师, 经纪人, 飞行员, 机长, 运动员, 监理, 造价, 博士, 学者
    专家, 美术指导, 艺术指导, 交易员, 规划, engineer, designer, analyst, consultant, developer
    programmer, teacher, professor, lecturer, tutor, trainer, coach, lawyer, attorney, counsel
    paralegal, accountant, auditor, doctor, physician, nurse, pharmacist, dentist, therapist
    psychologist, architect, researcher, scientist, writer, editor, journalist, translator
    interpreter, photographer, illustrator, artist, chef, economist, actuary, strategist, advisor
    adviser, instructor, pilot, expert, art director, copywriter, producer, ux, ui, qa, sre
    devops, it, technician, statistician, librarian, broker, trader, underwriter, planner
    facilitator, physiotherapist, veterinarian, surgeon, evangelist
""")

_DOERS = _phrases("""
    专员, 文员, 客服, 销售, 运营, 行政, 出纳, 员工, 职员, 业务, 店员, 操作, 司机, 师傅, 人事, 前台
    采购, 市场, 推广, 商务, 渠道, 仓管, 仓库, 物流, 收银, 导购, 普工, 工人, 技工, 电工, 保安, 保洁
    快递, 骑手, 科员, 公务员, 跟单, 外贸, 内勤, 外勤, 后勤, 招聘, 社群, 新媒体, 直播, 电商, 助教
    客户成功, 地推, 白领, 打工人, 上班族, 职工, 微商, 代理, 保险, 导游, 服务生, 柜员, 社工, 辅警
    民警, 警察, 军人, specialist, clerk, sales, salesperson, operator, staff, officer
    representative, coordinator, executive, administrator, receptionist, cashier, driver
    associate, employee, worker, agent, recruiter, marketing, operations, admin, hr, buyer
    purchaser, merchandiser, customer service, support, bd, business development, social media
    teller, barista, waiter, guard, rep, marketer, seller, dispatcher, merchandising, purchasing
    procurement, logistics, lead generation, sales lead
""")

SEGMENT_RULES: tuple[SegmentRule, ...] = (
    SegmentRule(EXECUTORS, _ASSISTANTS, _NO_ASSISTANTS),
    SegmentRule(DECISION_MAKERS, _AT_THE_TOP, _NOT_AT_THE_TOP),
    SegmentRule(PROFESSIONALS, _CALLED_MANAGERS),
    SegmentRule(MANAGERS, _LEADERS, ("lead generation", "主任科员", "sales lead")),
    # Somebody who sells or serves stays so, whatever is sold: 技术客服, 设计销售, 数据专员.
    SegmentRule(
        EXECUTORS,
        _phrases("""
            专员, 文员, 客服, 销售, 业务员, 出纳, 师傅, 助教, 操作员, 操作工, 推广, 跟单, 运营
            specialist, clerk, sales, representative, coordinator, customer service, operator
        """),
        _phrases("sales engineer, salesforce, 推广优化师, 运营分析, it specialist"),
    ),
    SegmentRule(PROFESSIONALS, _SKILLED),
    SegmentRule(EXECUTORS, _DOERS),
    # By the last sign of what is left: 调香师, 化妆师 know a trade; 送货员, 打包工 do a job.
    SegmentRule(PROFESSIONALS, ("师",)),
    SegmentRule(
        EXECUTORS, ("员", "工", "生产"), _phrases("员外, 自由职业, 工作室, 待工, 人员优化")
    ),
)

# Traditional signs in titles, and what the words above are written with.
TRADITIONAL = str.maketrans(
    "內總經長監師員務創辦負責銷會計醫開發產設業執財專顧問講書記級營運資訊電腦護藥審導編輯採購倉項劃術軟硬體係處課組領隊園廠學",
    "内总经长监师员务创办负责销会计医开发产设业执财专顾问讲书记级营运资讯电脑护药审导编辑采购仓项划术软硬体系处课组领队园厂学",
)
