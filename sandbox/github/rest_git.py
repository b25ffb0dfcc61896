"""REST: the git database (refs, blobs, trees, commits, annotated tags)."""

import base64
from datetime import datetime

from sandbox.github import records, repository_shapes
from sandbox.github.accounts import NAMES
from sandbox.github.answers import Answer, Refusal, json_body, not_found, text_field
from sandbox.github.call import Call, Route
from sandbox.github.repository import GitError, Person, Ref, TreeEntry
from sandbox.github.state import Hub


class GitApi:
    """The `git/…` operations."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        git = "/repos/{owner}/{repo}/git"
        return [
            Route("GET", git + "/matching-refs/{ref:.*}", "git/list-matching-refs", "contents:read", self.matching_refs),
            Route("GET", git + "/ref/{ref:.+}", "git/get-ref", "contents:read", self.get_ref),
            Route("POST", git + "/refs", "git/create-ref", "contents:write", self.create_ref),
            Route("PATCH", git + "/refs/{ref:.+}", "git/update-ref", "contents:write", self.update_ref),
            Route("DELETE", git + "/refs/{ref:.+}", "git/delete-ref", "contents:write", self.delete_ref),
            Route("POST", git + "/blobs", "git/create-blob", "contents:write", self.create_blob),
            Route("POST", git + "/trees", "git/create-tree", "contents:write", self.create_tree),
            Route("POST", git + "/commits", "git/create-commit", "contents:write", self.create_commit),
            Route("GET", git + "/commits/{sha}", "git/get-commit", "contents:read", self.get_commit),
            Route("GET", git + "/tags/{sha}", "git/get-tag", "contents:read", self.get_tag),
            Route("POST", git + "/tags", "git/create-tag", "contents:write", self.create_tag),
        ]

    async def matching_refs(self, call: Call) -> Answer:
        refs = await call.repo.git.refs(f"refs/{call.request.match_info['ref']}")
        return Answer([repository_shapes.ref(self._hub, call.repo, each) for each in refs])

    async def get_ref(self, call: Call) -> Answer:
        return Answer(repository_shapes.ref(self._hub, call.repo, await self._ref(call, 404)))

    async def create_ref(self, call: Call) -> Answer:
        body = await json_body(call.request)
        name, sha = text_field(body, "ref"), text_field(body, "sha")
        if not await call.repo.git.valid_ref_name(name):
            raise Refusal(422, f"{name} is not a valid ref name.")
        if await call.repo.git.object_type(sha) is None:
            raise Refusal(422, "Object does not exist")
        if not await call.repo.git.create_ref(name, sha):
            raise Refusal(422, "Reference already exists")
        await records.ref_created(self._hub, call.repo, name)
        created = await call.repo.git.ref(name)
        if created is None:
            raise not_found()
        shown = repository_shapes.ref(self._hub, call.repo, created)
        return Answer(shown, 201, {"Location": shown["url"]})

    async def update_ref(self, call: Call) -> Answer:
        body = await json_body(call.request)
        ref, sha = await self._ref(call, 422), text_field(body, "sha")
        if await call.repo.git.object_type(sha) is None:
            raise Refusal(422, "Object does not exist")
        if not body.get("force") and not await call.repo.git.is_ancestor(ref.commit, sha):
            raise Refusal(422, "Update is not a fast forward")
        if not await call.repo.git.move_ref(ref.name, sha, ref.sha):
            raise Refusal(422, "Update is not a fast forward")
        return Answer(repository_shapes.ref(self._hub, call.repo, await self._ref(call, 422)))

    async def delete_ref(self, call: Call) -> Answer:
        await call.repo.git.delete_ref((await self._ref(call, 422)).name)
        return Answer(status=204)

    async def _ref(self, call: Call, missing: int) -> Ref:
        ref = await call.repo.git.ref(f"refs/{call.request.match_info['ref']}")
        if ref is None:
            raise not_found() if missing == 404 else Refusal(422, "Reference does not exist")
        return ref

    async def create_blob(self, call: Call) -> Answer:
        body = await json_body(call.request)
        content = text_field(body, "content")
        try:
            raw = base64.b64decode(content, validate=True) if body.get("encoding") == "base64" else content.encode()
        except ValueError as error:
            raise Refusal(422, "content is not valid Base64") from error
        sha = await call.repo.git.make_blob(raw)
        url = f"{self._hub.world.url}/repos/{call.repo.full_name}/git/blobs/{sha}"
        return Answer({"sha": sha, "url": url}, 201, {"Location": url})

    async def create_tree(self, call: Call) -> Answer:
        body = await json_body(call.request)
        entries = body.get("tree")
        if not isinstance(entries, list) or not entries:
            raise Refusal(422, "Invalid tree info")
        base = text_field(body, "base_tree", required=False)
        sha = await call.repo.git.make_tree([await self._entry(call, each) for each in entries], base)
        if sha is None:
            raise Refusal(422, "base_tree is not a valid tree oid" if base else "tree.path is malformed")
        shown = repository_shapes.tree(self._hub, call.repo, sha, await call.repo.git.folder(sha, "") or [])
        return Answer(shown, 201, {"Location": shown["url"]})

    async def _entry(self, call: Call, given: object) -> TreeEntry:
        """Read one entry: it names an object, or brings its content, and GitHub writes the blob."""
        entry = given if isinstance(given, dict) else {}
        path, mode, kind = (str(entry.get(key) or "") for key in ("path", "mode", "type"))
        if mode not in ("100644", "100755", "040000", "160000", "120000"):
            raise Refusal(422, "Must supply a valid tree.mode")
        if "content" in entry:
            return TreeEntry(mode, "blob", await call.repo.git.make_blob(str(entry["content"]).encode()), path)
        sha = str(entry.get("sha") or "")
        if await call.repo.git.object_type(sha) is None:
            raise Refusal(422, "tree.sha " + sha + " is not a valid " + (kind or "blob"))
        return TreeEntry(mode, kind or "blob", sha, path)

    async def create_commit(self, call: Call) -> Answer:
        body = await json_body(call.request)
        message, tree = text_field(body, "message"), text_field(body, "tree")
        parents = body.get("parents") or []
        if await call.repo.git.object_type(tree) != "tree":
            raise Refusal(422, "Tree SHA does not exist")
        for parent in parents:
            if await call.repo.git.object_type(str(parent)) != "commit":
                raise Refusal(422, "Parent SHA does not exist or is not a commit object")
        login = call.token.login
        author = Person(NAMES.get(login, login), f"{login}@users.noreply.github.example", self._hub.now())
        sha = await call.repo.git.make_tree_commit(tree, parents, message, author)
        shown = repository_shapes.git_commit(self._hub, call.repo, await call.repo.git.commit(sha))
        return Answer(shown, 201, {"Location": shown["url"]})

    async def get_commit(self, call: Call) -> Answer:
        sha = call.request.match_info["sha"]
        if len(sha) != 40 or await call.repo.git.object_type(sha) != "commit":
            raise not_found()
        return Answer(repository_shapes.git_commit(self._hub, call.repo, await call.repo.git.commit(sha)))

    async def get_tag(self, call: Call) -> Answer:
        tag = await call.repo.git.tag_object(call.request.match_info["sha"])
        if tag is None:
            raise not_found()
        return Answer(repository_shapes.tag_object(self._hub, call.repo, tag))

    async def create_tag(self, call: Call) -> Answer:
        body = await json_body(call.request)
        name, message, sha, kind = (text_field(body, key) for key in ("tag", "message", "object", "type"))
        login = call.token.login
        given = body.get("tagger") if isinstance(body.get("tagger"), dict) else {}
        at = datetime.fromisoformat(given["date"]) if given and "date" in given else self._hub.now()
        tagger = Person(
            (given or {}).get("name", NAMES.get(login, login)), (given or {}).get("email", f"{login}@users.noreply.github.example"), at
        )
        try:
            made = await call.repo.git.tag_object(await call.repo.git.make_tag_object(name, sha, kind, message, tagger))
        except GitError as error:
            raise Refusal(422, "Object does not exist") from error
        if made is None:
            raise not_found()
        return Answer(repository_shapes.tag_object(self._hub, call.repo, made), 201)
