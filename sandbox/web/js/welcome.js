// A short card with three things to try, until it is dismissed.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const KEY = "sandbox:welcome:gone";
let chosen = null; // the step that one is at; a phone shows the words of that one only

/** Whether the card is still wanted. */
export const wantsWelcome = () => localStorage.getItem(KEY) !== "1";

/** Make the card. `go(step)` brings one to where a step of `tries.json` is done. */
export function welcomeCard(steps, go) {
  const buttons = steps.map((step, i) =>
    h(
      "button",
      {
        type: "button",
        class: "welcome-step",
        "aria-current": chosen === i ? "step" : null,
        onclick: () => {
          chosen = i;
          buttons.forEach((button, n) => (n === i ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current")));
          go(step);
        },
      },
      h("span", { class: "welcome-number" }, String(i + 1)),
      h("span", null, h("strong", null, step.title), h("span", { class: "welcome-text" }, marked(step.text))),
    ),
  );
  const card = h(
    "section",
    { class: "welcome", "aria-label": "Three things to try", dataset: { testid: "welcome" } },
    h(
      "header",
      null,
      h("h2", null, "Three things to try"),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Dismiss",
          onclick: () => {
            localStorage.setItem(KEY, "1");
            card.remove();
          },
        },
        icon("close", 16),
      ),
    ),
    h(
      "ol",
      null,
      buttons.map((button) => h("li", null, button)),
    ),
  );
  return card;
}

/** The text with its `code` and its **strong** words. */
function marked(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`")) return h("code", null, part.slice(1, -1));
    return part.startsWith("**") ? h("strong", null, part.slice(2, -2)) : part;
  });
}
