// The page's state and its conversation with the server. The address says what is shown:
// #<worksheet>/<row>, so that a relation's chip is a plain link.

import { hue, make } from "./cells.js";
import { closeDetail, openDetail } from "./detail.js";
import { columnsOf, drawEmpty, drawFoot, drawHeader, drawRows } from "./table.js";

const POLL = 2500;
const byId = (id) => document.getElementById(id);
const state = { sheets: [], sheet: null, row: "", page: 1, size: 50, search: "", sort: "", ascending: true, hidden: false };
let shown = { id: "", version: -1, rows: new Map() };

async function read(path) {
  const answer = await fetch(`_sim/view/${path}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function refresh() {
  try {
    const { app, now, sheets } = await read("sheets");
    byId("app-name").textContent = app;
    byId("clock").textContent = now;
    state.sheets = sheets;
    byId("pulse").classList.remove("lost");
  } catch {
    byId("pulse").classList.add("lost");
    return;
  }
  chooseSheet();
  drawSheets();
  const sheet = state.sheet;
  if (sheet && (shown.id !== sheet.id || shown.version !== sheet.version)) await showRows();
}

function chooseSheet() {
  const [name, row = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  const found = state.sheets.find((s) => s.id === name || s.alias === name) || state.sheets[0];
  if (found && state.sheet && found.id !== state.sheet.id) {
    Object.assign(state, { page: 1, search: "", sort: "", ascending: true });
    byId("search").value = "";
  }
  state.sheet = found || null;
  state.row = row;
  byId("sheet-name").textContent = found ? found.name : "";
  byId("sheet-alias").textContent = found ? found.alias : "";
  if (!found) {
    drawEmpty("还没有工作表 No worksheets yet", "通过开放接口创建后会出现在这里 They appear here once the API has created them");
  }
}

function drawSheets() {
  const list = byId("sheets");
  list.replaceChildren();
  for (const [index, sheet] of state.sheets.entries()) {
    const link = make("a");
    link.href = `#${sheet.alias || sheet.id}`;
    if (sheet === state.sheet) link.setAttribute("aria-current", "page");
    const icon = make("span", "icon", sheet.name.slice(0, 1));
    icon.style.setProperty("--hue", hue(index));
    const name = make("div");
    name.append(make("b", "", sheet.name), make("small", "", sheet.alias || sheet.id.slice(0, 8)));
    link.append(icon, name, make("span", "count", sheet.rows.toLocaleString()));
    const item = make("li");
    item.append(link);
    list.append(item);
  }
}

async function showRows() {
  const sheet = state.sheet;
  const query = new URLSearchParams({ page: state.page, size: state.size, search: state.search, sort: state.sort, asc: state.ascending });
  const { total, rows } = await read(`rows/${sheet.id}?${query}`);
  if (sheet.id !== state.sheet.id) return;
  const columns = columnsOf(sheet, state.hidden);
  // only rows that arrive while the same list is being watched are marked as new
  const known = shown.id === sheet.id && shown.query === String(query) ? shown.rows : null;
  drawHeader(columns, state);
  drawRows(columns, rows, state, known);
  const pages = drawFoot(total, state);
  shown = { id: sheet.id, version: sheet.version, query: String(query), rows: new Map(rows.map((r) => [r.rowid, r])) };
  if (total) drawEmpty("", "");
  else if (state.search) drawEmpty("没有找到 Nothing found", `“${state.search}”`);
  else drawEmpty("还没有记录 No rows yet", "写入后自动出现 They appear by themselves");
  if (state.page > pages) {
    state.page = pages;
    await showRows();
  }
  await showRow();
}

async function showRow() {
  for (const line of document.querySelectorAll("tbody tr")) {
    line.classList.toggle("open", line.dataset.row === state.row);
  }
  if (!state.row) {
    closeDetail();
    return;
  }
  try {
    const row = shown.rows.get(state.row) || (await read(`rows/${state.sheet.id}/${state.row}`));
    openDetail(state.sheet, row, closeRow, redraw);
  } catch {
    closeRow();
  }
}

async function redraw() {
  shown.version = -1;
  await refresh();
}

function closeRow() {
  location.hash = state.sheet ? state.sheet.alias || state.sheet.id : "";
}

function restart(change) {
  Object.assign(state, { page: 1 }, change);
  showRows();
}

function listen() {
  let typing = 0;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => restart({ search: event.target.value.trim() }), 180);
  });
  byId("hidden").addEventListener("change", (event) => restart({ hidden: event.target.checked }));
  byId("size").addEventListener("change", (event) => restart({ size: Number(event.target.value) }));
  byId("previous").addEventListener("click", () => restart({ page: state.page - 1 }));
  byId("next").addEventListener("click", () => restart({ page: state.page + 1 }));
  byId("veil").addEventListener("click", closeRow);
  byId("theme").addEventListener("click", switchTheme);
  byId("columns").addEventListener("click", (event) => {
    const field = event.target.closest("th")?.dataset.field;
    if (!field) return;
    restart({ sort: field, ascending: state.sort === field ? !state.ascending : true });
  });
  byId("rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr")?.dataset.row;
    if (row && !event.target.closest("a")) location.hash = `${state.sheet.alias || state.sheet.id}/${row}`;
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.row) closeRow();
    if (event.key === "/" && event.target === document.body) {
      event.preventDefault();
      byId("search").focus();
    }
  });
  addEventListener("hashchange", async () => {
    const before = state.sheet;
    chooseSheet();
    drawSheets();
    if (state.sheet && state.sheet !== before) await showRows();
    else await showRow();
  });
}

function switchTheme() {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

listen();
await refresh();
setInterval(refresh, POLL);
