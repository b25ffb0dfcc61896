// Shows reactions as chips that can be clicked, and the picker to add one.

import { h, fill } from "./dom.js";
import { deed } from "./api.js";
import { FAVOURITES, findEmoji, glyph } from "./emoji.js";
import { icon } from "./icons.js";
import { emojiNode } from "./mrkdwn.js";
import { say } from "./notices.js";
import { nameOf } from "./people.js";
import { closePopup, openPopup } from "./popup.js";
import { world } from "./store.js";

/** Add the person's reaction, or take it back. */
async function toggle(message, name, mine) {
  try {
    await deed(world.me, mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, name });
  } catch (error) {
    say(error.message, "error");
  }
}

const whoReacted = (reaction) => {
  const names = reaction.users.map((id) => (id === world.me ? "you" : nameOf(id)));
  return `${names.join(", ")} reacted with :${reaction.name}:`;
};

/** The row of reactions under a message, or null. */
export function reactionBar(message) {
  if (!message.reactions?.length) return null;
  const chips = message.reactions.map((reaction) => {
    const mine = reaction.users.includes(world.me);
    return h(
      "button",
      {
        type: "button",
        class: `reaction${mine ? " mine" : ""}`,
        "aria-pressed": String(mine),
        "aria-label": whoReacted(reaction),
        title: whoReacted(reaction),
        dataset: { reaction: reaction.name },
        onclick: () => toggle(message, reaction.name, mine),
      },
      emojiNode(reaction.name),
      h("span", { class: "reaction-count" }, String(reaction.count ?? reaction.users.length)),
    );
  });
  return h("div", { class: "reactions" }, chips, addButton(message, "reaction add"));
}

/** The button that opens the picker. */
export function addButton(message, className) {
  const node = h(
    "button",
    { type: "button", class: className, "aria-label": "Add a reaction", title: "Add a reaction", "aria-haspopup": "dialog" },
    icon("smile", 18),
  );
  node.addEventListener("click", () =>
    openPopup(
      node,
      emojiPicker((name) => toggle(message, name, false)),
      { alignEnd: true, label: "Choose an emoji", role: "dialog" },
    ),
  );
  return node;
}

/** A grid of emoji with a search field; `choose` gets the shortcode. */
export function emojiPicker(choose) {
  const grid = h("div", { class: "emoji-grid" });
  const pick = (name) => {
    closePopup({ refocus: true });
    choose(name);
  };
  const draw = (query) => {
    const names = query
      ? findEmoji(query, 80).map(([name]) => name)
      : [
          ...FAVOURITES,
          ...findEmoji("", 80)
            .map(([name]) => name)
            .filter((name) => !FAVOURITES.includes(name)),
        ];
    fill(
      grid,
      names.map((name) =>
        h(
          "button",
          {
            type: "button",
            class: "emoji-choice",
            title: `:${name}:`,
            "aria-label": name,
            dataset: { emoji: name },
            onclick: () => pick(name),
          },
          glyph(name),
        ),
      ),
    );
  };
  const search = h("input", {
    class: "field",
    type: "search",
    placeholder: "Find an emoji",
    "aria-label": "Find an emoji",
    autofocus: true,
    oninput: () => draw(search.value),
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") grid.querySelector("button")?.click();
  });
  draw("");
  return h("div", { class: "emoji-picker" }, search, grid);
}
