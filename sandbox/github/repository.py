"""A real bare git repository, read and written with git's own commands."""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ZERO = "0" * 40
_FIELD, _RECORD = "\x1f", "\x1e"
_SHA = re.compile("[0-9a-f]{7,40}")
_COMMIT_FORMAT = _FIELD.join(("%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B")) + _RECORD
# Nothing of the user's own git configuration may change what the sandbox does.
_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


class GitError(Exception):
    """git refused: the text is what it wrote to its standard error."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever wrote or applied a commit, and when."""

    name: str
    email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A full ref name and the object that it names; `commit` is where a tag object leads to."""

    name: str
    type: str
    sha: str
    commit: str


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a comparison."""

    path: str
    previous: str | None
    status: str
    sha: str
    additions: int
    deletions: int


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a tree that is to be written."""

    mode: str
    type: str
    sha: str
    path: str


@dataclass(frozen=True, slots=True)
class TagObject:
    """An annotated tag."""

    sha: str
    name: str
    message: str
    tagger: Person
    object_sha: str
    object_type: str


class Repository:
    """git, in one bare repository's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def create(self, stream: bytes) -> None:
        """Make the folder and fill it from a `git fast-import` stream."""
        await _git(["init", "--quiet", "--bare", "--initial-branch=main", str(self.path)])
        await self.git("fast-import", "--quiet", "--done", stdin=stream)

    async def git(self, *arguments: str, stdin: bytes | None = None, env: dict[str, str] | None = None) -> str:
        """Run one git command here and return what it printed.

        Raises:
            GitError: git refused.
        """
        return await _git(["--git-dir", str(self.path), *arguments], stdin, env)

    async def commit_sha(self, name: str) -> str | None:
        """Return the commit that a branch, a tag, a full ref or a (short) sha leads to; None when there is none."""
        candidates = [f"refs/heads/{name}", f"refs/tags/{name}"]
        if name.startswith("refs/") or _SHA.fullmatch(name):
            candidates.append(name)
        for candidate in candidates:
            try:
                return (await self.git("rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}")).strip()
            except GitError:
                continue
        return None

    async def refs(self, prefix: str = "refs/") -> list[Ref]:
        """Return the refs whose full name starts with `prefix` (not only whole path segments), sorted by name."""
        folder = prefix.rsplit("/", 1)[0]
        return [ref for ref in _parse_refs(await self.git(*_FOR_EACH_REF, folder)) if ref.name.startswith(prefix)]

    def refs_now(self) -> list[Ref]:
        """Return every ref, without an event loop."""
        command = ["git", "--git-dir", str(self.path), *_FOR_EACH_REF]
        return _parse_refs(subprocess.run(command, env=_ENVIRONMENT, check=True, capture_output=True, text=True).stdout)

    async def ref(self, name: str) -> Ref | None:
        """Return one ref by its full name."""
        return next((ref for ref in await self.refs(name) if ref.name == name), None)

    async def create_ref(self, name: str, sha: str) -> bool:
        """Create a ref atomically; False when it exists already."""
        try:
            await self.git("update-ref", name, sha, ZERO)  # the zeros mean: only if there is none
        except GitError:
            if await self.ref(name):
                return False
            raise
        return True

    async def move_ref(self, name: str, sha: str, expected: str) -> bool:
        """Let an existing ref point elsewhere; False when it is not at `expected` any more."""
        try:
            await self.git("update-ref", name, sha, expected)
        except GitError:
            return False
        return True

    async def delete_ref(self, name: str) -> None:
        """Remove a ref."""
        await self.git("update-ref", "-d", name)

    async def valid_ref_name(self, name: str) -> bool:
        """Tell whether git accepts `name` as a full ref name."""
        try:
            await self.git("check-ref-format", name)
        except GitError:
            return False
        return name.startswith("refs/") and name.count("/") >= 2

    async def object_type(self, sha: str) -> str | None:
        """Return `commit`, `tag`, `tree` or `blob`; None when there is no such object."""
        try:
            return (await self.git("cat-file", "-t", sha)).strip()
        except GitError:
            return None

    async def commits(self, *revisions: str, limit: int = 10_000, skip: int = 0, paths: Sequence[str] = ()) -> list[Commit]:
        """Return commits as `git log` orders them, newest first."""
        printed = await self.git("log", f"--format={_COMMIT_FORMAT}", f"-n{limit}", f"--skip={skip}", *revisions, "--", *paths)
        return [_parse_commit(record) for record in printed.split(_RECORD) if record.strip()]

    async def commit(self, sha: str) -> Commit:
        """Return one commit."""
        return (await self.commits(sha, limit=1))[0]

    async def count(self, revisions: str) -> int:
        """Return how many commits `a..b` has."""
        return int(await self.git("rev-list", "--count", revisions))

    async def merge_base(self, one: str, other: str) -> str | None:
        """Return the newest common ancestor; None for unrelated histories."""
        try:
            return (await self.git("merge-base", one, other)).strip()
        except GitError:
            return None

    async def is_ancestor(self, older: str, newer: str) -> bool:
        """Tell whether `older` is in the history of `newer`."""
        return await self.merge_base(older, newer) == older

    async def changed_files(self, base: str, head: str) -> list[ChangedFile]:
        """Return the files that differ between two commits, sorted by path."""
        raw = (await self.git("diff", "--raw", "--numstat", "--no-abbrev", "-M", "-z", base, head)).split("\0")
        return _parse_diff(raw)

    async def diff(self, base: str, head: str) -> str:
        """Return the unified diff between two commits."""
        return await self.git("diff", base, head)

    async def patches(self, base: str, head: str) -> dict[str, str]:
        """Return the hunks of each changed file, by its path."""
        found: dict[str, str] = {}
        for part in ("\n" + await self.diff(base, head)).split("\ndiff --git ")[1:]:
            header, _, hunks = part.partition("\n@@")
            path = header.split("\n", 1)[0].rsplit(" b/", 1)[-1]
            if hunks:
                found[path] = "@@" + hunks.rstrip("\n")
        return found

    async def file(self, revision: str, path: str) -> tuple[str, bytes] | None:
        """Return a file's blob sha and content at a revision; None when there is no such file."""
        try:
            sha = (await self.git("rev-parse", "--verify", "--quiet", f"{revision}:{path}")).strip()
            return sha, (await self.git("cat-file", "blob", sha)).encode()
        except GitError:
            return None

    async def folder(self, revision: str, path: str) -> list[tuple[str, str, str, int]] | None:
        """Return `(type, sha, path, size)` of what lies in a folder; None when there is no such folder."""
        try:
            tree = f"{revision}:{path.strip('/')}"
            lines = (await self.git("ls-tree", "-l", "-z", tree)).split("\0")
        except GitError:
            return None
        entries = []
        for line in filter(None, lines):
            meta, name = line.split("\t", 1)
            _, kind, sha, size = meta.split()
            entries.append((kind, sha, f"{path.strip('/')}/{name}".lstrip("/"), 0 if size == "-" else int(size)))
        return entries

    async def tag_object(self, sha: str) -> TagObject | None:
        """Return an annotated tag by the sha of its tag object."""
        if await self.object_type(sha) != "tag":
            return None
        head, _, message = (await self.git("cat-file", "tag", sha)).partition("\n\n")
        fields = dict(line.split(" ", 1) for line in head.splitlines())
        who, _, when = fields["tagger"].rpartition("> ")
        name, _, email = who.partition(" <")
        at = datetime.fromtimestamp(int(when.split()[0]), tz=UTC)
        return TagObject(sha, fields["tag"], message.rstrip("\n"), Person(name, email, at), fields["object"], fields["type"])

    async def make_tag_object(self, name: str, sha: str, kind: str, message: str, tagger: Person) -> str:
        """Write an annotated tag object, without a ref, and return its sha."""
        when = f"{int(tagger.at.timestamp())} +0000"
        text = f"object {sha}\ntype {kind}\ntag {name}\ntagger {tagger.name} <{tagger.email}> {when}\n\n{message}\n"
        return (await self.git("mktag", stdin=text.encode())).strip()

    async def make_blob(self, content: bytes) -> str:
        """Write a blob object and return its sha."""
        return (await self.git("hash-object", "-w", "--stdin", stdin=content)).strip()

    async def make_tree(self, entries: Sequence[TreeEntry], base: str = "") -> str | None:
        """Write a tree, over another one where `base` names it, and return its sha; None when git takes no such tree."""
        with tempfile.TemporaryDirectory(prefix="sandbox-index-") as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            lines = "".join(f"{entry.mode} {entry.sha}\t{entry.path}\n" for entry in entries)
            try:
                if base:
                    await self.git("read-tree", base, env=env)
                await self.git("update-index", "--add", "--index-info", stdin=lines.encode(), env=env)
                written = await self.git("ls-files", "-z", env=env)  # git passes over a path that it does not take, and says it to nobody
                if not {entry.path for entry in entries} <= set(written.split("\0")):
                    return None
                return (await self.git("write-tree", env=env)).strip()
            except GitError:
                return None

    async def make_tree_commit(self, tree: str, parents: Sequence[str], message: str, author: Person) -> str:
        """Write a commit of a tree, without a ref, and return its sha."""
        at = f"{int(author.at.timestamp())} +0000"
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in
               (("NAME", author.name), ("EMAIL", author.email), ("DATE", at))}  # fmt: skip
        named = [part for parent in parents for part in ("-p", parent)]
        return (await self.git("commit-tree", tree, *named, stdin=message.encode(), env=who)).strip()

    async def make_commit(self, branch: str, message: str, files: dict[str, str | None], author: Person) -> str:
        """Commit files onto a branch (made from main when new; None removes a file) and return the new sha."""
        parent = await self.commit_sha(f"refs/heads/{branch}") or await self.commit_sha("refs/heads/main")
        who = f"{author.name} <{author.email}> {int(author.at.timestamp())} +0000"
        parts = [f"commit refs/heads/{branch}\n", f"author {who}\ncommitter {who}\n", _data(message)]
        if parent:
            parts.append(f"from {parent}\n")
        for path, content in files.items():
            parts.append(f"D {path}\n" if content is None else f"M 100644 inline {path}\n{_data(content)}")
        await self.git("fast-import", "--quiet", "--done", "--force", stdin=("".join(parts) + "\ndone\n").encode())
        return (await self.git("rev-parse", f"refs/heads/{branch}")).strip()


