"""Whatever a configuration holds: a whole side, or a refusal in sentences and nothing made."""

from typing import Any

import pulumi
import pytest
from arrangement_axes import AXES, goes_together, merged
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from mock_engine import SIGNATURE, RecordingMonitor, problems_of
from stack_program import run

from components.model.configuration import configuration_keys
from components.model.contract import SourceContract, TargetContract
from components.model.errors import SettingsError

SLICES = 6
# Of one slice. A side that is whole takes a hundred times as long as a refusal.
RIGHT, WRONG = 5, 400

_KEYS = sorted({*configuration_keys("source"), *configuration_keys("target")})
_GOOD: dict[str, list[object]] = {
    "registry": ["rg-contoso/contosoregistry"],
    "images": [["shop/web:1.4"], ["a:1", "b@sha256:" + "0" * 64]],
    "sas_days": [7, "30"],
    "sas_grace_days": [1, "7"],
    "rerun": [0, "3"],
    "blob_retention_days": [90],
    "prefix": ["contoso"],
    "container": ["outbox"],
    "source_stack": ["source", "org/project/source"],
    **{
        key: [value[key] for axis in AXES.values() for value in axis if key in value]
        for key in ("storage", "identity", "vault", "sas", "tags", "options", "location")
    },
}
# As is without an alphabet, which is found out at the cost of three seconds.
_CHARACTERS = st.characters(exclude_categories=["Cs"])
_TEXTS = st.text(_CHARACTERS, max_size=12) | st.sampled_from(
    [
        "",
        "null",
        "true",
        "-1",
        "1e9",
        "[",
        "{}",
        "[1]",
        "\x00",
        "/",
        "a" * 300,
        "../..",
        "${x}",
        "%s",
    ]
)
_ANYTHING: SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=4,
)
# Made once: to make it takes longer than to draw from it.
_ANY_KEY = st.sampled_from(_KEYS) | _TEXTS


@st.composite
def arrangements(draw: st.DrawFn, *, together: bool = True) -> dict[str, Any]:
    """Draw values that a user would write, and that go together if asked."""
    chosen: list[dict[str, Any]] = [{"registry": "rg-contoso/contosoregistry"}]
    for name, axis in AXES.items():
        if name == "cloud" or (name != "side" and draw(st.integers(0, 3)) > 0):
            continue
        choices = [choice for choice in axis if not together or goes_together([*chosen, choice])]
        chosen.append(draw(st.sampled_from(choices)))
    return merged(chosen)


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a configuration that is mostly right, and wrong in a few places."""
    values = draw(arrangements(together=False))
    for _ in range(draw(st.integers(2, 4))):
        key = draw(_ANY_KEY)
        is_right = key in _GOOD and draw(st.integers(0, 7)) == 7
        values[key] = draw(st.sampled_from(_GOOD[key]) if is_right else _ANYTHING)
    for key in draw(st.sets(st.sampled_from(sorted(values)), max_size=1)):
        if draw(st.booleans()):
            del values[key]
    return values


@pytest.mark.parametrize("part", range(SLICES))
def test_a_configuration_makes_a_whole_side_or_nothing(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    whole: list[str] = []
    refused: list[str] = []
    register = RecordingMonitor.RegisterResource

    def note(monitor: RecordingMonitor, request: Any) -> Any:
        made.append(request.type)
        return register(monitor, request)

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", note)
    monkeypatch.setattr(pulumi.log, "info", lambda *_: None)

    def check(values: dict[str, Any]) -> None:
        made.clear()
        refusal = None
        try:
            recording = run(values)
        except (SettingsError, pulumi.RunError) as error:
            refusal = error
        if refusal is None:
            whole.append(values["side"])
            side = SourceContract if values["side"] == "source" else TargetContract
            assert side.model_validate(recording.result)
            return
        refused.append(str(refusal))
        assert all(problem.rule and problem.fix for problem in problems_of(refusal))
        assert SIGNATURE not in str(refusal)
        assert not any(type_.startswith("azure-native:") for type_ in made), made

    for drawn, count in ((arrangements(), RIGHT), (configurations(), WRONG)):
        # Each part draws others, and the same ones at each run.
        generate = settings(
            max_examples=count,
            deadline=None,
            database=None,
            # A failure is told as it was drawn: to make it smaller takes minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        seed(part)(generate(given(drawn)(check)))()

    assert len(whole) >= RIGHT
    assert set(whole) == {"source", "target"}
    assert len(refused) > WRONG // 2
