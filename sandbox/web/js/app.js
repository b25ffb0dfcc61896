// Starts the page: loads the world, follows what happens, and draws each part when its topic changes.

import { follow, getGitHub, getSockets, getState, getTries } from "./api.js";
import { refreshMain, setTries, showMain, write } from "./channel.js";
import { soon } from "./dom.js";
import { showGitHub } from "./github.js";
import { forgetHome } from "./home.js";
import { showViews } from "./modal.js";
import { say } from "./notices.js";
import { unpressed } from "./press.js";
import { tick } from "./runs.js";
import { showSidebar } from "./sidebar.js";
import { apply, load, myChannels, on, tell, world } from "./store.js";
import { refreshThread, showThread } from "./thread.js";
import { closeThread, followLink, isPhone, openChannel, readAddress, setMenu, ui, writeAddress } from "./ui.js";
import { hasLayer } from "./dialog.js";

const parts = Object.fromEntries(["app", "side", "main", "thread", "github", "veil"].map((id) => [id, document.getElementById(id)]));
const FIRST = "U0ANN";
let unfollow = () => {};
let wasLost = false;

function layout() {
  Object.assign(parts.app.dataset, {
    thread: String(Boolean(ui.thread)),
    github: String(ui.githubOpen),
    front: ui.thread ? ui.front : "github",
    menu: String(ui.menu),
  });
  document.title = `${ui.app ? "ChatOps" : `#${world.channels.get(ui.channel)?.name ?? ""}`} · Sandbox`;
}

const drawSide = soon(() => showSidebar(parts.side, (id) => be(id)));
const drawGitHub = soon(() => showGitHub(parts.github), 60);
const drawMessages = soon(() => {
  refreshMain();
  refreshThread();
  drawSide();
});

function drawAll() {
  layout();
  showMain(parts.main);
  showThread(parts.thread);
  showGitHub(parts.github);
  drawSide();
}

/** Look at the world as another person. */
async function be(id) {
  if (id === world.me) return;
  unfollow();
  Object.assign(ui, { thread: null, menu: false });
  forgetHome();
  world.views = [];
  showViews();
  await enter(id);
}

async function enter(id) {
  const state = await getState(id);
  load(state);
  if (!world.channels.has(ui.channel) || !myChannels().some((one) => one.id === ui.channel)) {
    const first = myChannels().find((one) => one.name === "ops") ?? myChannels()[0];
    Object.assign(ui, { channel: first?.id ?? "", thread: null });
  }
  writeAddress();
  drawAll();
  showViews();
  refreshSockets();
  unfollow = follow(world.me, world.version, (change) => unpressed(() => apply(change)), linked);
}

async function reload() {
  load(await getState(world.me));
  drawAll();
  showViews();
  refreshSockets();
}

function linked(link) {
  world.link = link;
  if (link === "open" && wasLost) reload().catch(() => {});
  wasLost = link === "lost";
  drawSide();
}

const refreshSockets = soon(async () => {
  const answer = await getSockets().catch(() => []);
  world.sockets = (Array.isArray(answer) ? answer : (answer.sockets ?? answer.connections ?? [])).filter((one) => one.state !== "closed");
  drawSide();
}, 60);

const refreshGitHub = soon(async () => {
  world.github = await getGitHub().catch(() => world.github);
  drawGitHub();
}, 120);

on("ui", drawAll);
on("messages", drawMessages);
on("views", showViews);
on("home", refreshMain);
on("github", drawGitHub);
on("notice", (notice) => say(notice.text ?? notice.message ?? String(notice.error ?? notice), notice.level ?? "error"));
on(
  "stale",
  soon(() => reload().catch(() => {}), 120),
);
on("stale_github", refreshGitHub);
on("stale_sockets", refreshSockets);

async function goTo(step) {
  if (step.as && world.people.has(step.as)) await be(step.as);
  openChannel(world.channels.has(step.channel) ? step.channel : ui.channel);
  if (step.write) write(step.write);
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest("a[href]");
  if (!anchor || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  if (followLink(anchor)) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || hasLayer()) return;
  if (ui.menu) setMenu(false);
  else if (ui.thread) closeThread();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tell("messages", {}));
addEventListener("popstate", () => {
  const person = readAddress();
  if (person && person !== world.me) be(person);
  else drawAll();
});
parts.veil.addEventListener("click", () => setMenu(false));
setInterval(tick, 1000);

async function begin(person) {
  setTries(await getTries(), goTo);
  await enter(person);
}

function start() {
  const asked = readAddress();
  if (isPhone() && !ui.github) ui.githubOpen = false;
  begin(asked || FIRST).catch((error) => {
    say(error.message, "error");
    if (asked) return enter(FIRST);
    return setTimeout(start, 2000);
  });
}

start();
