// Where a number comes from: what `mare explain` says of its document, and the command that says it.

import { ask } from "./api.js";
import { by, fill, make, number, say, title } from "./dom.js";
import { fates } from "./model.js";
import { command, verdict } from "./words.js";

export class Explain {
  #dialog = by("explain");
  #layout;
  #clock;
  #formats;
  /** Which question is being asked, so that no answer to another one is shown. */
  #asked = 0;

  /** Explains documents of `layout`, whose times are those of `clock` and whose numbers are written by `formats`, by their names. */
  constructor(layout, clock, formats) {
    [this.#layout, this.#clock, this.#formats] = [layout, clock, formats];
    by("explain-close").onclick = () => this.#dialog.close();
    this.#dialog.onclick = ({ target }) => target === this.#dialog && this.#dialog.close();
    by("explain-copy").onclick = () => navigator.clipboard?.writeText(by("explain-command").textContent).then(() => say(by("explain-copy"), "copied"));
  }

  /** Asks where the numbers come from of the document of this window and group. */
  async show(start, fields) {
    const asked = ++this.#asked;
    say(by("explain-title"), `${this.#layout.group(fields)}, ${this.#clock.stamp(start)} ${this.#clock.zone}`);
    say(by("explain-command"), command(start, fields));
    say(by("explain-copy"), "copy");
    by("explain-copy").hidden = !navigator.clipboard;
    say(by("explain-said"), "The topic is being read…");
    by("explain-answer").replaceChildren();
    if (!this.#dialog.open) this.#dialog.showModal();
    try {
      const answer = await (await ask(`explain?window=${encodeURIComponent(start)}${this.#layout.query(fields)}`)).json();
      if (asked === this.#asked) this.#tell(answer);
    } catch (error) {
      if (asked === this.#asked) say(by("explain-said"), error.message);
    }
  }

  #tell(answer) {
    const { said, isGood } = verdict(answer);
    say(by("explain-said"), said.join(" "));
    by("explain-said").className = isGood ? "good" : "";
    const [zone, time] = [this.#clock.zone, (text) => this.#layout.label(text, this.#clock)];
    const text = (value) => (value === null ? "–" : String(value));
    const total = (name, value) => number(value === null ? "–" : this.#formats.get(name)?.bare(value) ?? text(value));
    const parts = [
      ["Its numbers", ["field", number("in the sink"), number("recomputed")],
        Object.entries(answer.numbers).map(([name, { sink, recomputed }]) => [title(name), total(name, sink), total(name, recomputed)])],
      ["From these records", ["partition", number("first offset"), number("last offset"), ...fates(answer.partitions).map(([name]) => number(name))],
        answer.partitions.map((part) => [text(part.partition), ...["first", "last", ...fates(answer.partitions).map(([, field]) => field)].map((field) => number(text(part[field])))])],
      ["Largest contributions", ["partition", number("offset"), title(`event time (${zone})`), { ...title(answer.largest_by ?? ""), className: "number" }],
        answer.largest.map((each) => [text(each.partition), number(text(each.offset)), time(each.time), total(answer.largest_by, each.adds)])],
      ["Taken back", ["partition", number("offset"), number("order"), title(`event time (${zone})`), { ...title(answer.largest_by ?? ""), className: "number" }],
        (answer.taken_back ?? []).map((each) => [text(each.partition), number(text(each.offset)), number(text(each.order)), time(each.time), total(answer.largest_by, each.adds)])],
      ["Too late", ["partition", number("offset"), title(`event time (${zone})`), number("closed before by")],
        answer.late.map((each) => [text(each.partition), number(text(each.offset)), time(each.time), number(`${each.late_by_ms} ms`)])],
    ];
    by("explain-answer").replaceChildren(...parts.filter(([, , rows]) => rows.length > 0).map(([what, head, rows]) => {
      const table = make("table");
      fill(table, head, rows);
      return make("section", "", make("h3", "", what), make("div", "scroll", table));
    }));
  }
}
