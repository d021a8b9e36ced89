// Builds elements; text goes in as text, never as HTML.

import { BASE } from "./airflow.js";

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// With `stacked` a narrow screen shows each row as a block, its cells with the names of their columns.
export function table(heads, rows, { numeric = [], stacked = false } = {}) {
  const kind = (content, index) => [numeric.includes(index) ? "number" : "", content === "—" ? "none" : ""].join(" ").trim();
  const cell = (tag, content, index) => el(tag, { className: kind(content, index), "data-head": heads[index] }, content);
  return el(
    "div",
    { className: "scroll" },
    el(
      "table",
      { className: stacked ? "stacked" : "" },
      el("thead", {}, el("tr", {}, ...heads.map((head, index) => cell("th", head, index)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((content, index) => cell("td", content, index))))),
    ),
  );
}

export function badge(text, kind) {
  return el("span", { className: `badge ${kind}` }, text);
}

// A link into Airflow by its path there, or to another site by its whole address.
export function link(path, text, title = "") {
  const outside = /^https?:/.test(path);
  const address = new URL(path, BASE).href;
  return el("a", { href: address, className: "nowrap", title, target: outside ? "_blank" : "", rel: "noopener" }, text);
}

// An id that can be selected as a whole, and copied with one click.
export function copyable(text, copy, copied) {
  const button = el("button", { type: "button", className: "plain" }, copy);
  button.addEventListener("click", async () => {
    await toClipboard(text);
    button.textContent = copied;
    setTimeout(() => (button.textContent = copy), 1500);
  });
  return el("span", { className: "id" }, el("code", {}, text), button);
}

// The clipboard's own interface wants https and a frame that may use it.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = el("textarea", { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
