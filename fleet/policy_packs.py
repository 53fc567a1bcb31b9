"""Policy packs of a call: looked at once, before the first of many engines loads them."""

from collections.abc import Sequence
from pathlib import Path

from fleet.tasks import Verb
from transfer.errors import WrongUseError

_VERBS = (Verb.PREVIEW, Verb.UP)


def policy_options(verb: Verb, packs: Sequence[Path], configs: Sequence[Path]) -> tuple[str, ...]:
    """Give the options that tell the engine, which works in the folder of each tenant.

    Engines side by side may not install a pack: it must be ready.

    Raises:
        WrongUseError: a pack is not ready, a configuration is no file, or the engine checks nothing
            in this verb.
    """
    options: list[str] = []
    if (packs or configs) and verb not in _VERBS:
        raise WrongUseError(
            f"--policy-pack is not valid for {verb}: the engine checks policies before it makes "
            "something. Give it to preview or up."
        )
    for pack in packs:
        if not (pack / "PulumiPolicy.yaml").is_file():
            raise WrongUseError(
                f"--policy-pack {str(pack)!r} is not valid: it has no PulumiPolicy.yaml. For the "
                "pack of this repository, type: make setup"
            )
        options += ["--policy-pack", str(pack.resolve())]
    if configs and len(configs) != len(packs):
        raise WrongUseError(
            f"--policy-pack-config is not valid: there are {len(configs)} for {len(packs)} packs, "
            "and each is of the pack at the same place. Give both options as often."
        )
    for config in configs:
        if not config.is_file():
            raise WrongUseError(
                f"--policy-pack-config {str(config)!r} is not valid: there is no such file. Name "
                "one in JSON, as docs/policies.md shows."
            )
        options += ["--policy-pack-config", str(config.resolve())]
    return tuple(options)
