// What a person may do here to see what the sync makes of it: correct a cell, delete a row, and let
// HAP refuse a row, as a business rule of the app would (430021).

import { make } from "./cells.js";

const EDITED = ["text", "number", "select"];

export function editable(field) {
  return EDITED.includes(field.family) && !field.many && Boolean(field.alias);
}

export function edit(shown, sheet, row, field, changed) {
  const value = row.cells[field.id];
  const input = field.family === "select" ? choice(field, value) : make("input");
  if (field.family !== "select") input.value = value;
  const form = make("form", "edit");
  const save = make("button", "", "保存 Save");
  form.append(input, save);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await act({ sheet: sheet.alias || sheet.id, row: row.rowid, cells: { [field.alias]: input.value } });
    await changed();
  });
  form.addEventListener("click", (event) => event.stopPropagation());
  shown.replaceChildren(form);
  input.focus();
}

// A person picks an option by its text.
function choice(field, keys) {
  const select = make("select");
  for (const option of field.options) {
    const entry = make("option", "", option.value);
    entry.selected = keys.includes(option.key);
    select.append(entry);
  }
  return select;
}

export function actions(sheet, row, close, changed) {
  const bar = make("div", "acts");
  const remove = make("button", "ghost danger", "删除这一行 Delete row");
  remove.addEventListener("click", async () => {
    await act({ sheet: sheet.alias || sheet.id, row: row.rowid, delete: true });
    close();
    await changed();
  });
  const refuse = make("button", "ghost", "…");
  const note = make("small");
  bar.append(refuse, remove, note);
  const key = sheet.fields.find((field) => field.alias && row.cells[field.id] && field.title) ?? sheet.fields[0];
  void showRule(refuse, note, sheet, ruleFor(key, row));
  return bar;
}

function ruleFor(key, row) {
  const refused = { type: "condition", field: key.alias, operator: "eq", value: [row.cells[key.id]] };
  return { type: "group", logic: "AND", children: [refused] };
}

async function showRule(button, note, sheet, rule) {
  const path = `_sim/rules/${sheet.id}`;
  const rules = await (await fetch(path)).json();
  const same = (one) => JSON.stringify(one) === JSON.stringify(rule);
  const on = rules.some(same);
  button.textContent = on ? "不再拒绝这一行 Accept it again" : "让明道云拒绝这一行 Refuse this row";
  note.textContent = on ? "写入这一行会得到 430021；同步把它记入「同步异常」 Writes to this row are refused." : "";
  button.onclick = async () => {
    const body = JSON.stringify(on ? rules.filter((one) => !same(one)) : [...rules, rule]);
    await fetch(path, { method: "PUT", headers: { "Content-Type": "application/json" }, body });
    await showRule(button, note, sheet, rule);
  };
}

async function act(body) {
  const answer = await fetch("_sim/human", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) alert((await answer.json()).detail ?? answer.status);
}
