// Remembers what is open (channel, thread, panels, person) and keeps the address bar in step.

import { tell, world } from "./store.js";

const PHONE = matchMedia("(max-width: 760px)");
const OURS = /^\/(api|link|response|upload|files|repos|static|_sandbox|git)\//;

export const ui = {
  channel: "",
  app: false,
  tab: "home",
  thread: null,
  github: "",
  githubOpen: false,
  front: "github",
  menu: false,
  focusTs: null,
};

/** Whether the page has a phone's width. */
export const isPhone = () => PHONE.matches;

/** Read the address: who one is, the channel, the thread, and what GitHub shows. */
export function readAddress() {
  const query = new URLSearchParams(location.search);
  const archive = /^\/archives\/(\w+)(?:\/p(\d{10})(\d{6}))?/.exec(location.pathname);
  const path = archive || location.pathname === "/" ? "" : location.pathname;
  Object.assign(ui, { github: path, githubOpen: Boolean(path) || !isPhone(), front: path ? "github" : ui.front });
  if (query.get("c") || archive) ui.channel = archive?.[1] ?? query.get("c");
  if (archive?.[2]) ui.focusTs = `${archive[2]}.${archive[3]}`;
  ui.thread = query.get("t") && ui.channel ? { channel: ui.channel, ts: query.get("t") } : null;
  if (ui.thread) ui.front = path ? "github" : "thread";
  return query.get("as") ?? "";
}

/** Write the address for what is open; `push` makes a step that the back button undoes. */
export function writeAddress(push = false) {
  const query = new URLSearchParams({ as: world.me });
  if (ui.channel && !ui.app) query.set("c", ui.channel);
  if (ui.thread) query.set("t", ui.thread.ts);
  const address = `${(ui.githubOpen && ui.github) || "/"}?${query}`;
  history[push ? "pushState" : "replaceState"](null, "", address);
}

function change(values, push = false) {
  Object.assign(ui, values);
  writeAddress(push);
  tell("ui");
}

/** Open a channel; `ts` scrolls to a message. */
export function openChannel(id, ts = null) {
  const thread = ui.thread?.channel === id ? ui.thread : null;
  change({ channel: id, app: false, thread, menu: false, focusTs: ts, ...(isPhone() ? { githubOpen: false } : {}) });
}

/** Open the bot's own place: its Home tab or the messages with it. */
export const openApp = (tab = "home") => change({ app: true, tab, thread: null, menu: false, ...(isPhone() ? { githubOpen: false } : {}) });

/** Open a thread beside the channel. */
export const openThread = (channel, ts) => change({ thread: { channel, ts }, front: "thread", menu: false });

/** Close the thread. */
export const closeThread = () => change({ thread: null, front: "github" });

/** Open the GitHub panel at a path (`/acme/checkout/actions/runs/1`; "" is its overview). */
export const openGitHub = (path = ui.github) =>
  change({ github: path, githubOpen: true, front: "github", menu: false }, path !== ui.github);

/** Close the GitHub panel. */
export const closeGitHub = () => change({ githubOpen: false, github: "", front: "thread" });

/** Show or hide the channel list on a phone. */
export const setMenu = (menu) => change({ menu });

/**
 * Follow a link inside the page. Returns false when it leads elsewhere. Channels, chat permalinks and what GitHub's own
 * addresses name are opened in place; from a modal, which lies over them, in a page beside it.
 */
export function followLink(anchor) {
  const url = new URL(anchor.href, location.origin);
  if (url.origin !== location.origin || OURS.test(url.pathname)) return false;
  if (anchor.closest(".layer")) return Boolean(open(`${url.pathname}?as=${world.me}`, "_blank"));
  const archive = /^\/archives\/(\w+)(?:\/p(\d{10})(\d{6}))?/.exec(url.pathname);
  if (archive) openChannel(archive[1], archive[2] ? `${archive[2]}.${archive[3]}` : null);
  else if (anchor.dataset.channel) openChannel(anchor.dataset.channel);
  else if (/^\/[^/]+\/[^/]+/.test(url.pathname)) openGitHub(decodeURI(url.pathname));
  else return false;
  return true;
}
