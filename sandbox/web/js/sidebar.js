// The channel list: unread marks, the app's own place, the link to the bot, and who one is.

import { fill, h } from "./dom.js";
import { avatar, botUser, nameOf, personSwitch } from "./people.js";
import { icon } from "./icons.js";
import { botChannel, myChannels, world } from "./store.js";
import { openApp, openChannel, ui } from "./ui.js";
import { unread } from "./unread.js";

/** Draw the list. `onPerson` is called with the person one wants to be. */
export function showSidebar(box, onPerson) {
  const scrolled = box.querySelector(".side-scroll")?.scrollTop ?? 0;
  const focused = document.activeElement?.dataset?.focus;
  fill(
    box,
    h(
      "header",
      { class: "side-head" },
      h("span", { class: "team-mark", "aria-hidden": "true" }, (world.team?.name ?? "A").slice(0, 1)),
      h("div", { class: "side-name" }, h("strong", null, world.team?.name ?? "Workspace"), h("small", null, "sandbox")),
    ),
    h(
      "nav",
      { class: "side-scroll", "aria-label": "Channels" },
      h("h2", { class: "side-title" }, "Channels"),
      h("ul", { class: "side-list" }, myChannels().map(channelItem)),
      h("h2", { class: "side-title" }, "Apps"),
      h("ul", { class: "side-list" }, appItem()),
    ),
    linkState(),
    h("footer", { class: "side-foot" }, personSwitch(onPerson)),
  );
  box.querySelector(".side-scroll").scrollTop = scrolled;
  if (focused) box.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

function marks({ count, mentions }) {
  if (mentions) return h("span", { class: "unread-badge", "aria-label": `${mentions} mentions` }, String(Math.min(99, mentions)));
  return count ? h("span", { class: "unread-dot", "aria-label": `${count} unread` }) : null;
}

function channelItem(channel) {
  const current = !ui.app && ui.channel === channel.id;
  const news = current ? { count: 0, mentions: 0 } : unread(channel.id);
  return h(
    "li",
    null,
    h(
      "button",
      {
        type: "button",
        class: `side-item${news.count ? " unread" : ""}`,
        "aria-current": current ? "page" : null,
        dataset: { channelItem: channel.id, focus: channel.id },
        onclick: () => openChannel(channel.id),
      },
      icon(channel.is_private ? "lock" : "hash", 16),
      h("span", { class: "side-label" }, channel.name),
      channel.is_ext_shared ? h("span", { class: "side-tag", title: "Shared with another company" }, "shared") : null,
      marks(news),
    ),
  );
}

function appItem() {
  const im = botChannel();
  const news = im && !(ui.app && ui.tab === "messages") ? unread(im.id) : { count: 0, mentions: 0 };
  return h(
    "li",
    null,
    h(
      "button",
      {
        type: "button",
        class: `side-item${news.count ? " unread" : ""}`,
        "aria-current": ui.app ? "page" : null,
        dataset: { testid: "app-item", focus: "app" },
        onclick: () => openApp("home"),
      },
      avatar(botUser(), 20),
      h("span", { class: "side-label" }, nameOf(botUser())),
      marks({ count: news.count, mentions: news.count }),
    ),
  );
}

/** Tell how the page hangs together: the stream of changes, and how many sockets the bot holds. */
function linkState() {
  const sockets = world.sockets.length;
  const [kind, text, detail] =
    world.link !== "open"
      ? ["lost", "Reconnecting…", "The page lost the sandbox"]
      : sockets
        ? ["on", "Bot connected", `${sockets} ${sockets === 1 ? "socket" : "sockets"}`]
        : ["off", "Bot is offline", "no socket open"];
  return h(
    "div",
    { class: `link link-${kind}`, role: "status", dataset: { testid: "connection" } },
    h("span", { class: "link-dot" }),
    h("span", null, text),
    h("small", null, detail),
  );
}
