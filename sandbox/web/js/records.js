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
export const newerFirst = (a, b) => {
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
export const releases = (repo) => [...(repo.releases ?? [])].sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));

/** Workflow runs, newest first. */
export const runs = (repo) => [...(repo.runs ?? [])].sort((a, b) => b.id - a.id);

/** The commit that a tag or a branch points to. */
export const shaOf = (thing) => thing.sha ?? thing.commit?.sha ?? thing.object?.sha ?? "";

/** The tags at a commit. */
export const names = (repo, sha) => (sha ? tags(repo).filter((one) => shaOf(one) === sha) : []);

/** Deployments, newest first, each with the `tag` of its commit. */
export function deployments(repo) {
  const all = (repo.deployments ?? []).map((one) => ({
    ...one,
    state: one.state ?? one.status ?? one.statuses?.[0]?.state ?? "pending",
    tag: names(repo, one.sha)[0]?.name ?? (/^v?\d/.test(one.ref ?? "") ? one.ref : ""),
  }));
  return all.sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
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

/** One line for a release. */
export const releaseRow = (repo, one) =>
  row(
    `/${repo.full_name}/releases/tag/${one.tag_name}`,
    "box",
    one.name || one.tag_name,
    `${one.tag_name}${one.prerelease ? " · pre-release" : ""}${one.draft ? " · draft" : ""}`,
    one.created_at ? ago(new Date(one.created_at)) : "",
  );

/** One line for a deployment; it leads to the run that made it. */
export const deploymentRow = (repo, one) =>
  row(
    one.run_id ? `/${repo.full_name}/actions/runs/${one.run_id}` : `/${repo.full_name}/commit/${one.sha}`,
    "rocket",
    one.environment,
    [
      h("span", { class: `env-state env-${one.state}` }, one.state.replace("_", " ")),
      ` · ${one.tag || one.ref || ""} ${shortSha(one.sha)}`,
    ],
    one.created_at ? ago(new Date(one.created_at)) : "",
  );
