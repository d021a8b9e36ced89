// Every word of the page, in Chinese and in English.

const KEY = "xiaoe.language";

const WORDS = {
  title: ["小鹅通同步", "Xiaoe sync"],
  shop: ["店铺", "Shop"],
  refresh: ["刷新", "Refresh"],
  otherLanguage: ["English", "中文"],
  loading: ["正在读取…", "Loading…"],
  toldAt: ["数据时间 {0}", "As of {0}"],
  login: ["请先登录 Airflow", "Please log in to Airflow first"],
  unreachable: ["Airflow 没有应答", "Airflow does not answer"],
  stale: ["下面是 {0}前读到的内容；回填表单照常可用", "What follows was read {0} ago; the form below works as ever"],
  noAnswer: ["{0}没有正常应答（{1} 的运行）", "{0} did not answer as it should (run of {1})"],
  readUntil: [
    "小鹅通的变化已读取到 {0}，{1}前；下面是明道云现有的内容，回填表单照常可用",
    "changes in the shop are read up to {0}, {1} ago; what follows is what HAP holds, and the form works as ever",
  ],
  neverReadShop: ["还没有读到过小鹅通；回填表单照常可用", "the shop has not been read yet; the form works as ever"],
  unreadableRows: [
    "工作表「{0}」里有一行读不出（没有行 ID，或键读不出），下面的数字不含它。请在明道云打开这张工作表，找到它并改正或删除。",
    "A row of 「{0}」 cannot be read (no row id, or no readable key), and the numbers below leave it out. Find it in that worksheet in HAP and correct or delete it.",
  ],
  neverRead: ["本页启动后还没有读到过明道云；下面只有 Airflow 自己知道的", "HAP has not been read since this page started; what follows is what Airflow itself knows"],
  nothing: [
    "还没有数据。先运行 mingdao_setup、xiaoe_base_data，再打开 xiaoe_orders 和 xiaoe_reconcile。",
    "Nothing yet. Run mingdao_setup and xiaoe_base_data, then switch on xiaoe_orders and xiaoe_reconcile.",
  ],

  lastRun: ["上次运行", "Last run"],
  stateSuccess: ["成功", "Succeeded"],
  statePartly: ["部分失败", "Partly failed"],
  stateFailed: ["失败", "Failed"],
  stateRunning: ["运行中", "Running"],
  stateQueued: ["排队", "Queued"],
  openLog: ["打开日志", "Open the log"],
  openRun: ["打开运行", "Open the run"],
  moreRed: ["另有 {0} 个 DAG 的上次运行失败", "the last run of {0} more DAGs failed"],
  redToday: ["24 小时内有 {0} 次失败，见下面的记录", "{0} failed within 24 hours, see the history below"],
  waits: ["等待回答", "Waits for an answer"],
  waitsHint: ["停下来问一个问题，不回答就不会继续", "stopped to ask a question, and goes on only once it is answered"],
  answer: ["去回答", "Answer it"],

  lag: ["延迟", "Lag"],
  lagHint: ["小鹅通的变化已读取到 {0}", "changes in the shop are read up to {0}"],
  every: ["每 {0}读取一次", "read every {0}"],
  paused: ["订单 DAG 已暂停，不会再读取", "the orders DAG is paused, nothing is read"],
  notYet: ["尚未运行", "Not run yet"],
  difference: ["30 天差异", "30-day difference"],
  differenceHint: ["小鹅通 {0} 单，明道云 {1} 单", "{0} orders in the shop, {1} in HAP"],
  checkedAt: ["核对于 {0}", "checked at {0}"],
  checkUnknown: ["核对时间未知：还没有一次完整的对账", "no reconciliation has been completed"],
  writtenSince: ["此后写入 {0} 个订单，下次对账再核对", "{0} orders written since, checked by the next night"],
  manySince: ["此后写入的订单很多，下次对账再核对", "very many orders written since, checked by the next night"],
  agrees: ["一致", "None"],
  daysDiffer: ["{0} 天不一致", "{0} days differ"],
  unchecked: ["尚未对账", "Not reconciled yet"],
  errorsOpen: ["未解决异常", "Open errors"],
  errorsHint: ["每次运行自动重试", "tried again by every run"],
  noErrors: ["没有未解决的异常。", "No open errors."],
  hapDown: ["明道云没有应答，暂时不知道", "HAP does not answer, so this is not known"],

  last30: ["最近 30 天（按下单日期）", "Last 30 days, by day of order creation"],
  orders: ["订单数", "Orders"],
  paid: ["实付（元，只计已支付的订单）", "Paid (CNY, paid orders alone)"],
  ordersShort: ["订单", "Orders"],
  paidShort: ["实付", "Paid"],
  refundedShort: ["退款", "Refunded"],
  outdated: [
    "还有 {0} 个较早的订单按旧规则写入（可能把未支付的应付算作实付），每晚自动更正一部分；小鹅通不再显示的见「同步异常」。",
    "{0} older orders still follow an older rule (sums due may count as paid); some are corrected every night; those the shop no longer shows are open errors.",
  ],
  refunded: ["退款（元）", "Refunded (CNY)"],
  source: ["小鹅通", "Shop"],
  hap: ["明道云", "HAP"],
  differing: ["不一致", "differs"],
  notChecked: ["未对账", "not reconciled"],
  days: ["有差异的日期", "Days with differences"],
  noDays: ["没有。", "None."],
  filledDays: ["{0} 的对账一次补齐了 {1} 天（第一次运行就是这样）", "the night of {0} filled {1} days at once, as a first run does"],
  someOrders: ["{0} 个订单", "{0} orders"],
  day: ["日期", "Day"],
  result: ["结果", "Result"],
  missing: ["缺少", "Missing"],
  different: ["不同", "Different"],
  extra: ["多出", "Extra"],
  asTable: ["以表格显示 30 天", "Show the 30 days as a table"],

  customers: ["各客群", "Audiences"],
  segment: ["客群", "Audience"],
  customersCount: ["客户", "Customers"],
  buyers: ["近 30 天买家", "Buyers, 30 days"],
  before: ["前 30 天实付", "Paid, 30 days before"],
  change: ["变化", "Change"],
  spans: ["实付、退款为近 30 天（不含今天），元；每晚更新", "paid and refunded: last 30 days without today, CNY; brought up to date every night"],
  noSegment: ["未分群", "no segment"],
  customersTotal: ["共 {0} 位客户", "{0} customers in all"],
  unknown: ["未知", "unknown"],

  runs: ["最近 20 次运行", "Last 20 runs"],
  noHistory: ["您没有权限查看 Airflow 的运行记录。", "You may not read Airflow's runs."],
  everyDag: ["全部 DAG", "every DAG"],
  dag: ["DAG", "DAG"],
  window: ["窗口", "Window"],
  unchanged: ["未变", "Unchanged"],
  failed: ["失败", "Failed"],
  cause: ["结果与原因", "What it said"],
  moreRuns: ["再显示 {0} 次", "Show {0} more"],
  typeScheduled: ["定时", "scheduled"],
  typeManual: ["手动", "manual"],
  typeBackfill: ["回填", "backfill"],
  typePush: ["推送", "push"],
  interfaces: ["各接口最近一次调用", "The last call of each interface"],
  api: ["接口", "Interface"],
  at: ["时间", "Time"],
  read: ["读取", "Read"],
  written: ["写入", "Written"],
  calls: ["调用", "Calls"],

  errors: ["未解决的同步异常", "Open sync errors"],
  times: ["第 {0} 次", "tried {0} ×"],
  copy: ["复制", "Copy"],
  copied: ["已复制", "Copied"],
  rowInHap: ["明道云里的行", "Row in HAP"],
  errorInHap: ["异常记录", "Error row"],
  explain: ["来龙去脉", "Explain"],
  explainHint: ["运行 xiaoe_explain_order，只读，几秒钟", "runs xiaoe_explain_order, which only reads and takes seconds"],
  explainLog: ["打开说明", "Open the story"],
  moreCauses: ["另外 {0} 种原因", "{0} more causes"],
  moreRecords: ["另外 {0} 条", "{0} more"],
  moreErrors: ["只显示最近 {0} 条，共 {1} 条；全部见工作表「同步异常」", "The newest {0} of {1}; all are in the worksheet of sync errors"],

  backfill: ["重读与回填", "Read again, backfill"],
  backfillHint: [
    "重新读取这段时间内有变化的订单；没有变化的不写入，上次读到的时间（水位）不动。「只预览」列出将要写入的内容，什么也不写；「一次读完」是一次运行；「按天回填」每天一次运行，跑过的日子也会重跑。时间为北京时间。",
    "Reads the orders that changed in this span again; nothing unchanged is written, and the watermark stays. “Preview” lists what would be written and writes nothing; “one run” reads the span in one run; “by day” makes one run a day, and repeats days that have run. Beijing time.",
  ],
  since: ["开始", "Since"],
  until: ["结束（不含）", "Until (exclusive)"],
  preview: ["预览", "Preview"],
  lastPreview: ["上次预览 {0}：什么也没有写，这些行将会", "Last preview, {0}: nothing was written; these rows would be"],
  worksheet: ["工作表", "Worksheet"],
  created: ["新建", "created"],
  patched: ["修改", "changed"],
  fields: ["修改的字段", "Changed fields"],
  previewOnce: ["只预览", "Preview"],
  previewHint: ["一次运行，只列出将要写入的内容", "one run that only lists what would be written"],
  runOnce: ["一次读完", "One run"],
  runOnceHint: ["一次运行读完整段时间", "one run for the whole span"],
  byDay: ["按天回填", "Backfill by day"],
  byDayHint: ["每天一次运行；已有的日子重跑", "one run a day; days that have run are repeated"],
  started: ["已开始：", "Started:"],
  refused: ["Airflow 拒绝了：{0}", "Airflow refused: {0}"],
  bothEnds: ["请填写开始和结束，开始要早于结束。", "Give both ends, the start before the end."],
  seconds: ["{0} 秒", "{0} s"],
  minutes: ["{0} 分钟", "{0} min"],
  hours: ["{0} 小时", "{0} h"],
  daysLong: ["{0} 天", "{0} d"],
};

