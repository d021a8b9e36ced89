// Everything that goes to Airflow itself: its REST API with the visitor's own login, and links.

// The page lies at <Airflow>/xiaoe/.
export const BASE = new URL("../", document.baseURI);

export const ORDERS_DAG = "xiaoe_orders"; // of the first shop; an asset of the same name holds the watermark

// Our DAGs in the order in which a person meets them, each with the task that speaks for a run.
const SPEAKERS = {
  mingdao_setup: "provision",
  xiaoe_base_data: "settle",
  xiaoe_orders: "settle",
  xiaoe_push: "settle",
  xiaoe_reconcile: "settle",
  xiaoe_erase_customer: "erase",
  xiaoe_doctor: "check_everything",
  xiaoe_explain_order: "explain",
};
const CONCLUSION = "conclusion"; // the XCom that holds the last line of a task's log
const PARTLY = "部分失败";
const SHOWN_RUNS = 20;

export class Refused extends Error {
  constructor(status, body) {
    super(typeof body?.detail === "string" ? body.detail : `HTTP ${status}`);
    this.status = status;
    this.problem = body?.problem ?? null;
    this.body = body;
  }
}

// Where HAP does not answer, what was known of it last comes with the problem.
export async function snapshot() {
  try {
    return { picture: await call(new URL("api/snapshot", document.baseURI)), problem: null };
  } catch (problem) {
    return { picture: problem.body?.orders_dags ? problem.body : null, problem };
  }
}

// Up to when the orders were read: of several shops, the one that is behind tells.
export async function watermark(dags) {
  const { assets } = await rest(`assets?name_pattern=${ORDERS_DAG}&limit=100`);
  const known = assets.filter((entry) => dags.includes(entry.name));
  const told = await Promise.all(known.map((asset) => rest(`assets/${asset.id}/state-store/watermark`)));
  const values = told.map((one) => one.value).filter((value) => typeof value === "string");
  values.sort((one, other) => Date.parse(one) - Date.parse(other));
  return values[0] ?? null;
}

// Whether a DAG is switched on, and how long one of its intervals is, in seconds.
export async function schedule(dag) {
  const known = await rest(`dags/${encodeURIComponent(dag)}`);
  const [start, end] = [known.next_dagrun_data_interval_start, known.next_dagrun_data_interval_end];
  return { paused: known.is_paused, every: start && end ? (Date.parse(end) - Date.parse(start)) / 1000 : 900 };
}

// The last runs of every DAG of these shops that the visitor may read, the newest first.
export async function history(ordersDags) {
  const suffixes = ordersDags.map((name) => name.slice(ORDERS_DAG.length));
  const dags = suffixes.flatMap((suffix) => Object.keys(SPEAKERS).map((name) => name + suffix));
  const told = await Promise.allSettled(
    dags.map((dag) => rest(`dags/${encodeURIComponent(dag)}/dagRuns?order_by=-start_date&limit=${SHOWN_RUNS}`)),
  );
  if (told.every((one) => one.status === "rejected")) throw told[0].reason;
  const runs = told.flatMap((one) => one.value?.dag_runs ?? []);
  const begun = (run) => Date.parse(run.start_date ?? run.queued_at ?? run.run_after);
  return runs.sort((one, other) => begun(other) - begun(one));
}

const stories = new Map();

// What a run says of itself: {zh, en, status, counts, path}; kept, because a run that is over says no more.
export function story(run) {
  const key = [run.dag_id, run.dag_run_id, run.state, run.end_date].join("|");
  if (!stories.has(key)) {
    stories.set(key, readStory(run).catch(() => ({ path: runPath(run) })));
  }
  return stories.get(key);
}

