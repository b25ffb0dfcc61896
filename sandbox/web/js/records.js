// What the GitHub panel lists of a repository: tags, releases, deployments and runs, newest first, and a line for each.

import { h } from "./dom.js";
import { ago, shortSha } from "./format.js";
import { icon } from "./icons.js";

const versionOf = (name) =>
  name
    .replace(/^[^\d]*/, "")
    .split(/[.+-]/)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : -1));

/** Order things with a `name` by version, newest first; a pre-release comes after its release. */
const newerFirst = (a, b) => {
  const [left, right] = [versionOf(b.name), versionOf(a.name)];
  const length = Math.max(left.length, right.length);
  for (let at = 0; at < length; at += 1) if ((left[at] ?? 0) !== (right[at] ?? 0)) return (left[at] ?? 0) - (right[at] ?? 0);
  return 0;
};

/** Tags, the newest version first. */
export const tags = (repo) => [...(repo.tags ?? [])].sort(newerFirst);

/** Branches. */
export const branches = (repo) => (repo.branches ?? []).map((one) => (typeof one === "string" ? { name: one } : one));

/** Releases, newest first. */
export const releases = (repo) => [...(repo.releases ?? [])].sort((a, b) => b.id - a.id);

/** Workflow runs, newest first. */
export const runs = (repo) => [...(repo.runs ?? [])].sort((a, b) => b.id - a.id);

/** The commit that a tag or a branch points to. */
export const shaOf = (thing) => thing.sha ?? thing.commit?.sha ?? thing.object?.sha ?? "";

/** The tags at a commit. */
export const names = (repo, sha) => (sha ? tags(repo).filter((one) => shaOf(one) === sha) : []);

/** Deployments, newest first, each with the `tag` that it brought ("" where nothing names one) and the `sha` of that. */
export function deployments(repo) {
  const all = (repo.deployments ?? []).map((one) => {
    const tag = broughtBy(repo, one);
    return { ...one, tag: tag?.name ?? "", sha: tag ? shaOf(tag) : one.sha };
  });
  return all.sort((a, b) => b.id - a.id);
}

// A record holds the ref and the commit that the run was started at; what was deployed is in the run's inputs, or in its title.
function broughtBy(repo, one) {
  const run = (repo.runs ?? []).find((each) => each.id === one.run_id);
  const words = [one.ref, ...Object.values(run?.inputs ?? {}), ...(run?.display_title ?? "").split(" ")];
  return words.map((word) => (repo.tags ?? []).find((tag) => [word, `v${word}`].includes(tag.name))).find(Boolean);
}

/** What is live in each environment: `{environment, live, newest}`, the last deployment that succeeded (or null) and the last of all. */
export function environments(repo) {
  const found = new Map();
  for (const one of deployments(repo).reverse()) {
    const known = found.get(one.environment);
    found.set(one.environment, { environment: one.environment, live: one.state === "success" ? one : (known?.live ?? null), newest: one });
  }
  return [...found.values()];
}

const row = (href, name, text, detail, aside) =>
  h(
    "a",
    { class: "gh-row", href },
    icon(name),
    h("span", { class: "gh-row-text" }, h("strong", null, text), h("small", null, detail)),
    aside ? h("span", { class: "elapsed" }, aside) : null,
  );

/** One line for a tag. */
export const tagRow = (repo, one) =>
  row(`/${repo.full_name}/releases/tag/${one.name}`, "tag", one.name, h("span", { class: "mono" }, shortSha(shaOf(one))));

/** One line for a commit. */
export const commitRow = (repo, one) =>
  row(`/${repo.full_name}/commit/${one.sha}`, "commit", one.subject, [
    `${one.author} · `,
    h("span", { class: "mono" }, shortSha(one.sha)),
  ]);

/** One line for a release. */
export const releaseRow = (repo, one) =>
  row(
    `/${repo.full_name}/releases/tag/${one.tag_name}`,
    "box",
    one.name || one.tag_name,
    `${one.tag_name}${one.prerelease ? " · pre-release" : ""}${one.draft ? " · draft" : ""}`,
    one.created_at ? ago(new Date(one.created_at)) : "",
  );

/** What a deployment brought: its tag, else its commit. */
export const versionIn = (one) => one.tag || shortSha(one.sha);

/** One line for a deployment; it leads to the run that made it. */
export const deploymentRow = (repo, one) =>
  row(
    one.run_id ? `/${repo.full_name}/actions/runs/${one.run_id}` : `/${repo.full_name}/commit/${one.sha}`,
    "rocket",
    one.environment,
    [
      h("span", { class: `env-state env-${one.state}` }, one.state.replace("_", " ")),
      ` · ${versionIn(one)} ${one.tag ? shortSha(one.sha) : ""}`,
    ],
    one.created_at ? ago(new Date(one.created_at)) : "",
  );
