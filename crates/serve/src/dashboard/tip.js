// What a word means, for whoever points at it, taps it or comes to it by the keyboard.

import { by, say } from "./dom.js";
import { TERMS } from "./words.js";

/** Shows explanations of `[data-term]`, wherever one is. */
export function explainTerms() {
  const tip = by("tip");
  let shown = null;
  const hide = () => {
    tip.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown = null;
  };
  const show = ({ target }) => {
    const word = target.closest?.("[data-term]");
    if (!word) return hide();
    if (word === shown) return;
    hide();
    shown = word;
    say(tip, TERMS[word.dataset.term] ?? "");
    word.setAttribute("aria-describedby", "tip");
    tip.hidden = false;
    place(tip, word.getBoundingClientRect());
  };
  ["pointerover", "focusin", "click"].forEach((kind) => document.addEventListener(kind, show));
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  addEventListener("scroll", hide, { passive: true, capture: true });
}

/** Below the word, or above it if there is no room; never beyond the edges. */
function place(tip, { left, top, bottom }) {
  const { width, height } = tip.getBoundingClientRect();
  const room = document.documentElement.clientWidth - width - 8;
  tip.style.left = `${Math.max(8, Math.min(left, room))}px`;
  tip.style.top = `${bottom + height + 8 > innerHeight ? Math.max(8, top - height - 6) : bottom + 6}px`;
}
