// Everything that goes to Airflow itself: its REST API with the visitor's own login, and links.

// The page lies at <Airflow>/xiaoe/.
export const BASE = new URL("../", document.baseURI);

export const ORDERS_DAG = "xiaoe_orders"; // of the first shop; an asset of the same name holds the watermark
const ORDER_TASKS = new Set(["sync_orders", "repair"]);

export class Refused extends Error {
  constructor(status, body) {
    super(typeof body?.detail === "string" ? body.detail : `HTTP ${status}`);
    this.status = status;
    this.problem = body?.problem ?? null;
  }
}

export async function snapshot() {
  return call(new URL("api/snapshot", document.baseURI));
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

// The task that last dealt with each record, if its label or its time tells: id -> path in Airflow.
export async function taskLogs(errors) {
  const { task_instances: tasks } = await rest(
    "dags/~/dagRuns/~/taskInstances?state=failed&order_by=-start_date&limit=100",
  );
  const failed = tasks.filter((task) => ORDER_TASKS.has(task.task_id));
  const found = new Map();
  for (const error of errors) {
    const task = failed.find((one) => one.rendered_map_index === error.record_id) ?? atThatTime(failed, error.last_seen);
    if (error.entity === "order" && task) {
      found.set(error.record_id, pathOf(task));
    }
  }
  return found;
}

// A batch carries several orders under one label; the time is proof only where one batch ran.
function atThatTime(tasks, seen) {
  const at = Date.parse(seen);
  const running = tasks.filter((task) => Date.parse(task.start_date) - 1000 <= at && at <= Date.parse(task.end_date) + 1000);
  return running.length === 1 ? running[0] : undefined;
}

function pathOf(task) {
  const names = [task.dag_id, "runs", task.dag_run_id, "tasks", task.task_id].map(encodeURIComponent);
  const mapped = task.map_index >= 0 ? `/mapped/${task.map_index}` : "";
  return `dags/${names.join("/")}${mapped}?try_number=${task.try_number}`;
}

export async function runOnce(dag, since, until, preview) {
  const conf = { since, until, preview };
  const run = await rest(`dags/${encodeURIComponent(dag)}/dagRuns`, { logical_date: null, conf });
  return `dags/${encodeURIComponent(dag)}/runs/${encodeURIComponent(run.dag_run_id)}`;
}

export async function backfill(dag, since, until, preview) {
  await rest("backfills", {
    dag_id: dag,
    from_date: since,
    to_date: until,
    max_active_runs: 2,
    reprocess_behavior: "completed",
    dag_run_conf: { preview },
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
  const link = event.target.closest("a[data-airflow]");
  if (!link || window.parent === window) {
    return;
  }
  event.preventDefault();
  const outside = window.parent.document.createElement("a");
  outside.href = link.href;
  window.parent.document.body.append(outside);
  outside.click();
  outside.remove();
}
