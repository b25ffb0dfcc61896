"""`files.getUploadURLExternal` and `files.completeUploadExternal`."""

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method
from sandbox.slack.state import BOT_USER, SharedFile, new_id

LARGEST = 1 << 30


@method("files.getUploadURLExternal", "files:write", required=("filename", "length"))
def get_upload_url(call: Call) -> dict[str, Any]:
    length = call.args.number("length", 0, at_least=0, at_most=LARGEST + 1)
    if length == 0:
        raise SlackError("file_upload_size_restricted")
    if length > LARGEST:
        raise SlackError("file_upload_size_restricted")
    file = SharedFile(new_id("F"), call.args.text("filename"), length)
    call.slack.workspace.files[file.id] = file
    return {"upload_url": f"{call.slack.world.url}/upload/{file.id}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write", required=("files",))
def complete_upload(call: Call) -> dict[str, Any]:
    wanted = call.args.structure("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(item, dict) and "id" in item for item in wanted):
        raise SlackError("invalid_arguments", ["must be an array of objects with an id [json-pointer:/files]"])
    bodies = [_completed(call, item) for item in wanted]
    if call.args.has("channel_id"):
        _share(call, bodies)
    return {"files": bodies}


def _completed(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    file = call.slack.workspace.files.get(str(item["id"]))
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    file.title = str(item.get("title") or file.name)
    url = f"{call.slack.world.url}/files/{file.id}/{file.name}"
    return {
        "id": file.id,
        "created": int(call.slack.world.clock.timestamp()),
        "timestamp": int(call.slack.world.clock.timestamp()),
        "name": file.name,
        "title": file.title,
        "mimetype": file.content_type,
        "filetype": file.name.rpartition(".")[2],
        "user": BOT_USER,
        "size": file.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": url,
        "url_private_download": url,
        "permalink": url,
    }


def _share(call: Call, bodies: list[dict[str, Any]]) -> None:
    channel = call.channel("channel_id")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    fields = {"text": call.args.text("initial_comment"), "files": bodies, "upload": True, "subtype": "file_share"}
    call.slack.posts.by_bot(channel, {**fields, "thread_ts": call.args.text("thread_ts") or None})
