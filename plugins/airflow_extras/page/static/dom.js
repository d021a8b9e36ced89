// Builds elements; text goes in as text, never as HTML.

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

export function table(heads, rows, { numeric = [] } = {}) {
  const cell = (tag, content, index) => el(tag, { className: numeric.includes(index) ? "number" : "" }, content);
  return el(
    "div",
    { className: "scroll" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...heads.map((head, index) => cell("th", head, index)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((content, index) => cell("td", content, index))))),
    ),
  );
}

export function badge(text, kind) {
  return el("span", { className: `badge ${kind}` }, text);
}
