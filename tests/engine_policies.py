"""The policy pack on a stack that is up, and on what its state tells without a cloud."""

import json
from typing import Any

from conftest_emulator import ROOT
from engine_stage import EngineStage, Result

PACK = ("--policy-pack", str(ROOT / "policy"))


def require_policies(stage: EngineStage, stack: str) -> None:
    """Require that a stack keeps all rules, and that the pack finds what does not keep one."""
    narrower = _configured(stage, {"sas-life": {"maxDays": 3}})
    refused = stage.pulumi("preview", "-s", stack, *PACK, *narrower)
    assert refused.code != 0
    assert _violated(refused) == ["[mandatory]  sas-life"]
    assert "the SAS is valid for 7 days, of at most 3." in refused.text
    assert "sig=" not in refused.text

    state = json.loads(stage.succeed("stack", "export", "-s", stack).out)
    kept = _analyzed(stage, state)
    assert (kept.code, _violated(kept)) == (0, [])

    _spoil(state)
    spoilt = _analyzed(stage, state)
    assert spoilt.code != 0
    assert _violated(spoilt) == [
        "[mandatory]  no-secret-in-outputs",
        "[mandatory]  storage-https",
        "[mandatory]  storage-tls",
    ]
    levels = {"no-secret-in-outputs": "advisory", "storage-https": "disabled"}
    lower = _analyzed(stage, state, *_configured(stage, {**levels, "storage-tls": "advisory"}))
    assert lower.code == 0
    assert _violated(lower) == ["[advisory]  no-secret-in-outputs", "[advisory]  storage-tls"]


def _configured(stage: EngineStage, config: dict[str, object]) -> tuple[str, str]:
    file = stage.folder / "policies.json"
    file.write_text(json.dumps(config))
    return ("--policy-pack-config", str(file))


def _analyzed(stage: EngineStage, state: dict[str, Any], *options: str) -> Result:
    file = stage.folder / "state.json"
    file.write_text(json.dumps(state))
    # Neither a stack nor a backend is needed.
    arguments = ("policy", "analyze", *PACK, *options, "--file", str(file))
    return stage.pulumi(*arguments, PULUMI_BACKEND_URL="file:///nowhere")


def _spoil(state: dict[str, Any]) -> None:
    """Make an account in the state unsafe, and an output of a SAS."""
    resources = {item["type"]: item for item in state["deployment"]["resources"]}
    account = resources["azure-native:storage:StorageAccount"]["inputs"]
    account |= {"minimumTlsVersion": "TLS1_0", "enableHttpsTrafficOnly": False}
    resources["pulumi:pulumi:Stack"]["outputs"]["sas"] = "?sv=1&sig=plain"


def _violated(result: Result) -> list[str]:
    """Give the levels and rules that the engine names, once each."""
    lines = (line.strip().removeprefix("- ") for line in result.text.splitlines())
    return sorted({line.partition("  (")[0] for line in lines if line.startswith("[")})