// Labels that HAP holds in Chinese.
const LABELS = {
  "成功": "succeeded",
  "部分失败": "partly failed",
  "失败": "failed",
  "一致": "agrees",
  "已修复": "repaired",
  "不一致": "differs",
  "待处理": "open",
  "重试": "retry",
  "决策者": "Decision makers",
  "管理者": "Managers",
  "专业人员": "Professionals",
  "执行者": "Staff",
  "其他": "Others",
  "小鹅通": "Xiaoe-tong",
  "明道云": "HAP",
};

let chosen = initial();

function initial() {
  const kept = stored(KEY);
  if (kept === "zh" || kept === "en") {
    return kept;
  }
  const language = stored("i18nextLng") || navigator.language || "";
  return language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be switched off
  }
}

export function language() {
  return chosen;
}

export function switchLanguage() {
  chosen = chosen === "zh" ? "en" : "zh";
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // the choice then lasts as long as the page
  }
}

export function words(name, ...values) {
  const [zh, en] = WORDS[name];
  return (chosen === "zh" ? zh : en).replace(/\{(\d)\}/g, (_, index) => String(values[index]));
}

export function label(chinese) {
  return chosen === "zh" ? chinese : (LABELS[chinese] ?? chinese);
}

const ZONE = "Asia/Shanghai";

export function clock(iso) {
  const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE };
  return new Intl.DateTimeFormat("en-GB", shown).format(new Date(iso));
}

export function moment(iso, { seconds = false } = {}) {
  if (!iso) {
    return "—";
  }
  const parts = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE };
  const shown = seconds ? { ...parts, second: "2-digit" } : parts;
  return new Intl.DateTimeFormat(chosen === "zh" ? "zh-CN" : "en-GB", shown).format(new Date(iso));
}

export function number(value, digits = 0) {
  return value === null || value === undefined
    ? "—"
    : value.toLocaleString(chosen === "zh" ? "zh-CN" : "en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function span(seconds) {
  const size = Math.max(0, seconds);
  if (size < 90) {
    return words("seconds", Math.round(size));
  }
  if (size < 90 * 60) {
    return words("minutes", Math.round(size / 60));
  }
  return size < 48 * 3600 ? words("hours", Math.round(size / 360) / 10) : words("daysLong", Math.round(size / 8640) / 10);
}
