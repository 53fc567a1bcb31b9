"""Many images in a registry, without a program that is started for each of them."""

import json
from collections.abc import Iterable

import httpx
from engine_stage import EngineStage


def tag_manifests(stage: EngineStage, repository: str, tags: Iterable[str], content: str) -> None:
    """Give each tag a manifest of its own, made of the repository's first image."""
    server, variables = stage.registries["source"], stage.emulator.variables
    with stage.emulator.stranger() as client:
        answer = client.get(
            f"https://{server}/oauth2/token",
            params={"service": server, "scope": f"repository:{repository}:pull,push"},
            auth=(variables["ARM_CLIENT_ID"], variables["ARM_CLIENT_SECRET"]),
        )
        token = answer.raise_for_status().json()["access_token"]
        client.headers = httpx.Headers({"Authorization": f"Bearer {token}"})
        place = f"https://{server}/v2/{repository}/manifests"
        first = client.get(f"{place}/first").raise_for_status()
        for tag in tags:
            manifest = {**first.json(), "annotations": {"content": f"{content} {tag}"}}
            client.put(
                f"{place}/{tag}",
                content=json.dumps(manifest),
                headers={"Content-Type": manifest["mediaType"]},
            ).raise_for_status()
