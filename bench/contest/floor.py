"""The floor: the least that acks and answers, one asyncio loop without any framework, memory or second connection."""

import asyncio
import json
import os

import aiohttp

API = os.environ["SLACK_API_URL"]
APP = {"Authorization": f"Bearer {os.environ['SLACK_APP_TOKEN']}"}


async def main() -> None:
    """Connect, and connect again whenever the connection is over."""
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                await _serve(http)
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.1)


async def _serve(http: aiohttp.ClientSession) -> None:
    answering: set[asyncio.Task[None]] = set()
    async with http.post(API + "apps.connections.open", headers=APP) as answer:
        url = (await answer.json())["url"]
    async with http.ws_connect(url, heartbeat=10) as socket:
        async for message in socket:
            frame = json.loads(message.data)
            if frame["type"] == "disconnect":
                return
            if "envelope_id" in frame:
                await socket.send_str(json.dumps({"envelope_id": frame["envelope_id"]}))
                if frame["type"] == "slash_commands":
                    task = asyncio.create_task(_answer(http, frame["payload"]))
                    answering.add(task)
                    task.add_done_callback(answering.discard)


async def _answer(http: aiohttp.ClientSession, command: dict[str, str]) -> None:
    async with http.post(command["response_url"], json={"text": f"pong {command['text']}"}) as answer:
        await answer.read()


if __name__ == "__main__":
    asyncio.run(main())
