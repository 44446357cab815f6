// Which group has which colour. Pure.

/** Colours that people with any sight tell apart (Okabe and Ito), and that stand out on light and dark. */
export const COLOURS = ["#0a84c6", "#e07b00", "#009e73", "#cc6fa5", "#8c7ae6", "#c9a400", "#d64545", "#56b4e9", "#7a8a99", "#6b8e23"];

/** The colour of what has no line of its own. */
export const NEUTRAL = "var(--soft)";

/** A number from a text, always the same one (FNV-1a). */
function hash(text) {
  let found = 0x811c9dc5;
  for (const character of text) found = Math.imul(found ^ character.codePointAt(0), 0x01000193) >>> 0;
  return found;
}

/** Gives each group a colour that it keeps, whatever its rank, even if it goes and comes back; no two groups that are shown share one. */
export class Colours {
  #known = new Map();
  #shown = new Map();

  /** From now on these are shown. Whoever is new gets the colour that it had, or that its name leads to, or the next one that is free. */
  show(groups) {
    const stay = groups.filter((group) => this.#shown.has(group));
    const taken = new Set(stay.map((group) => this.#shown.get(group)));
    const shown = new Map(stay.map((group) => [group, this.#shown.get(group)]));
    // By name, not by rank: two people who look at the same groups see the same colours.
    for (const group of groups.filter((group) => !shown.has(group)).sort()) {
      const first = this.#known.get(group) ?? hash(group) % COLOURS.length;
      const steps = COLOURS.map((_, step) => (first + step) % COLOURS.length);
      const index = steps.find((step) => !taken.has(step)) ?? first;
      taken.add(index);
      shown.set(group, index);
      this.#known.set(group, index);
    }
    this.#shown = shown;
    if (this.#known.size > 1000) this.#known = new Map(shown);
  }

  /** The colour of a group. */
  of(group) {
    return this.#shown.has(group) ? COLOURS[this.#shown.get(group)] : NEUTRAL;
  }
}
