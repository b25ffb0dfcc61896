// A short card with three things to try, until it is dismissed.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";

const KEY = "sandbox:welcome:gone";
let chosen = null; // the step that one is at

/** Whether the card is still wanted. */
export const wantsWelcome = () => localStorage.getItem(KEY) !== "1";

/** Make the card. `go(step)` brings one to where a step of `tries.json` is done; from then on the card has the words of that step only. */
export function welcomeCard(steps, go) {
  const words = h("p", { class: "welcome-words" });
  const buttons = steps.map((step, i) =>
    h(
      "button",
      {
        type: "button",
        class: "welcome-step",
        "aria-label": step.title,
        onclick: () => {
          chosen = i;
          show();
          go(step);
        },
      },
      h("span", { class: "welcome-number" }, String(i + 1)),
      h("span", { class: "welcome-about" }, h("strong", null, step.title), h("span", { class: "welcome-text" }, marked(step.text))),
    ),
  );
  const show = () => {
    card.classList.toggle("at-a-step", chosen !== null);
    buttons.forEach((button, i) => (i === chosen ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current")));
    fill(words, chosen === null ? null : marked(steps[chosen].text));
  };
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
    words,
  );
  show();
  return card;
}

/** The text with its `code` and its **strong** words. */
function marked(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`")) return h("code", null, part.slice(1, -1));
    return part.startsWith("**") ? h("strong", null, part.slice(2, -2)) : part;
  });
}
