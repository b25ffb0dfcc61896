"""REST: a repository's commits, branches, tags, files, comparisons and checks."""

from urllib.parse import unquote

from sandbox.github import records, repository_shapes, shapes
from sandbox.github.accounts import login_of
from sandbox.github.answers import Answer, Refusal, not_found, page
from sandbox.github.call import Call, Route
from sandbox.github.repository import Commit
from sandbox.github.shapes import Json
from sandbox.github.state import Hub, Repo

_MOST_FILES = 300  # of a comparison
_MOST_COMMITS = 250  # of a comparison that asks for no page


class ReposApi:
    """The `repos/…` operations that read git, and the checks of a commit."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        repo = "/repos/{owner}/{repo}"
        return [
            Route("GET", repo, "repos/get", "metadata:read", self.get_repo),
            Route("GET", r"/repositories/{repository_id:\d+}", "repos/get-by-number", "metadata:read", self.get_repo),
            Route("GET", repo + "/tags", "repos/list-tags", "contents:read", self.list_tags),
            Route("GET", repo + "/branches", "repos/list-branches", "contents:read", self.list_branches),
            Route("GET", repo + "/branches/{branch:.+}", "repos/get-branch", "contents:read", self.get_branch),
            Route("GET", repo + "/commits", "repos/list-commits", "contents:read", self.list_commits),
            Route("GET", repo + "/commits/{ref:.+}/check-runs", "checks/list-for-ref", "checks:read", self.check_runs),
            Route("GET", repo + "/commits/{ref:.+}/status", "repos/get-combined-status-for-ref", "statuses:read", self.status),
            Route("GET", repo + "/commits/{ref:.+}", "repos/get-commit", "contents:read", self.get_commit),
            Route("GET", repo + "/compare/{basehead:.+}", "repos/compare-commits-with-basehead", "contents:read", self.compare),
            Route("GET", repo + "/contents/{path:.*}", "repos/get-content", "contents:read", self.content),
        ]

    async def get_repo(self, call: Call) -> Answer:
        writes = call.token.may("contents", "write")
        permissions = {"admin": False, "maintain": False, "push": writes, "triage": writes, "pull": True}
        return Answer(repository_shapes.full(self._hub, call.repo, permissions))

    async def list_tags(self, call: Call) -> Answer:
        refs = await call.repo.git.refs("refs/tags/")
        refs.sort(key=lambda ref: records.version_key(ref.name), reverse=True)
        rows, links = page(call.request, refs, self._hub.world.url)
        return Answer([repository_shapes.tag(self._hub, call.repo, ref) for ref in rows], headers=links)

    async def list_branches(self, call: Call) -> Answer:
        rows, links = page(call.request, await call.repo.git.refs("refs/heads/"), self._hub.world.url)
        return Answer([repository_shapes.short_branch(self._hub, call.repo, ref) for ref in rows], headers=links)

    async def get_branch(self, call: Call) -> Answer:
        ref = await call.repo.git.ref(f"refs/heads/{call.request.match_info['branch']}")
        if ref is None:
            raise Refusal(404, "Branch not found")
        return Answer(repository_shapes.branch(self._hub, call.repo, ref, await call.repo.git.commit(ref.commit)))

    async def list_commits(self, call: Call) -> Answer:
        query = call.request.query
        sha = await self._sha(call.repo, query.get("sha") or "main", missing=404)
        paths = [query["path"]] if query.get("path") else []
        narrowed = [f"--{key}={query[key]}" for key in ("since", "until") if query.get(key)]
        commits = await call.repo.git.commits(*narrowed, sha, paths=paths)
        author = query.get("author")
        chosen = [each for each in commits if author in (None, "", each.author.email, login_of(each.author.email))]
        rows, links = page(call.request, chosen, self._hub.world.url)
        return Answer([repository_shapes.commit(self._hub, call.repo, each) for each in rows], headers=links)

    async def get_commit(self, call: Call) -> Answer:
        name = call.request.match_info["ref"]
        sha = await self._sha(call.repo, name, missing=422)
        if "application/vnd.github.sha" in call.accept:
            return Answer(text=sha, media_type="application/vnd.github.sha")
        commit = await call.repo.git.commit(sha)
        base = commit.parents[0] if commit.parents else await self._empty_tree(call.repo)
        if "application/vnd.github.diff" in call.accept:
            return Answer(text=await call.repo.git.diff(base, sha), media_type="application/vnd.github.diff")
        files = await self._files(call.repo, base, sha)
        added, deleted = sum(each["additions"] for each in files), sum(each["deletions"] for each in files)
        stats = {"total": added + deleted, "additions": added, "deletions": deleted}
        return Answer({**repository_shapes.commit(self._hub, call.repo, commit), "stats": stats, "files": files})

    async def compare(self, call: Call) -> Answer:
        base_name, dots, head_name = call.request.match_info["basehead"].partition("...")
        if not dots:
            raise not_found()
        base, head = [await self._sha(call.repo, _without_owner(call.repo, name), missing=404) for name in (base_name, head_name)]
        merge_base = await call.repo.git.merge_base(base, head)
        if merge_base is None:
            raise Refusal(404, f"No common ancestor between {base_name} and {head_name}.")
        commits = list(reversed(await call.repo.git.commits(f"{base}..{head}")))
        behind = await call.repo.git.count(f"{head}..{base}")
        is_paged = "page" in call.request.query or "per_page" in call.request.query
        rows, links = page(call.request, commits, self._hub.world.url) if is_paged else (commits[-_MOST_COMMITS:], {})
        is_first = call.request.query.get("page", "1") == "1"
        return Answer(
            {
                **self._comparison_urls(call.repo, base_name, head_name, base, head),
                "base_commit": await self._commit(call.repo, base),
                "merge_base_commit": await self._commit(call.repo, merge_base),
                "status": _status(len(commits), behind),
                "ahead_by": len(commits),
                "behind_by": behind,
                "total_commits": len(commits),
                "commits": [repository_shapes.commit(self._hub, call.repo, each) for each in rows],
                "files": (await self._files(call.repo, merge_base, head))[:_MOST_FILES] if is_first else [],
            },
            headers=links,
        )

    def _comparison_urls(self, repo: Repo, base_name: str, head_name: str, base: str, head: str) -> Json:
        html = f"{shapes.html(self._hub, repo)}/compare/{base_name}...{head_name}"
        permanent = f"{shapes.html(self._hub, repo)}/compare/{repo.owner}:{base[:7]}...{repo.owner}:{head[:7]}"
        return {
            "url": f"{shapes.api(self._hub, repo)}/compare/{base_name}...{head_name}",
            "html_url": html,
            "permalink_url": permanent,
            "diff_url": html + ".diff",
            "patch_url": html + ".patch",
        }

    async def content(self, call: Call) -> Answer:
        path, at = call.request.match_info["path"].strip("/"), call.request.query.get("ref") or "main"
        sha = await call.repo.git.commit_sha(unquote(at))
        if sha is None:
            raise Refusal(404, f"No commit found for the ref {at}")
        found = await call.repo.git.file(sha, path) if path else None
        if found is None:
            return await self._folder(call, path, at, sha)
        blob, text = found
        if "raw" in call.accept:
            return Answer(text=text.decode("utf-8", "replace"), media_type="application/vnd.github.raw+json")
        return Answer(repository_shapes.content(self._hub, call.repo, path, at, blob, text))

    async def _folder(self, call: Call, path: str, at: str, sha: str) -> Answer:
        entries = await call.repo.git.folder(sha, path)
        if entries is None:
            raise not_found()
        rows = [
            repository_shapes.content(self._hub, call.repo, name, at, blob, None, -1 if kind == "tree" else size)
            for kind, blob, name, size in entries
        ]
        return Answer(rows)

    async def check_runs(self, call: Call) -> Answer:
        sha = await self._sha(call.repo, call.request.match_info["ref"], missing=422)
        runs = [*self._own_check(call.repo, sha), *self._job_checks(call.repo, sha)]
        query = call.request.query
        chosen = [
            each
            for each in runs
            if query.get("check_name", each["name"]) == each["name"] and query.get("status", each["status"]) == each["status"]
        ]
        rows, links = page(call.request, chosen, self._hub.world.url)
        return Answer({"total_count": len(chosen), "check_runs": rows}, headers=links)

    def _own_check(self, repo: Repo, sha: str) -> list[Json]:
        """Return the check that stands for ci.yml: every commit has passed it, unless a test says otherwise."""
        conclusion = repo.checks.get(sha, "success")
        if conclusion == "none":
            return []
        is_open = conclusion == "pending"
        at = shapes.stamp(repo.created_at)
        state = {
            "id": int(sha[:9], 16),
            "html_url": f"{shapes.html(self._hub, repo)}/commit/{sha}/checks",
            "status": "in_progress" if is_open else "completed",
            "conclusion": None if is_open else conclusion,
            "started_at": at,
            "completed_at": None if is_open else at,
        }
        return [shapes.check_run(self._hub, repo, sha, "test", state)]

    def _job_checks(self, repo: Repo, sha: str) -> list[Json]:
        return [
            shapes.check_run(self._hub, repo, sha, job.name, shapes.job_brief(self._hub, repo, run, job))
            for run in repo.runs
            if run.head_sha == sha
            for job in run.jobs
        ]

    async def status(self, call: Call) -> Answer:
        """Answer the commit statuses: none, as everywhere where checks have taken their place (GitHub then says pending)."""
        sha = await self._sha(call.repo, call.request.match_info["ref"], missing=422)
        api = shapes.api(self._hub, call.repo)
        shown = {"state": "pending", "statuses": [], "sha": sha, "total_count": 0}
        return Answer(
            {
                **shown,
                "repository": repository_shapes.minimal(self._hub, call.repo),
                "commit_url": f"{api}/commits/{sha}",
                "url": f"{api}/commits/{sha}/status",
            }
        )

    async def _sha(self, repo: Repo, name: str, *, missing: int) -> str:
        plain = unquote(name).removeprefix("heads/").removeprefix("tags/")
        wanted = f"refs/{name}" if name.startswith(("heads/", "tags/")) else plain
        sha = await repo.git.commit_sha(wanted)
        if sha is None:
            raise not_found() if missing == 404 else Refusal(422, f"No commit found for SHA: {name}")
        return sha

    async def _commit(self, repo: Repo, sha: str) -> Json:
        commit: Commit = await repo.git.commit(sha)
        return repository_shapes.commit(self._hub, repo, commit)

    async def _files(self, repo: Repo, base: str, head: str) -> list[Json]:
        patches = await repo.git.patches(base, head)
        changed = await repo.git.changed_files(base, head)
        return [repository_shapes.changed_file(self._hub, repo, each, head, patches.get(each.path)) for each in changed]

    async def _empty_tree(self, repo: Repo) -> str:
        return (await repo.git.git("mktree", stdin=b"")).strip()


def _without_owner(repo: Repo, name: str) -> str:
    return name.removeprefix(f"{repo.owner}:")


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"
