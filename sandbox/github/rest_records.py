"""REST: releases, deployments and environments."""

from sandbox.github import records, shapes
from sandbox.github.answers import Answer, Refusal, json_body, not_found, page, text_field
from sandbox.github.call import Call, Route
from sandbox.github.state import Deployment, Hub, Release

_STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


class RecordsApi:
    """The `repos/…` operations on what is recorded beside git."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        repo = "/repos/{owner}/{repo}"
        releases, deployments = repo + "/releases", repo + "/deployments"
        one = deployments + r"/{deployment_id:\d+}"
        return [
            Route("GET", releases, "repos/list-releases", "contents:read", self.list_releases),
            Route("POST", releases, "repos/create-release", "contents:write", self.create_release),
            Route("POST", releases + "/generate-notes", "repos/generate-release-notes", "contents:write", self.generate_notes),
            Route("GET", releases + "/latest", "repos/get-latest-release", "contents:read", self.latest_release),
            Route("GET", releases + "/tags/{tag:.+}", "repos/get-release-by-tag", "contents:read", self.release_by_tag),
            Route("GET", releases + r"/{release_id:\d+}", "repos/get-release", "contents:read", self.get_release),
            Route("GET", deployments, "repos/list-deployments", "deployments:read", self.list_deployments),
            Route("POST", deployments, "repos/create-deployment", "deployments:write", self.create_deployment),
            Route("GET", one, "repos/get-deployment", "deployments:read", self.get_deployment),
            Route("GET", one + "/statuses", "repos/list-deployment-statuses", "deployments:read", self.list_statuses),
            Route("POST", one + "/statuses", "repos/create-deployment-status", "deployments:write", self.create_status),
            Route("GET", repo + "/environments", "repos/get-all-environments", "actions:read", self.list_environments),
            Route("GET", repo + "/environments/{name:.+}", "repos/get-environment", "actions:read", self.get_environment),
        ]

    async def list_releases(self, call: Call) -> Answer:
        newest_first = sorted(call.repo.releases, key=lambda release: (release.created_at, release.id), reverse=True)
        rows, links = page(call.request, newest_first, self._hub.world.url)
        return Answer([shapes.release(self._hub, call.repo, each) for each in rows], headers=links)

    async def create_release(self, call: Call) -> Answer:
        body = await json_body(call.request)
        tag = text_field(body, "tag_name")
        target = text_field(body, "target_commitish", required=False) or "main"
        if any(release.tag == tag for release in call.repo.releases):
            error = {"resource": "Release", "code": "already_exists", "field": "tag_name"}
            raise Refusal(422, "Validation Failed", errors=[error])
        has_tag = await call.repo.git.ref(f"refs/tags/{tag}")
        if not has_tag and not (await call.repo.git.commit_sha(target) and await call.repo.git.valid_ref_name(f"refs/tags/{tag}")):
            error = {"resource": "Release", "code": "invalid", "field": "target_commitish"}
            raise Refusal(422, "Validation Failed", errors=[error])
        text = body.get("body") or ""
        if body.get("generate_release_notes"):
            text += (await records.generated_notes(self._hub, call.repo, tag, target))[1]
        release = await records.publish_release(
            self._hub, call.repo, tag=tag, target=target, author=call.token.login, body=text, name=body.get("name") or "",
            draft=bool(body.get("draft")), prerelease=bool(body.get("prerelease")),
        )  # fmt: skip
        shown = shapes.release(self._hub, call.repo, release)
        return Answer(shown, 201, {"Location": shown["url"]})

    async def generate_notes(self, call: Call) -> Answer:
        body = await json_body(call.request)
        tag = text_field(body, "tag_name")
        target, previous = (text_field(body, name, required=False) for name in ("target_commitish", "previous_tag_name"))
        if previous and not await call.repo.git.ref(f"refs/tags/{previous}"):
            raise Refusal(404, "Invalid previous_tag parameter")
        if target and not await call.repo.git.commit_sha(target):
            raise Refusal(404, "Invalid target_commitish parameter")
        name, text = await records.generated_notes(self._hub, call.repo, tag, target, previous)
        return Answer({"name": name, "body": text})

    async def latest_release(self, call: Call) -> Answer:
        return self._release(call, records.latest_release(call.repo))

    async def release_by_tag(self, call: Call) -> Answer:
        tag = call.request.match_info["tag"]
        return self._release(call, next((each for each in call.repo.releases if each.tag == tag and not each.draft), None))

    async def get_release(self, call: Call) -> Answer:
        number = int(call.request.match_info["release_id"])
        return self._release(call, next((each for each in call.repo.releases if each.id == number), None))

    def _release(self, call: Call, release: Release | None) -> Answer:
        if release is None:
            raise not_found()
        return Answer(shapes.release(self._hub, call.repo, release))

    async def list_deployments(self, call: Call) -> Answer:
        wanted = {
            key: value for key, value in call.request.query.items() if key in ("sha", "ref", "task", "environment") and value != "none"
        }
        found = [each for each in reversed(call.repo.deployments) if all(getattr(each, key) == value for key, value in wanted.items())]
        rows, links = page(call.request, found, self._hub.world.url)
        return Answer([shapes.deployment(self._hub, call.repo, each) for each in rows], headers=links)

    async def create_deployment(self, call: Call) -> Answer:
        body = await json_body(call.request)
        ref = text_field(body, "ref")
        sha = await call.repo.git.commit_sha(ref)
        if sha is None:
            raise Refusal(422, f"No ref found for: {ref}")
        environment = self._hub.environment(call.repo, body.get("environment") or "production").name
        deployment = Deployment(
            self._hub.new_id(), ref, sha, environment, call.token.login, self._hub.now(), body.get("task") or "deploy", body.get("description"),
            body.get("payload") or {},
        )  # fmt: skip
        call.repo.deployments.append(deployment)
        brief = shapes.deployment_brief(self._hub, call.repo, deployment)
        self._hub.world.feed.publish("deployment", repo=call.repo.full_name, deployment=brief)
        return Answer(shapes.deployment(self._hub, call.repo, deployment), 201)

    async def get_deployment(self, call: Call) -> Answer:
        return Answer(shapes.deployment(self._hub, call.repo, _deployment(call)))

    async def list_statuses(self, call: Call) -> Answer:
        deployment = _deployment(call)
        rows, links = page(call.request, deployment.statuses[::-1], self._hub.world.url)
        return Answer([shapes.deployment_status(self._hub, call.repo, deployment, each) for each in rows], headers=links)

    async def create_status(self, call: Call) -> Answer:
        body, deployment = await json_body(call.request), _deployment(call)
        state = text_field(body, "state")
        if state not in _STATES:
            raise Refusal(422, f"Invalid request.\n\n{state} is not a member of {list(_STATES)}.")
        details = {key: text_field(body, key, required=False) for key in ("description", "log_url", "environment_url")}
        status = records.set_state(self._hub, call.repo, deployment, state, creator=call.token.login, **details)
        return Answer(shapes.deployment_status(self._hub, call.repo, deployment, status), 201)

    async def list_environments(self, call: Call) -> Answer:
        rows, links = page(call.request, call.repo.environments, self._hub.world.url)
        shown = [shapes.environment(self._hub, call.repo, each) for each in rows]
        return Answer({"total_count": len(call.repo.environments), "environments": shown}, headers=links)

    async def get_environment(self, call: Call) -> Answer:
        name = call.request.match_info["name"].casefold()
        found = next((each for each in call.repo.environments if each.name.casefold() == name), None)
        if found is None:
            raise not_found()
        return Answer(shapes.environment(self._hub, call.repo, found))


def _deployment(call: Call) -> Deployment:
    found = call.repo.deployment(int(call.request.match_info["deployment_id"]))
    if found is None:
        raise not_found()
    return found
