// Draws GitHub workflow runs: their state, jobs and steps, with clocks that tick while they run.

import { h } from "./dom.js";
import { onGitHub } from "./api.js";
import { ask } from "./dialog.js";
import { ago, elapsed, now, shortSha } from "./format.js";
import { icon, statusIcon } from "./icons.js";
import { say } from "./notices.js";

const BAD = new Set(["failure", "timed_out", "startup_failure", "action_required"]);

/** One word for the state of a run, a job or a step: queued, waiting, running, success, failure, cancelled or skipped. */
export function stateOf(thing) {
  if (thing.status === "completed") {
    if (BAD.has(thing.conclusion)) return "failure";
    return thing.conclusion === "neutral" ? "skipped" : (thing.conclusion ?? "success");
  }
  if (thing.status === "in_progress") return "running";
  return ["waiting", "action_required"].includes(thing.status) ? "waiting" : "queued";
}

const said = (thing) => (thing.status === "completed" ? thing.conclusion : thing.status)?.replaceAll("_", " ") ?? "queued";

/** How long a thing took; while it runs the clock goes on by itself. */
function timer(thing, startKey = "started_at") {
  const start = Date.parse(thing[startKey] ?? thing.started_at);
  if (Number.isNaN(start) || ["queued", "skipped"].includes(stateOf(thing))) return null;
  const done = thing.status === "completed";
  const end = done ? Date.parse(thing.completed_at ?? thing.updated_at) : now();
  return h("span", { class: "elapsed", dataset: done ? {} : { since: String(start) } }, elapsed(start, end));
}

/** Let the clocks of everything that runs go on. */
export function tick() {
  for (const node of document.querySelectorAll("[data-since]")) node.textContent = elapsed(Number(node.dataset.since), now());
}

const pathOf = (repo, run) => `/${repo.full_name}/actions/runs/${run.id}`;
const nameOf = (run) => run.display_title || run.name || "Run";
const fileOf = (run) => (run.path ?? "").split("/").pop()?.split("@")[0] || run.name;

/** One line for a run in a list; a click opens it. */
export function runRow(repo, run) {
  const jobs = run.jobs ?? [];
  const running = jobs.find((job) => job.status === "in_progress");
  const state = stateOf(run);
  return h(
    "a",
    { class: `gh-row run-row state-${state}`, href: pathOf(repo, run), dataset: { run: String(run.id) } },
    statusIcon(state, 18),
    h(
      "span",
      { class: "gh-row-text" },
      h("strong", null, nameOf(run)),
      h("small", null, `#${run.run_number ?? ""} ${fileOf(run)} · ${running ? running.name : said(run)}`),
      jobs.length > 1
        ? h(
            "span",
            { class: "job-dots", "aria-hidden": "true" },
            jobs.map((job) => h("i", { class: `dot-${stateOf(job)}`, title: `${job.name}: ${said(job)}` })),
          )
        : null,
    ),
    timer(run, "run_started_at") ?? h("span", { class: "elapsed" }, run.created_at ? ago(new Date(run.created_at)) : ""),
  );
}

/** Everything about one run. */
export function runView(repo, run) {
  const actor = run.triggering_actor?.login ?? run.actor?.login;
  const path = `/${repo.full_name}`;
  return h(
    "div",
    { class: "gh-view run-view", dataset: { run: String(run.id), testid: "run-view" } },
    h(
      "div",
      { class: `run-banner state-${stateOf(run)}` },
      statusIcon(stateOf(run), 28),
      h("div", null, h("h3", null, nameOf(run)), h("p", null, h("span", { class: "run-state" }, said(run)), timer(run, "run_started_at"))),
    ),
    facts([
      ["Workflow", `${fileOf(run)} #${run.run_number ?? ""}`],
      ["Event", run.event],
      ["By", actor],
      ["Branch", run.head_branch],
      ["Commit", run.head_sha ? h("a", { class: "mono", href: `${path}/commit/${run.head_sha}` }, shortSha(run.head_sha)) : null],
      ["Attempt", run.run_attempt > 1 ? String(run.run_attempt) : null],
      ["Started", run.created_at ? ago(new Date(run.created_at)) : null],
    ]),
    inputs(run),
    stateOf(run) === "waiting" ? reviewBox(repo, run) : null,
    h("h4", { class: "gh-title" }, "Jobs"),
    (run.jobs ?? []).length ? run.jobs.map(jobView) : h("p", { class: "muted pad" }, "No job has started yet."),
    runActions(repo, run),
  );
}

function inputs(run) {
  const given = Object.entries(run.inputs ?? {}).filter(([, value]) => String(value) !== "");
  const written = (value) => h("span", { class: "mono" }, /^[0-9a-f]{40}$/.test(value) ? shortSha(value) : String(value));
  return given.length ? [h("h4", { class: "gh-title" }, "Inputs"), facts(given.map(([name, value]) => [name, written(value)]))] : null;
}

/** A list of facts, without those that have no value. */
export const facts = (pairs) =>
  h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
  );

const opened = new Map();

function jobView(job) {
  const state = stateOf(job);
  const unfold = opened.get(job.id) ?? ["running", "failure", "waiting"].includes(state);
  const node = h(
    "details",
    { class: "job", open: unfold, dataset: { job: job.name, state } },
    h("summary", null, statusIcon(state, 18), h("span", { class: "job-name" }, job.name), timer(job), icon("down", 14)),
    h(
      "ol",
      { class: "steps" },
      (job.steps ?? []).map((step) =>
        h("li", { class: `step state-${stateOf(step)}` }, statusIcon(stateOf(step), 14), h("span", null, step.name), timer(step)),
      ),
    ),
  );
  node.querySelector("summary").addEventListener("click", () => opened.set(job.id, !node.open));
  return node;
}

async function attempt(name, body) {
  try {
    await onGitHub(name, body);
  } catch (error) {
    say(error.message, "error");
  }
}

function reviewBox(repo, run) {
  const review = (state) => attempt("review", { repo: repo.full_name, run_id: run.id, state, comment: "" });
  return h(
    "div",
    { class: "review" },
    h("p", null, "This run waits for a review of its environment."),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "button primary small", onclick: () => review("approved") }, "Approve"),
      h("button", { type: "button", class: "button danger small", onclick: () => review("rejected") }, "Reject"),
    ),
  );
}

function runActions(repo, run) {
  const body = { repo: repo.full_name, run_id: run.id };
  const cancel = async () => {
    if (await ask({ title: "Cancel this run?", text: nameOf(run), confirm: "Cancel the run", deny: "Keep it", style: "danger" }))
      await attempt("cancel", body);
  };
  const button =
    run.status === "completed"
      ? h("button", { type: "button", class: "button small", onclick: () => attempt("rerun", body) }, "Re-run")
      : h("button", { type: "button", class: "button small", onclick: cancel }, "Cancel run");
  return h("div", { class: "actions pad" }, button);
}
