"""Deployment records: what GitHub believes to be live.

A job with `environment:` makes the record itself; other tools make it over the API. Source: https://docs.github.com/en/rest/deployments.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.ports.github import Deployed

LOOKED_AT = 10  # so many failed or unfinished records may lie above the one that is live
_RUN = re.compile(r"/actions/runs/(\d+)")


@dataclass(frozen=True, slots=True)
class _Record:
    id: int
    ref: str
    sha: str
    by: str


@dataclass(frozen=True, slots=True)
class _Status:
    state: str
    at: datetime
    url: str


def deployed(client: Client, repo: str, environment: str) -> Deployed | None:
    """Return the newest deployment whose newest state is success. A success that was replaced is inactive by then."""
    for record in _records(client, repo, environment):
        statuses = _statuses(client, repo, environment, record, 1)
        if statuses and statuses[0].state == "success":
            newest = statuses[0]
            in_run = _RUN.search(newest.url)
            return Deployed(record.ref, record.sha, record.by, newest.at, int(in_run[1]) if in_run else None, newest.url)
    return None


def was_deployed(client: Client, repo: str, environment: str, tag: str) -> bool:
    """Say whether a deployment of a tag ever succeeded."""
    records = _records(client, repo, environment, ref=sendable.tag(tag))
    return any(status.state == "success" for record in records for status in _statuses(client, repo, environment, record, 30))


def _records(client: Client, repo: str, environment: str, **wanted: str) -> list[_Record]:
    return client.read(
        "repos.list_deployments",
        f"the deployments of {repo} to {environment}",
        lambda raw: [_record(one) for one in raw],
        **sendable.repository(repo),
        environment=sendable.environment(environment),
        task="deploy",
        per_page=LOOKED_AT,
        **wanted,
    )


def _statuses(client: Client, repo: str, environment: str, record: _Record, newest: int) -> list[_Status]:
    return client.read(
        "repos.list_deployment_statuses",
        f"the deployments of {repo} to {environment}",
        lambda raw: [_status(one) for one in raw],
        **sendable.repository(repo),
        deployment_id=record.id,
        per_page=newest,
    )


def _record(raw: Any) -> _Record:
    return _Record(int(raw["id"]), str(raw["ref"]), str(raw["sha"]), str((raw.get("creator") or {}).get("login") or "somebody"))


def _status(raw: Any) -> _Status:
    at = datetime.fromisoformat(raw["created_at"]).astimezone(UTC)
    return _Status(str(raw["state"]), at, str(raw.get("log_url") or raw.get("target_url") or ""))
