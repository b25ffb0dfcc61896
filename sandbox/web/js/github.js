// The GitHub panel: repositories with their runs, tags, releases and deployments, and what the bot's links point to.

import { fill, h } from "./dom.js";
import { onGitHub } from "./api.js";
import { ago, count, shortSha } from "./format.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import {
  branches,
  commitRow,
  deploymentRow,
  deployments,
  environments,
  names,
  releaseRow,
  releases,
  runs,
  shaOf,
  tagRow,
  tags,
  versionIn,
} from "./records.js";
import { facts, runRow, runView } from "./runs.js";
import { tell, world } from "./store.js";
import { closeGitHub, openGitHub, ui } from "./ui.js";

const FEW = 3;
const ROUTES = [
  [/^actions\/runs\/(\d+)/, run],
  [/^(?:releases\/tag|tree|src\/tag)\/(.+)$/, tagOrBranch],
  [/^compare\/(.+?)\.{2,3}(.+)$/, compare],
  [/^commits?\/([^/]+)/, commit],
  [
    /^actions/,
    (repo) =>
      list(
        "Workflow runs",
        runs(repo).map((one) => runRow(repo, one)),
        "No workflow has run yet.",
      ),
  ],
  [
    /^tags/,
    (repo) =>
      list(
        "Tags",
        tags(repo).map((one) => tagRow(repo, one)),
        "No tags.",
      ),
  ],
  [
    /^releases/,
    (repo) =>
      list(
        "Releases",
        releases(repo).map((one) => releaseRow(repo, one)),
        "No releases.",
      ),
  ],
  [
    /^deployments/,
    (repo) =>
      list(
        "Deployments",
        deployments(repo).map((one) => deploymentRow(repo, one)),
        "No deployments.",
      ),
  ],
];

/** Bring the panel in step with its path and with what happened on GitHub. */
export function showGitHub(panel) {
  panel.hidden = !ui.githubOpen;
  if (!ui.githubOpen) return;
  const scrolled = panel.dataset.path === ui.github ? (panel.querySelector(".panel-body")?.scrollTop ?? 0) : 0;
  panel.dataset.path = ui.github;
  const [, owner, name, rest = ""] = /^\/([^/]+)\/([^/]+)\/?(.*)$/.exec(ui.github) ?? [];
  const repo = world.github.repos.find((one) => one.full_name === `${owner}/${name}`);
  const body = h("div", { class: "panel-body" }, ui.github ? page(repo, `${owner}/${name}`, rest) : overview());
  fill(panel, head(repo, rest), body);
  body.scrollTop = scrolled;
}

function head(repo, rest) {
  const up = rest ? `/${repo?.full_name ?? ""}` : "";
  const back = ui.github
    ? h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Back to the overview", onclick: () => openGitHub(rest && repo ? up : "") },
        icon("back"),
      )
    : null;
  return h(
    "header",
    { class: "panel-head" },
    back,
    h("div", { class: "panel-title" }, h("h2", null, "GitHub"), h("small", null, repo?.full_name ?? "simulated")),
    h("button", { type: "button", class: "icon-button", "aria-label": "Close GitHub", onclick: closeGitHub }, icon("close")),
  );
}

function overview() {
  if (!world.github.repos.length) return h("p", { class: "muted pad" }, "No repositories.");
  return world.github.repos.map((repo) => {
    const newest = tags(repo)[0];
    return h(
      "section",
      { class: "gh-repo", dataset: { repo: repo.full_name } },
      h(
        "header",
        { class: "gh-repo-head" },
        icon("box"),
        h("a", { href: `/${repo.full_name}` }, h("strong", null, repo.full_name)),
        newest
          ? h(
              "a",
              { class: "tag-chip", href: `/${repo.full_name}/releases/tag/${newest.name}` },
              icon("tag", 13),
              `newest tag ${newest.name}`,
            )
          : null,
      ),
      repo.runs.length
        ? runs(repo)
            .slice(0, FEW)
            .map((one) => runRow(repo, one))
        : h("p", { class: "muted pad-row" }, "No workflow has run yet."),
      live(repo),
    );
  });
}

