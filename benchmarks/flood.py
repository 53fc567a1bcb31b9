"""The least that requests to a registry can take: sent at once, and nothing done with the answers.

It runs as a program of its own, so that its start and its processor time are its own, too.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence

import aiohttp

_CONNECTIONS = 100


async def _flood(host: str, token: str, paths: Sequence[str]) -> None:
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as client:

        async def ask(path: str) -> None:
            async with client.get(f"https://{host}{path}") as answer:
                answer.raise_for_status()
                await answer.read()

        await asyncio.gather(*map(ask, paths))


if __name__ == "__main__":
    asyncio.run(_flood(sys.argv[1], os.environ["FLOOD_TOKEN"], json.load(sys.stdin)))
