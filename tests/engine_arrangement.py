"""Arrangements on the real engine: two stacks with some settings, and one image to move."""

from collections.abc import Mapping

from engine_stage import EngineStage

LOCATION = {"location": "westeurope"}


def configure(
    stage: EngineStage, source: Mapping[str, object], target: Mapping[str, object]
) -> None:
    """Make two stacks with these settings, and one image to move."""
    stage.push("shop/web:1.4")
    stage.configure("source", images=["shop/web:1.4"], **source)
    stage.configure("target", **target)
    stage.init("source", "target")


def transfer(
    stage: EngineStage, source: Mapping[str, object], target: Mapping[str, object]
) -> None:
    """Move one image with these settings, and require that nothing is left to change."""
    configure(stage, source, target)
    move(stage)


def move(stage: EngineStage) -> None:
    """Move the image of two stacks, and require that nothing is left to change."""
    result = stage.transfer("run")

    assert result.code == 0, result.text
    assert "1 artifacts: 1 arrived" in result.out
    for stack in ("source", "target"):
        stage.succeed("preview", "-s", stack, "--refresh", "--expect-no-changes")


def forget_at_target(stage: EngineStage) -> None:
    """Delete the image from the target registry, so that it is to arrive once more."""
    server = stage.registries["target"]
    stage.log_in(server)
    stage.crane("delete", f"{server}/shop/web:1.4")