_FOR_EACH_REF = ("for-each-ref", "--format=%(refname)%00%(objecttype)%00%(objectname)%00%(*objectname)")


def _parse_refs(printed: str) -> list[Ref]:
    rows = (line.split("\0") for line in printed.splitlines())
    return [Ref(name, kind, sha, peeled or sha) for name, kind, sha, peeled in rows]


def _parse_commit(record: str) -> Commit:
    sha, tree, parents, *people, message = record.lstrip("\n").split(_FIELD)
    author = Person(people[0], people[1], datetime.fromisoformat(people[2]))
    committer = Person(people[3], people[4], datetime.fromisoformat(people[5]))
    return Commit(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))


_STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def _parse_diff(fields: list[str]) -> list[ChangedFile]:
    """Read `git diff --raw --numstat -z`: first all raw entries (they start with a colon), then all counts."""
    entries: dict[str, tuple[str | None, str, str]] = {}
    counts: dict[str, tuple[int, int]] = {}
    rest = iter(fields)
    for field in rest:
        if field.startswith(":"):
            old, new, letter = field.split()[2:5]
            path = next(rest)
            previous = None
            if letter[0] in "RC":
                previous, path = path, next(rest)
            entries[path] = (previous, _STATUSES[letter[0]], old if letter == "D" else new)
        elif field:
            added, deleted, path = field.split("\t", 2)
            if not path:
                next(rest)
                path = next(rest)
            counts[path] = (0 if added == "-" else int(added), 0 if deleted == "-" else int(deleted))
    return [ChangedFile(path, *entries[path], *counts.get(path, (0, 0))) for path in sorted(entries)]


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


async def _git(arguments: list[str], stdin: bytes | None = None, env: dict[str, str] | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        env={**_ENVIRONMENT, **(env or {})},
        stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate(stdin)
    if process.returncode != 0:
        raise GitError(error.decode("utf-8", "replace").strip() or f"git {arguments[2:3]} ended with {process.returncode}")
    return out.decode("utf-8", "replace")
