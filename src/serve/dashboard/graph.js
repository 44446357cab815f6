// The dataflow as a picture, with rates on its arrows.

import { plain } from "./model.js";

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  if (text !== undefined) made.textContent = plain(text);
  return made;
}

/** Draws `stages` ([{name, detail}]) with `rates` (a text for each arrow between two), and `asides` ([{name, detail, rate}]) under the second. */
export class Graph {
  #svg = element("svg", { role: "img", "aria-label": "The dataflow" });
  #key;
  #rates = [];

  constructor(box) {
    box.replaceChildren(this.#svg);
  }

  show(stages, rates, asides) {
    const key = JSON.stringify([stages.map((stage) => stage.name), asides.map((aside) => aside.name)]);
    if (key !== this.#key) this.#draw(stages, asides);
    this.#key = key;
    stages.forEach((stage, index) => { this.#svg.querySelector(`#detail-${index}`).textContent = plain(stage.detail); });
    asides.forEach((aside, index) => { this.#svg.querySelector(`#aside-${index}`).textContent = plain(aside.detail); });
    this.#rates.forEach((text, index) => { text.textContent = rates[index] ?? ""; });
  }

  #draw(stages, asides) {
    const [width, gap, height] = [150, 90, 54];
    const step = width + gap;
    const svg = this.#svg;
    svg.setAttribute("viewBox", `0 0 ${stages.length * step - gap + 2} ${asides.length ? 190 : 70}`);
    const tip = element("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
    tip.append(element("path", { d: "M0 0 8 4 0 8z" }));
    svg.replaceChildren(tip);
    this.#rates = [];
    stages.forEach((stage, index) => {
      const x = index * step + 1;
      svg.append(element("rect", { x, y: 8, width, height, rx: 10 }), element("text", { x: x + width / 2, y: 31 }, stage.name),
        element("text", { x: x + width / 2, y: 49, class: "soft", id: `detail-${index}` }));
      if (index === 0) return;
      const rate = element("text", { x: x - gap / 2, y: 26, class: "soft" });
      svg.append(element("path", { d: `M${x - gap + 3} 35H${x - 4}` }), rate);
      this.#rates.push(rate);
    });
    asides.forEach((aside, index) => {
      const x = step + 1 + (index - (asides.length - 1) / 2) * (width + 16);
      const middle = step + 1 + width / 2;
      svg.append(element("path", { class: "aside", d: `M${middle} 64C${middle} 95 ${x + width / 2} 85 ${x + width / 2} 118` }),
        element("rect", { x, y: 122, width, height, rx: 10 }), element("text", { x: x + width / 2, y: 145 }, aside.name),
        element("text", { x: x + width / 2, y: 163, class: "soft", id: `aside-${index}` }));
    });
  }
}
