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
  stale: ["下面是上一次读到的内容", "What follows was read earlier"],
  nothing: [
    "还没有数据。先运行 mingdao_setup、xiaoe_base_data,再打开 xiaoe_orders 和 xiaoe_reconcile。",
    "Nothing yet. Run mingdao_setup and xiaoe_base_data, then switch on xiaoe_orders and xiaoe_reconcile.",
  ],

  lag: ["延迟", "Lag"],
  lagHint: ["小鹅通的变化已读取到 {0}", "changes in the shop read up to {0}"],
  notYet: ["尚未运行", "not run yet"],
  newestInHap: ["明道云最新订单", "Newest order in HAP"],
  newestInSource: ["小鹅通最近有订单的日期 {0}", "last day with orders in the shop {0}"],
  difference: ["30 天差异", "30-day difference"],
  differenceHint: ["小鹅通 {0} 单,明道云 {1} 单", "{0} orders in the shop, {1} in HAP"],
  agrees: ["一致", "None"],
  daysDiffer: ["{0} 天不一致", "{0} days differ"],
  unchecked: ["尚未对账", "Not reconciled yet"],
  errorsOpen: ["未解决异常", "Open errors"],
  errorsHint: ["每次运行自动重试", "tried again by every run"],
  noErrors: ["没有未解决的异常。", "No open errors."],

  last30: ["最近 30 天(按下单日期)", "Last 30 days, by day of order creation"],
  orders: ["订单数", "Orders"],
  paid: ["实付(元,只计已支付的订单)", "Paid (CNY, paid orders alone)"],
  outdated: [
    "还有 {0} 个较早的订单按旧规则写入(可能把未支付的应付算作实付),每晚自动更正一部分;小鹅通不再显示的见「同步异常」。",
    "{0} older orders still follow an older rule (sums due may count as paid); some are corrected every night; for those the shop no longer shows see 同步异常.",
  ],
  refunded: ["退款(元)", "Refunded (CNY)"],
  source: ["小鹅通", "Shop"],
  hap: ["明道云", "HAP"],
  differing: ["不一致", "differs"],
  notChecked: ["未对账", "not reconciled"],
  days: ["有差异的日期", "Days with differences"],
  day: ["日期", "Day"],
  result: ["结果", "Result"],
  missing: ["缺少", "Missing"],
  different: ["不同", "Different"],
  extra: ["多出", "Extra"],
  asTable: ["以表格显示 30 天", "Show the 30 days as a table"],

  customers: ["客户 × 客群", "Customers by segment"],
  noSegment: ["未分群", "no segment"],
  customersTotal: ["共 {0} 位", "{0} in all"],
  unknown: ["未知", "unknown"],

  runs: ["最近的运行", "Last runs"],
  api: ["接口", "Interface"],
  at: ["时间", "Time"],
  read: ["读取", "Read"],
  written: ["写入", "Written"],
  calls: ["调用", "Calls"],
  message: ["说明", "Message"],
  openRun: ["打开运行", "Open run"],

  errors: ["未解决的同步异常", "Open sync errors"],
  record: ["记录", "Record"],
  reason: ["原因", "Reason"],
  attempts: ["次数", "Attempts"],
  lastSeen: ["最近", "Last seen"],
  taskLog: ["任务日志", "Task log"],
  records: ["条", "records"],
  moreErrors: ["只显示最近 {0} 条,共 {1} 条;全部见工作表「同步异常」", "The newest {0} of {1}; all are in the worksheet 同步异常"],

  backfill: ["补数", "Backfill"],
  backfillHint: [
    "重新读取这段时间内有变化的订单;没有变化的订单不写入,水位不动。时间为北京时间。",
    "Reads the orders that changed in this span again; nothing unchanged is written, the watermark stays. Beijing time.",
  ],
  since: ["开始", "Since"],
  until: ["结束(不含)", "Until (exclusive)"],
  preview: ["只预览", "Preview only"],
  runOnce: ["运行一次", "Run once"],
  byDay: ["按天补数", "Backfill by day"],
  started: ["已开始:", "Started:"],
  refused: ["Airflow 拒绝了:{0}", "Airflow refused: {0}"],
  bothEnds: ["请填写开始和结束,开始要早于结束。", "Give both ends, the start before the end."],
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
