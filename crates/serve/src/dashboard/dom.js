// Elements. Text of the engine is only ever set as text, and nothing in it is hidden; what is there already is changed, not replaced, so
// that nobody loses what they point at.

import { plain } from "./model.js";

export const by = (id) => document.getElementById(id);

/** An element with classes, children or text. */
export function make(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.map((child) => (typeof child === "string" ? plain(child) : child ?? "")));
  return made;
}

/** Sets a text if it is another one. */
export function say(element, text) {
  const shown = plain(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** A word that is explained to who points at it or comes to it by the keyboard. */
export function term(name, text = name) {
  const made = make("button", "term", text);
  made.type = "button";
  made.dataset.term = name;
  return made;
}

/** The shapes that a cell can have: how it is built, and how its content is set. */
const SHAPES = {
  text: { build: () => [], set: (cell, { text }) => say(cell, text) },
  /** A name, of a field or a zone, that may be broken behind an underscore or a slash. */
  title: {
    build: () => [],
    set: (cell, { text }) => {
      const shown = plain(text);
      if (cell.textContent !== shown) cell.replaceChildren(...shown.split(/(?<=[_/])/).flatMap((part) => [part, make("wbr")]));
    },
  },
  pill: {
    build: () => [make("span", "pill")],
    set: ({ firstChild: pill }, { text, quality }) => {
      pill.className = `pill ${quality}`;
      say(pill, text);
    },
  },
  bar: {
    build: () => [make("span"), make("i")],
    set: ({ firstChild: name, lastChild: bar }, { text, share, colour }) => {
      say(name, text);
      Object.assign(bar.style, { width: `${Math.max(0, share) * 100}%`, background: colour });
    },
  },
  button: {
    build: () => [Object.assign(make("button", "cell"), { type: "button" })],
    set: ({ firstChild: button }, { text, data, label }) => {
      say(button, text);
      Object.assign(button.dataset, data);
      if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
    },
  },
  term: { build: ({ term: name, text }) => [term(name, text ?? name)], set: () => {} },
};

/** Makes as many children `name` of `parent` as there are `wanted`. */
function fit(parent, name, wanted) {
  while (parent.children.length > wanted) parent.lastChild.remove();
  while (parent.children.length < wanted) parent.append(document.createElement(name));
}

/** Sets one cell: a text, or `{shape, className, isFresh, …}` with what its shape takes. */
function set(cell, given) {
  const content = typeof given === "string" ? { text: given } : given;
  const { shape = "text", className = "", isFresh } = content;
  const kind = shape === "term" ? `${shape} ${content.term}` : shape;
  if (cell.kind !== kind) cell.replaceChildren(...SHAPES[shape].build(content));
  cell.kind = kind;
  if (cell.className !== className) cell.className = className;
  SHAPES[shape].set(cell, content);
  if (isFresh && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    cell.animate([{ background: "color-mix(in srgb, var(--accent) 18%, transparent)" }, { background: "transparent" }], 1200);
  }
}

/** Shows a table of rows of cells. */
export function fill(table, head, rows) {
  if (!table.tHead) table.append(make("thead", ""), make("tbody", ""));
  const [top, body] = [table.tHead, table.tBodies[0]];
  fit(top, "tr", 1);
  fit(body, "tr", rows.length);
  const line = (row, name, cells) => {
    fit(row, name, cells.length);
    cells.forEach((cell, index) => set(row.children[index], cell));
  };
  line(top.firstChild, "th", head);
  rows.forEach((cells, index) => line(body.children[index], "td", cells));
}

/** A number in a column of numbers. */
export const number = (text) => ({ text, className: "number" });

/** A name that may be broken where it has parts. */
export const title = (text) => ({ shape: "title", text, className: "title" });
