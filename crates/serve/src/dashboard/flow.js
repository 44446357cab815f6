// The dataflow as a picture: what comes from what, with rates between. Beside each other where there is room, below each other on a phone.

import { make, say, term } from "./dom.js";

/** An element whose text is set later, by this name. */
function slot(kind, name) {
  const made = make(kind);
  made.dataset.flow = name;
  return made;
}

export class Flow {
  #box;
  #key;

  constructor(box) {
    this.#box = box;
  }

  /** Shows `stages` ([{name, word, detail, more, rate, asides}]): `rate` comes in from the one before, `asides` ([{name, word, detail}]) leave it. */
  show(stages) {
    const key = JSON.stringify(stages.map(({ name, asides }) => [name, asides?.map((aside) => aside.name)]));
    if (key !== this.#key) this.#box.replaceChildren(...stages.flatMap((stage, index) => this.#stage(stage, index)));
    this.#key = key;
    const set = (name, text) => say(this.#box.querySelector(`[data-flow="${name}"]`), text ?? "");
    stages.forEach(({ detail, more, rate, asides }, index) => {
      set(`detail-${index}`, detail);
      set(`more-${index}`, more);
      if (index > 0) set(`rate-${index}`, rate);
      asides?.forEach((aside, place) => set(`aside-${index}-${place}`, aside.detail));
    });
  }

  #stage({ name, word, asides }, index) {
    const box = make("li", "stage", word ? term(word, name) : make("span", "name", name), slot("b", `detail-${index}`), slot("small", `more-${index}`));
    const arrow = index > 0 ? [make("li", "arrow", slot("span", `rate-${index}`))] : [];
    if (!asides) return [...arrow, box];
    const leaves = asides.map((aside, place) => make("li", "aside", term(aside.word, aside.name), slot("b", `aside-${index}-${place}`)));
    box.append(make("ul", "asides", ...leaves));
    return [...arrow, box];
  }
}
