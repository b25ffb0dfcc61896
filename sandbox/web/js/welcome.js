// A short card with three things to try, until it is dismissed.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const KEY = "sandbox:welcome:gone";

/** Whether the card is still wanted. */
export const wantsWelcome = () => localStorage.getItem(KEY) !== "1";

/** Make the card. `tries` holds what each of the three buttons does. */
export function welcomeCard(tries) {
  const steps = [
    [
      "Release a service",
      ["Type ", h("code", null, "/release"), " in ", h("strong", null, "#ops"), " as Ann, and fill in the form."],
      tries.release,
    ],
    [
      "Take an alert",
      ["React with 👀 to a log alert in ", h("strong", null, "#alerts"), ", or click ", h("strong", null, "Acknowledge"), "."],
      tries.alerts,
    ],
    ["Watch it run", ["Click on the run in the ", h("strong", null, "GitHub"), " panel and see its jobs move."], tries.github],
  ];
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
      steps.map(([title, text, go], i) =>
        h(
          "li",
          null,
          h(
            "button",
            { type: "button", class: "welcome-step", onclick: go },
            h("span", { class: "welcome-number" }, String(i + 1)),
            h("span", null, h("strong", null, title), h("span", { class: "welcome-text" }, text)),
          ),
        ),
      ),
    ),
  );
  return card;
}
