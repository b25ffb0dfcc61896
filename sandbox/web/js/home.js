// The bot's own place: its Home tab, and the direct messages with it.

import { fill, h } from "./dom.js";
import { deed } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { makeForm } from "./modal.js";
import { botUser, nameOf } from "./people.js";
import { say } from "./notices.js";
import { world } from "./store.js";

let form = null;
let drawn = "";

/** Tell the bot that its Home tab was opened. */
export async function visitHome() {
  await deed(world.me, "home").catch((error) => say(error.message, "error"));
}

/** Forget what was entered into the Home tab (another person looks now). */
export function forgetHome() {
  form = null;
  drawn = "";
}

/** Draw the Home tab. */
export function showHome(box) {
  const view = world.home?.view ?? world.home;
  const signature = JSON.stringify(view);
  if (drawn === signature && box.firstChild) return;
  drawn = signature;
  if (!view?.blocks) {
    fill(
      box,
      h(
        "div",
        { class: "empty" },
        h("h3", null, `${nameOf(botUser())} has nothing to show here yet`),
        h("p", null, "Its Home tab appears as soon as the bot publishes one."),
      ),
    );
    return;
  }
  form ??= makeForm(view);
  form.stated = view.state?.values ?? {};
  fill(box, h("div", { class: "home-blocks blocks", dataset: { testid: "home" } }, renderBlocks(view.blocks, { home: true, form })));
}
