// One row in a drawer: every field, then what the system knows about it.

import { fill, isEmpty, make } from "./cells.js";
import { actions, editable, edit } from "./edit.js";

const byId = (id) => document.getElementById(id);

export function openDetail(sheet, row, close, changed) {
  const drawer = byId("drawer");
  const key = sheet.fields.find((field) => field.title);
  const title = (key && row.cells[key.id]) || "未命名 untitled";

  const heading = make("div");
  heading.append(make("small", "", `${sheet.name} · #${row.autoid}`), make("h2", "", title));
  const button = make("button", "ghost", "✕");
  button.type = "button";
  button.setAttribute("aria-label", "关闭 close");
  button.addEventListener("click", close);
  const header = make("header");
  header.append(heading, button);

  const cells = make("dl");
  for (const field of sheet.fields) {
    const value = row.cells[field.id];
    const shown = make("dd", isEmpty(value) ? "none" : "", isEmpty(value) ? "—" : "");
    fill(shown, field, value);
    if (editable(field)) {
      shown.classList.add("editable");
      shown.title = "点一下修改 / click to edit";
      shown.addEventListener("click", () => edit(shown, sheet, row, field, changed), { once: true });
    }
    cells.append(labelled(field.name, field.alias), shown);
  }
  drawer.replaceChildren(header, actions(sheet, row, close, changed), cells, systemPart(row));
  drawer.hidden = byId("veil").hidden = false;
  drawer.scrollTop = 0;
}

export function closeDetail() {
  byId("drawer").hidden = byId("veil").hidden = true;
}

function systemPart(row) {
  const list = make("dl", "system");
  const lines = [
    ["记录 ID", "rowid", row.rowid],
    ["创建", "created", row.created],
    ["最近修改", "updated", row.updated],
  ];
  for (const [label, name, value] of lines) {
    list.append(labelled(label, name), make("dd", "", value));
  }
  return list;
}

function labelled(label, alias) {
  const term = make("dt", "", label);
  if (alias) term.append(make("small", "", alias));
  return term;
}
