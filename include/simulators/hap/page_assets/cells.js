// One cell's value as something to look at. Everything goes in as text, never as markup:
// a nickname may well contain a script tag.

const HUES = [214, 152, 32, 340, 268, 188, 8, 96, 48, 300];

export function make(tag, classes = "", text = "") {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (text !== "") element.textContent = text;
  return element;
}

export function hue(index) {
  return HUES[index % HUES.length];
}

export function isEmpty(value) {
  return value === "" || (Array.isArray(value) && !value.length) || value.total === 0;
}

// `limit` is how many of several values a table cell shows; the rest becomes "+n"
export function fill(element, field, value, { limit = Infinity, keyword = "" } = {}) {
  if (isEmpty(value)) return element;
  const writer = WRITERS[field.family];
  if (writer) writer(element, field, value, limit);
  else writeText(element, String(value), keyword);
  return element;
}

function writeText(element, text, keyword) {
  const at = keyword ? text.toLowerCase().indexOf(keyword.toLowerCase()) : -1;
  if (at < 0) {
    element.append(text);
    return;
  }
  element.append(text.slice(0, at), make("mark", "", text.slice(at, at + keyword.length)));
  element.append(text.slice(at + keyword.length));
}

function writeNumber(element, field, value) {
  const [whole, decimals] = String(value).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  if (whole.startsWith("-")) element.classList.add("negative");
  element.append(decimals === undefined ? grouped : `${grouped}.${decimals}`);
}

function writeOptions(element, field, keys, limit) {
  for (const key of keys.slice(0, limit)) {
    const index = field.options.findIndex((option) => option.key === key);
    const tag = make("span", "tag", index < 0 ? key : field.options[index].value);
    if (index < 0) {
      tag.classList.add("unknown");
      tag.title = "不是选项的键 / no option key";
    }
    tag.style.setProperty("--hue", hue(index));
    element.append(tag);
  }
  writeMore(element, keys.length - limit);
}

function writeRelations(element, field, related, limit) {
  for (const other of related.rows.slice(0, limit)) {
    const chip = make("a", "chip", other.title || "未命名 untitled");
    chip.href = `#${related.sheet}/${other.row}`;
    element.append(chip);
  }
  writeMore(element, related.total - Math.min(limit, related.rows.length));
}

function writeList(element, field, values, limit) {
  element.append(values.slice(0, limit).join("、"));
  writeMore(element, values.length - limit);
}

function writeCheckbox(element, field, value) {
  element.append(value === "1" ? "✓" : "–");
}

function writeMore(element, count) {
  if (count > 0 && Number.isFinite(count)) element.append(make("span", "more", `+${count}`));
}

const WRITERS = {
  number: writeNumber,
  select: writeOptions,
  relation: writeRelations,
  member: writeList,
  attachment: writeList,
  checkbox: writeCheckbox,
};