const STATES = { queued: "waits", pending: "waits", waiting: "waits", in_progress: "is on its way", failure: "failed", error: "failed" };

function live(repo) {
  const all = environments(repo);
  if (!all.length) return null;
  return h(
    "div",
    { class: "env-row" },
    all.map(({ environment, live, newest }) =>
      h(
        "a",
        {
          class: `env env-${newest.state}`,
          href: `/${repo.full_name}/deployments`,
          title: live ? `${versionIn(live)} is live in ${environment}` : `Nothing is live in ${environment}`,
        },
        icon("rocket", 13),
        environment,
        live ? h("span", { class: "mono" }, versionIn(live)) : null,
        newest.state in STATES ? h("span", null, h("span", { class: "mono" }, versionIn(newest)), ` ${STATES[newest.state]}`) : null,
      ),
    ),
  );
}

function page(repo, name, rest) {
  if (!repo)
    return h("div", { class: "empty" }, h("h3", null, "Nothing here"), h("p", null, `There is no repository ${name} in the sandbox.`));
  for (const [pattern, view] of ROUTES) {
    const match = pattern.exec(rest);
    if (match) return view(repo, ...match.slice(1));
  }
  return repoView(repo);
}

function repoView(repo) {
  const more = (title, path, rows, none) =>
    h(
      "section",
      null,
      h("h4", { class: "gh-title" }, title, rows.length > 5 ? h("a", { href: `/${repo.full_name}/${path}` }, `all ${rows.length}`) : null),
      rows.length ? rows.slice(0, 5) : h("p", { class: "muted pad-row" }, none),
    );
  return h(
    "div",
    { class: "gh-view" },
    facts([
      [
        "Branches",
        branches(repo).map((one) =>
          h("a", { class: "tag-chip", href: `/${repo.full_name}/tree/${one.name}` }, icon("branch", 13), one.name),
        ),
      ],
      ["Folder", repo.path ? h("span", { class: "mono wrap" }, repo.path) : null],
    ]),
    more(
      "Workflow runs",
      "actions",
      runs(repo).map((one) => runRow(repo, one)),
      "No workflow has run yet.",
    ),
    more(
      "Deployments",
      "deployments",
      deployments(repo).map((one) => deploymentRow(repo, one)),
      "No deployments.",
    ),
    more(
      "Releases",
      "releases",
      releases(repo).map((one) => releaseRow(repo, one)),
      "No releases.",
    ),
    more(
      "Tags",
      "tags",
      tags(repo).map((one) => tagRow(repo, one)),
      "No tags.",
    ),
  );
}

const list = (title, rows, none) =>
  h("div", { class: "gh-view" }, h("h4", { class: "gh-title" }, title), rows.length ? rows : h("p", { class: "muted pad-row" }, none));

function run(repo, id) {
  const found = repo.runs.find((one) => String(one.id) === id);
  return found
    ? runView(repo, found)
    : h(
        "div",
        { class: "empty" },
        h("h3", null, "Run not found"),
        h("p", null, `${repo.full_name} has no run ${id}. It may appear in a moment.`),
      );
}

