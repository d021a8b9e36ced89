"""Job titles as people type them into forms, and the segment that a marketer expects of each."""

from __future__ import annotations

import pytest

from include.destination.sheets.worksheets import SEGMENTS
from include.mapping.segment_rules import SEGMENT_RULES
from include.mapping.segments import SENIORITY, segment_of

TITLES = {
    "决策者": """
        董事长; 副董事长; 执行董事; 独立董事; 董事; 总裁; 副总裁; 集团总裁; 高级副总裁; 总经理
        副总经理; 常务副总经理; 总经理(华东区); 子公司总经理; 创始人; 联合创始人; 联创
        创始人兼CEO; 合伙人; 高级合伙人; 律所合伙人; 老板; 老板娘; 企业法人; 法人代表; 法定代表人
        销售总监; 财务总监; 技术总监; 人力资源总监; 市场总监/合伙人; 产品总监; 运营总监; 艺术总监
        首席执行官; 首席技术官; 首席运营官; 首席科学家; 院长; 副院长; 校长; 副校长; 幼儿园园长
        厂长; 支行行长; 局长; 副市长; 研究所所长; 协会会长; 秘书长; 董事会秘书; 董秘; 监事; 理事长
        党委书记; 总工程师; 总工; 总编辑; 店主; 主理人; 个体户; 创业者; 自主创业; 投资人; 股东
        公司负责人; 副总; 老总; 助理总裁; 總經理; 執行長; 董事長; CEO; ceo; Ceo / Founder; CTO
        CFO; COO; CMO; CIO; CHO; CHRO; VP; SVP; EVP; AVP; VP of Sales; Vice President
        Senior Vice President, Marketing; President; Chairman; Chairman of the Board; Founder
        Co-founder; Co-Founder & CEO; Owner; Business Owner; Partner; Managing Partner; Director
        Managing Director; Executive Director; Marketing Director; Director, Product Management
        Creative Director; General Manager; Deputy General Manager; GM; Country Manager
        Chief of Police; Chief Executive Officer; Chief Product Officer; Principal; Dean
        Headmaster; Entrepreneur; Company Secretary; Secretary General; Board Member
        Assistant Vice President; HRD; C.E.O/CEO; CEO(首席执行官); 讲师/创始人; 会计、合伙人
        销售总监,董事长助理; 产品经理兼联合创始人; Assistant General Manager; Investor
        股份公司监事会主席; 品牌创办人; ＣＥＯ; 总经理 General Manager
    """,
    "管理者": """
        经理; 部门经理; 销售经理; 市场部经理; 区域经理; 大区经理; 城市经理; 人事经理; 财务经理
        运营经理; 研发经理; 副经理; 高级经理; 物业经理; 大堂经理; 主管; 会计主管; 客服主管
        销售主管; 部长; 副部长; 人力资源部部长; 主任; 办公室主任; 副主任; 总裁办主任
        总经理办公室主任; 车间主任; 系主任; 教务主任; 教研组组长; 组长; 班组长; 店长; 副店长
        负责人; 部门负责人; 技术负责人; 项目负责人; 科长; 处长; 股长; 队长; 领班; 护士长; 厨师长
        主编; 支部书记; 村长; 站长; 中层管理; 高管; 企业管理者; 校区长; 經理; 業務主管
        市场经理/讲师; 前台、行政主管; Manager; Sales Manager; HR Manager; Operations Manager
        Marketing Manager; Senior Manager; Assistant Manager; Engineering Manager; Office Manager
        Store Manager; Branch Manager; Team Lead; Tech Lead; Team Leader; Project Leader
        Head of Marketing; Head of Growth; Department Head; Supervisor; Shift Supervisor; Foreman
        Chief of Staff; HRM; Regional Sales Manager; Partner Manager; Business Development Manager
        IT Manager; Lead; Management
    """,
    "专业人员": """
        产品经理; 高级产品经理; 项目经理; 客户经理; 大客户经理; 投资经理; 基金经理; 理财经理
        工程师; 高级工程师; 软件工程师; 前端工程师; 测试工程师; 助理工程师; 算法工程师; 架构师
        系统架构师; 设计师; UI设计师; 平面设计; 室内设计师; 分析师; 数据分析师; 数据分析; 顾问
        法律顾问; 咨询顾问; 讲师; 培训讲师; 老师; 小学老师; 数学教师; 大学教师; 教授; 副教授
        助理教授; 班主任; 研究员; 助理研究员; 科研人员; 律师; 执业律师; 会计; 注册会计师; 审计
        税务师; 财务; 医生; 主任医师; 副主任医师; 主治医师; 住院医师; 主管护师; 护士; 药师; 营养师
        心理咨询师; 健身教练; 程序员; 开发; Java开发; 研发; 技术; 运维; 后端; 编辑; 记者; 文案策划
        策划; 翻译; 法务; 摄影师; 化妆师; 美容师; 插画师; 主播; 导演; 厨师; 法官; 人力资源; HRBP
        产品; 专家; 博士; 飞行员; 造价师; 監理工程師; 工程師; 會計師; Engineer; Software Engineer
        Senior Software Engineer; Principal Engineer; Lead Engineer; Data Scientist; Data Analyst
        Designer; UX Designer; UI/UX Designer; Product Designer; Art Director; Product Manager
        Senior Product Manager; Product Owner; Project Manager; Program Manager; Account Manager
        Consultant; Senior Consultant; Developer; Full-stack Developer; Programmer; Teacher
        English Teacher; Professor; Assistant Professor; Associate Professor; Lecturer; Trainer
        Coach; Lawyer; Attorney; General Counsel; Accountant; Auditor; Doctor; Physician; Nurse
        Architect; Researcher; Research Scientist; Writer; Editor; Managing Editor; Journalist
        Translator; Photographer; Copywriter; Business Partner; HR Business Partner; Scrum Master
        Financial Advisor; Sales Engineer; QA; DevOps; Physician Assistant; Social Media Manager
        C/C++开发
    """,
    "执行者": """
        助理; 总经理助理; 董事长秘书; 董事长助理; 总裁助理; 总监助理; 校长助理; 秘书长助理
        行政助理; 销售助理; 产品助理; 设计助理; 秘书; 文秘; 特助; 总助; 实习生; 实习律师; 管培生
        储备干部; 专员; 行政专员; 人事专员; 市场专员; 财务专员; 招聘专员; 数据专员; 文员; 客服
        售后客服; 技术客服; 销售; 销售代表; 销售员; 电话销售; 业务员; 外贸业务员; 运营; 新媒体运营
        产品运营; 社群运营; 电商运营; 行政; 行政人员; 出纳; 员工; 普通员工; 职员; 公司职员; 店员
        收银员; 导购; 营业员; 服务员; 操作工; 司机; 快递员; 外卖骑手; 前台; 采购; 采购员; 仓管
        仓库管理员; 物流专员; 普工; 工人; 电工; 保安; 保洁; 科员; 主任科员; 公务员; 跟单; 外贸
        商务; 商务拓展; 市场推广; 渠道; 人事; 助教; 保险代理; 上班族; 送货员; 打包工; 內勤
        Assistant; Executive Assistant; Personal Assistant; Assistant to the CEO
        Marketing Assistant; Secretary; Intern; Marketing Intern; Trainee; Specialist
        Marketing Specialist; HR Specialist; Clerk; Sales; Sales Representative; Sales Associate
        Account Executive; Sales Executive; Coordinator; Project Coordinator; Operator; Staff
        Officer; Loan Officer; Administrator; Receptionist; Cashier; Driver; Recruiter
        Customer Service; Customer Service Representative; Marketing; Operations; Admin; Buyer
        Merchandiser; Support; BD; Lead Generation; Waiter
    """,
    "其他": """
        自由职业; 自由职业者; 学生; 大学生; 研究生; 退休; 无; 暂无; 没有; 待业; 全职妈妈; 宝妈
        家庭主妇; 其他; -; 。; 123; 👍; 保密; 不方便透露; 农民; 本科; n/a; None; Student
        Freelancer; Retired; Homemaker; Unemployed; Self-employed; coordinateur; internet
        headphones
    """,
}
TABLE = [
    (title.strip(), segment)
    for segment, block in TITLES.items()
    for title in block.replace("\n", ";").split(";")
    if title.strip()
]


@pytest.mark.parametrize(("title", "segment"), TABLE)
def test_a_real_title_gets_the_segment_that_a_marketer_expects(title, segment):
    assert segment_of(title) == segment


def test_the_table_is_large_and_holds_both_languages():
    titles = {title for title, _ in TABLE}
    assert len(titles) == len(TABLE) >= 400
    assert sum(title.isascii() for title in titles) >= 100


def test_blanks_case_and_full_width_letters_make_no_difference():
    for title, segment in TABLE:
        assert segment_of(f"  {title.upper()} ") == segment


@pytest.mark.parametrize("title", ["", "  ", None])
def test_no_title_tells_nothing(title):
    assert segment_of(title) is None


def test_the_rules_name_the_options_of_the_worksheet():
    assert set(SENIORITY) == set(SEGMENTS)
    assert {rule.segment for rule in SEGMENT_RULES} <= set(SEGMENTS)
    assert all(
        word == word.strip().lower() and word
        for rule in SEGMENT_RULES
        for word in (*rule.words, *rule.exceptions)
    )
