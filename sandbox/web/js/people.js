// Names and faces: who a person is, their avatar, and the switch for which person one is.

import { h, uid } from "./dom.js";
import { world, person } from "./store.js";
import { openPopup } from "./popup.js";
import { icon } from "./icons.js";

const HUES = [222, 162, 22, 282, 340, 196, 96, 44];

/** The name shown for a person's id. */
export function nameOf(id) {
  const who = person(id);
  if (!who) return id ?? "someone";
  return who.real_name || who.profile?.real_name || who.profile?.display_name || who.name || id;
}

/** The handle that is typed after an @. */
export const handleOf = (id) => person(id)?.name ?? id;

/** The name of a channel without its #. */
export const channelName = (id) => world.channels.get(id)?.name ?? id;

/** The handle of a user group. */
export const groupName = (id) => world.groups.get(id)?.handle ?? world.groups.get(id)?.name ?? id;

/** Whether this id belongs to the bot. */
export const isBot = (id) => Boolean(person(id)?.is_bot) || /^B0|CHATOPS$/.test(id ?? "");

/** The bot's user id. */
export const botUser = () => [...world.people.values()].find((who) => who.is_bot)?.id ?? "U0CHATOPS";

/** People who can be mentioned or chosen, by name. */
export const everyone = () =>
  [...world.people.values()].filter((who) => !who.deleted).sort((a, b) => nameOf(a.id).localeCompare(nameOf(b.id)));

function initials(name) {
  const parts = name
    .replace(/[^\p{L}\p{N} ]/gu, " ")
    .trim()
    .split(/\s+/);
  return (parts.length > 1 ? parts[0][0] + parts.at(-1)[0] : name.slice(0, 2)).toUpperCase();
}

/** Draw a person's square with their initials, always the same colour for the same id. */
export function avatar(id, size = 36, name = nameOf(id)) {
  const hue = HUES[[...String(id)].reduce((sum, letter) => (sum * 73 + letter.codePointAt(0)) % 9973, 7) % HUES.length];
  const bot = isBot(id);
  return h(
    "span",
    { class: `avatar${bot ? " avatar-bot" : ""}`, "aria-hidden": "true", style: { "--hue": hue, "--size": `${size}px` } },
    bot ? "⚙" : initials(name),
  );
}

/** What a person is, in a word or two. */
export function roleOf(id) {
  const who = person(id);
  if (!who) return "";
  if (who.title || who.profile?.title) return who.title ?? who.profile.title;
  if (who.is_bot) return "app";
  if (who.is_stranger) return "from another team";
  if (who.is_restricted) return "guest";
  return "";
}

/** The button that tells who one is, and lets one be somebody else. */
export function personSwitch(onChoose) {
  const button = h(
    "button",
    {
      class: "who",
      type: "button",
      "aria-haspopup": "menu",
      "aria-label": `You are ${nameOf(world.me)}. Switch person`,
      dataset: { testid: "person-switch" },
    },
    avatar(world.me, 32),
    h("span", { class: "who-text" }, h("strong", null, nameOf(world.me)), h("small", null, roleOf(world.me) || "switch person")),
    icon("down", 16),
  );
  button.addEventListener("click", () => openPopup(button, personMenu(onChoose), { label: "Be another person", above: true }));
  return button;
}

function personMenu(onChoose) {
  const people = everyone().filter((who) => !who.is_bot);
  return h(
    "div",
    { class: "menu", role: "menu", id: uid("people") },
    h("p", { class: "menu-title" }, "Look and act as"),
    people.map((who) =>
      h(
        "button",
        {
          class: "menu-item",
          type: "button",
          role: "menuitemradio",
          "aria-checked": String(who.id === world.me),
          dataset: { person: who.id, close: "1" },
          onclick: () => onChoose(who.id),
        },
        avatar(who.id, 28),
        h("span", { class: "who-text" }, h("strong", null, nameOf(who.id)), h("small", null, roleOf(who.id) || `@${handleOf(who.id)}`)),
        who.id === world.me ? icon("check", 16) : null,
      ),
    ),
  );
}