function tagOrBranch(repo, ref) {
  const name = decodeURIComponent(ref);
  const tag = (repo.tags ?? []).find((one) => one.name === name);
  const release = (repo.releases ?? []).find((one) => one.tag_name === name);
  const branch = branches(repo).find((one) => one.name === name);
  if (!tag && !release && !branch)
    return h(
      "div",
      { class: "empty" },
      h("h3", null, `${name} does not exist`),
      h("p", null, `${repo.full_name} has no such tag or branch yet.`),
    );
  const sha = shaOf(tag ?? branch ?? {}) || release?.target_commitish || "";
  const all = tags(repo);
  const before = tag ? all[all.indexOf(tag) + 1] : null;
  return h(
    "div",
    { class: "gh-view", dataset: { testid: "tag-view" } },
    title(tag ? "tag" : "branch", release?.name || name),
    facts([
      [tag ? "Tag" : "Branch", h("span", { class: "mono" }, name)],
      ["Commit", commitLink(repo, sha)],
      ["Released", release ? ago(new Date(release.published_at ?? release.created_at)) : null],
      ["By", release?.author?.login],
      ["Since", before ? h("a", { href: `/${repo.full_name}/compare/${before.name}...${name}` }, `${before.name}…${name}`) : null],
    ]),
    release?.body ? h("div", { class: "markdown pad release-notes" }, markdown(release.body)) : null,
    related(repo, sha),
  );
}

function compare(repo, base, head) {
  const [from, to] = [base, head].map(decodeURIComponent);
  const find = (name) => [...(repo.tags ?? []), ...branches(repo)].find((one) => one.name === name);
  const side = (name) =>
    find(name)
      ? [h("a", { class: "tag-chip", href: `/${repo.full_name}/releases/tag/${name}` }, name), " ", commitLink(repo, shaOf(find(name)))]
      : commitLink(repo, name);
  const commits = between(repo, ...[from, to].map((name) => (find(name) ? shaOf(find(name)) : name)));
  return h(
    "div",
    { class: "gh-view", dataset: { testid: "compare-view" } },
    title("branch", `${short(from)} … ${short(to)}`),
    facts([
      ["Base", side(from)],
      ["Head", side(to)],
    ]),
    commits ? h("h4", { class: "gh-title" }, count(commits.length, "commit", "commits")) : null,
    (commits ?? []).map((one) => commitRow(repo, one)),
  );
}

const compared = new Map();

/** The commits that `head` has and `base` has not, newest first; null until they are known, then the panel is drawn again. */
function between(repo, base, head) {
  const key = `${repo.full_name} ${base} ${head}`;
  if (!compared.has(key)) {
    compared.set(key, null);
    onGitHub("compare", { repo: repo.full_name, base, head })
      .then((answer) => compared.set(key, answer.commits) && tell("github"))
      .catch(() => {}); // it names what does not exist (any more)
  }
  return compared.get(key);
}

function commit(repo, sha) {
  const full =
    [...(repo.tags ?? []), ...branches(repo)]
      .map(shaOf)
      .concat(repo.runs.map((one) => one.head_sha))
      .find((one) => one?.startsWith(sha)) ?? sha;
  return h(
    "div",
    { class: "gh-view", dataset: { testid: "commit-view" } },
    title("commit", shortSha(full)),
    facts([
      ["Commit", h("span", { class: "mono wrap" }, full)],
      [
        "Tags",
        names(repo, full).map((one) =>
          h("a", { class: "tag-chip", href: `/${repo.full_name}/releases/tag/${one.name}` }, icon("tag", 13), one.name),
        ),
      ],
    ]),
    related(repo, full),
  );
}

const title = (name, text) => h("div", { class: "gh-heading" }, icon(name, 22), h("h3", null, text));
const commitLink = (repo, sha) =>
  sha ? h("a", { class: "mono", href: `/${repo.full_name}/commit/${sha}` }, short(sha)) : null;
const short = (name) => (/^[0-9a-f]{40}$/.test(name) ? shortSha(name) : name);

function related(repo, sha) {
  const mine = runs(repo).filter((one) => one.head_sha === sha);
  const rolled = deployments(repo).filter((one) => one.sha === sha);
  return [
    mine.length ? [h("h4", { class: "gh-title" }, "Runs of this commit"), mine.map((one) => runRow(repo, one))] : null,
    rolled.length ? [h("h4", { class: "gh-title" }, "Deployments of this commit"), rolled.map((one) => deploymentRow(repo, one))] : null,
  ];
}
