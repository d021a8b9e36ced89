// The table: header, rows, the line below it.

import { fill, make } from "./cells.js";

const byId = (id) => document.getElementById(id);

// the title first, then the declared order, with reverse relations (which have no alias) last
export function columnsOf(sheet, withHidden) {
  const shown = sheet.fields.filter((field) => withHidden || !field.hidden);
  const rank = (field) => (field.title ? 0 : field.alias ? 1 : 2);
  return shown.sort((a, b) => rank(a) - rank(b));
}

export function drawHeader(columns, state) {
  const row = byId("columns");
  row.replaceChildren(make("th", "line", "#"));
  for (const field of columns) {
    const cell = make("th", classesOf(field));
    cell.dataset.field = field.id;
    const label = make("span", "", field.name);
    if (state.sort === field.id) label.append(make("em", "", state.ascending ? "↑" : "↓"));
    cell.append(label, make("small", "", field.alias || "↩ 反向关联"));
    cell.title = "点击排序 / click to sort";
    row.append(cell);
  }
}

export function drawRows(columns, rows, state, known) {
  const body = byId("rows");
  body.replaceChildren();
  for (const [index, row] of rows.entries()) {
    const line = make("tr", row.rowid === state.row ? "open" : "");
    line.dataset.row = row.rowid;
    if (known && !known.has(row.rowid)) line.classList.add("fresh");
    line.append(make("td", "line", String((state.page - 1) * state.size + index + 1)));
    for (const field of columns) {
      const cell = make("td", classesOf(field));
      const value = row.cells[field.id];
      fill(cell, field, value, { limit: 2, keyword: state.search });
      if (typeof value === "string" && value.length > 24) cell.title = value.slice(0, 400);
      line.append(cell);
    }
    body.append(line);
  }
}

export function drawFoot(total, state) {
  const pages = Math.max(1, Math.ceil(total / state.size));
  const first = total ? (state.page - 1) * state.size + 1 : 0;
  const last = Math.min(total, state.page * state.size);
  const all = total.toLocaleString();
  byId("range").textContent = total ? `第 ${first}–${last} 条，共 ${all} 条 ` : "共 0 条 ";
  byId("range").append(make("i", "", total ? `rows ${first}–${last} of ${all}` : "no rows"));
  byId("page").textContent = `${state.page} / ${pages}`;
  byId("previous").disabled = state.page <= 1;
  byId("next").disabled = state.page >= pages;
  return pages;
}

export function drawEmpty(title, hint) {
  const box = byId("empty");
  box.hidden = !title;
  box.replaceChildren(make("b", "", title), hint);
}

function classesOf(field) {
  return field.title ? `key ${field.family}` : field.family;
}