async function readStory(run) {
  const base = `dags/${encodeURIComponent(run.dag_id)}/dagRuns/${encodeURIComponent(run.dag_run_id)}/taskInstances`;
  const speaker = SPEAKERS[run.dag_id.split("__")[0]];
  const spoken = await conclusion(base, speaker, -1);
  if (run.state !== "failed" && spoken?.status !== PARTLY) return { ...spoken, path: runPath(run) };
  const { task_instances: failed } = await rest(`${base}?state=failed&limit=50`);
  failed.sort((one, other) => Date.parse(one.end_date) - Date.parse(other.end_date));
  const first = failed.find((task) => task.task_id !== speaker) ?? failed[0];
  if (!first) return { ...spoken, path: runPath(run) }; // orders that wait for something secondary
  const told = first.task_id === speaker ? spoken : await conclusion(base, first.task_id, first.map_index);
  // a task that was killed wrote no last line
  const cause = told?.zh ? told : { zh: `任务 ${first.task_id} 没有写下原因，多半是被终止了`, en: `task ${first.task_id} left no reason; it was probably ended` };
  return { ...cause, status: spoken?.status ?? cause.status, counts: spoken?.counts ?? {}, path: pathOf(first) };
}

async function conclusion(base, task, index) {
  try {
    const { value } = await rest(`${base}/${encodeURIComponent(task)}/xcomEntries/${CONCLUSION}?map_index=${index}`);
    return typeof value === "string" ? JSON.parse(value) : value;
  } catch {
    return null;
  }
}

// Runs that wait for a person's answer: dag id, the question in both languages, where to answer.
export async function waiting() {
  const { hitl_details: asked } = await rest("dags/~/dagRuns/~/hitlDetails?response_received=false&state=awaiting_input&limit=20");
  return asked
    .map(({ subject, task_instance: task }) => ({ task, question: subject.split(" / ") }))
    .filter(({ task }) => task.dag_id.split("__")[0] in SPEAKERS)
    .map(({ task, question: [zh, en = zh] }) => ({
      dag: task.dag_id,
      question: { zh, en },
      path: `${pathOf(task).split("?")[0]}/required_actions`,
    }));
}

export function runPath(run) {
  return `dags/${encodeURIComponent(run.dag_id)}/runs/${encodeURIComponent(run.dag_run_id)}`;
}

function pathOf(task) {
  const names = [task.dag_id, "runs", task.dag_run_id, "tasks", task.task_id].map(encodeURIComponent);
  const mapped = task.map_index >= 0 ? `/mapped/${task.map_index}` : "";
  return `dags/${names.join("/")}${mapped}?try_number=${task.try_number}`;
}

// A run of a DAG that is switched off waits for ever; whoever may not switch it on sees it wait.
async function switchOn(dag) {
  const body = JSON.stringify({ is_paused: false });
  const patch = { method: "PATCH", headers: { "Content-Type": "application/json" }, body };
  await call(new URL(`api/v2/dags/${encodeURIComponent(dag)}?update_mask=is_paused`, BASE), patch).catch(() => null);
}

// Starts the DAG that tells an order's story, and returns where its log will be.
export async function explain(ordersDag, orderId) {
  const dag = `xiaoe_explain_order${ordersDag.slice(ORDERS_DAG.length)}`;
  await switchOn(dag);
  const run = await rest(`dags/${encodeURIComponent(dag)}/dagRuns`, { logical_date: null, conf: { order_id: orderId } });
  return `${runPath(run)}/tasks/explain`;
}

export async function runOnce(dag, since, until, preview) {
  const conf = { since, until, preview };
  return runPath(await rest(`dags/${encodeURIComponent(dag)}/dagRuns`, { logical_date: null, conf }));
}

// Days that have run before run again; never as a preview, which would stay in their configuration.
export async function backfill(dag, since, until) {
  await rest("backfills", {
    dag_id: dag,
    from_date: since,
    to_date: until,
    max_active_runs: 2,
    reprocess_behavior: "completed",
  });
  return `dags/${encodeURIComponent(dag)}/backfills`;
}

function rest(path, body) {
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return call(new URL(`api/v2/${path}`, BASE), body ? post : {});
}

async function call(url, options = {}) {
  const answer = await fetch(url, { credentials: "same-origin", ...options });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Refused(answer.status, body);
  }
  return body;
}

// Airflow shows the page in a sandboxed frame, out of which a link of its own leads nowhere.
export function follow(event) {
  const link = event.target.closest("a[href]");
  if (!link || window.parent === window) {
    return;
  }
  event.preventDefault();
  open(link.href, link.target);
}

export function open(address, target = "") {
  const outside = window.parent.document.createElement("a");
  outside.href = address;
  outside.target = target;
  outside.rel = "noopener";
  window.parent.document.body.append(outside);
  outside.click();
  outside.remove();
}
