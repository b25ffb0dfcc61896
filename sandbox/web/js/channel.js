// The middle of the page: one channel or the bot's own place, its messages and its composer.

import { fill, h } from "./dom.js";
import { deed } from "./api.js";
import { composer } from "./composer.js";
import { showHome, visitHome } from "./home.js";
import { icon } from "./icons.js";
import { messageList } from "./messages.js";
import { avatar, botUser, nameOf } from "./people.js";
import { stickToEnd } from "./scroll.js";
import { botChannel, timeline, world } from "./store.js";
import { closeGitHub, openApp, openGitHub, setMenu, ui } from "./ui.js";
import { lastRead, markRead } from "./unread.js";
import { wantsWelcome, welcomeCard } from "./welcome.js";

let open = null;
let tries = { steps: [], go: () => {} };

/** What the welcome card offers, and what brings one there. */
export const setTries = (steps, go) => (tries = { steps, go });

/** Put a text into the composer of the open channel. */
export const write = (text) => open?.writer?.write(text);

/** Bring the middle in step with what is open. */
export function showMain(main) {
  const key = [world.me, ui.app ? `app:${ui.tab}:${botChannel()?.id ?? ""}` : ui.channel].join("/");
  if (open?.key !== key) open = ui.app ? buildApp(main, key) : buildChannel(main, key);
  const toggle = main.querySelector("[data-toggle=github]");
  toggle?.setAttribute("aria-pressed", String(showsGitHub()));
  refreshMain();
}

/** Draw the messages, or the Home tab, again. */
export function refreshMain() {
  if (!open) return;
  if (open.home) return showHome(open.home);
  if (!open.channel) return;
  open.scroll.settle(() => open.list.show(timeline(open.channel), { newSince: open.since }));
  open.empty.hidden = timeline(open.channel).length > 0;
  if (document.visibilityState === "visible") markRead(open.channel);
  if (ui.focusTs) reveal();
}

function reveal() {
  const node = open.box.querySelector(`[data-ts="${CSS.escape(ui.focusTs)}"]`);
  ui.focusTs = null;
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.add("flash");
  setTimeout(() => node.classList.remove("flash"), 2000);
}

const showsGitHub = () => ui.githubOpen && (ui.front === "github" || !ui.thread || innerWidth >= 1440);

function toggleGitHub() {
  if (showsGitHub()) closeGitHub();
  else openGitHub();
}

function head(title, detail) {
  return h(
    "header",
    { class: "main-head" },
    h(
      "button",
      { type: "button", class: "icon-button menu-button", "aria-label": "Channels", onclick: () => setMenu(!ui.menu) },
      icon("menu", 20),
    ),
    h("div", { class: "main-title" }, h("h1", null, title), detail ? h("small", null, detail) : null),
    h(
      "button",
      { type: "button", class: "button small github-toggle", dataset: { toggle: "github" }, onclick: toggleGitHub },
      icon("branch", 16),
      "GitHub",
    ),
  );
}

function log(label) {
  return h("div", {
    class: "messages",
    role: "log",
    "aria-live": "polite",
    "aria-label": label,
    tabindex: "0",
    dataset: { testid: "messages" },
  });
}

function buildChannel(main, key) {
  const channel = world.channels.get(ui.channel);
  if (!channel) {
    fill(main, head("No channel"), h("div", { class: "empty" }, h("h3", null, "You are in no channel")));
    return { key };
  }
  const topic = channel.topic?.value ?? channel.topic ?? "";
  const people = (channel.members ?? []).length;
  const detail = [channel.is_ext_shared ? "shared with another company" : "", people ? `${people} members` : "", topic]
    .filter(Boolean)
    .join(" · ");
  const box = log(`Messages in #${channel.name}`);
  const empty = h(
    "div",
    { class: "empty" },
    h("h3", null, `This is the beginning of #${channel.name}`),
    h("p", null, "Nothing was said here yet."),
  );
  const writer = composer({
    key: `${world.me}:${channel.id}`,
    label: `Message #${channel.name}`,
    send: (text) => deed(world.me, "say", { channel: channel.id, text }),
    target: () => ({ channel: channel.id }),
  });
  const since = lastRead(channel.id);
  fill(
    main,
    head([icon("hash", 20), channel.name], detail),
    wantsWelcome() ? welcomeCard(tries.steps, tries.go) : null,
    h("div", { class: "messages-frame" }, empty, box),
    writer.node,
  );
  return settled({ key, channel: channel.id, box, empty, writer, since });
}

function settled(parts) {
  const scroll = stickToEnd(parts.box);
  requestAnimationFrame(scroll.toEnd);
  if (parts.writer && !matchMedia("(hover: none)").matches) parts.writer.focus();
  return { ...parts, scroll, list: messageList(parts.box) };
}

function tabs() {
  const tab = (name, label) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        class: "tab",
        "aria-selected": String(ui.tab === name),
        dataset: { tab: name },
        onclick: () => openApp(name),
      },
      label,
    );
  return h("div", { class: "tabs", role: "tablist", "aria-label": "App" }, tab("home", "Home"), tab("messages", "Messages"));
}

function buildApp(main, key) {
  const title = [avatar(botUser(), 24), nameOf(botUser())];
  if (ui.tab === "home") {
    const home = h("div", { class: "home", role: "tabpanel", tabindex: "0" });
    fill(main, head(title, "App"), tabs(), home);
    visitHome();
    return { key, home };
  }
  const channel = botChannel()?.id ?? "";
  const box = log(`Messages with ${nameOf(botUser())}`);
  const empty = h(
    "div",
    { class: "empty" },
    h("h3", null, `Say hello to ${nameOf(botUser())}`),
    h("p", null, "Only you and the app see this conversation."),
  );
  const writer = composer({
    key: `${world.me}:dm`,
    label: `Message ${nameOf(botUser())}`,
    send: (text) => deed(world.me, "dm", { text }),
    target: () => (channel ? { channel } : null),
  });
  fill(main, head(title, "App"), tabs(), h("div", { class: "messages-frame" }, empty, box), writer.node);
  return settled({ key, channel, box, empty, writer, since: channel ? lastRead(channel) : "0" });
}
