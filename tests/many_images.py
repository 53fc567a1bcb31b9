"""Many images in a registry, without a program that is started for each of them."""

from collections.abc import Iterable
from contextlib import closing

from engine_stage import EngineStage

from benchmarks.pushed import PushClient


def push_images(stage: EngineStage, repository: str, tags: Iterable[str], content: str) -> None:
    """Give each tag an image of its own in the source registry."""
    server = stage.registries["source"]
    with closing(PushClient(server, stage.environment, [repository])) as client:
        for tag in tags:
            client.image(repository, tag, [repository.encode()], f"{content} {tag}")
