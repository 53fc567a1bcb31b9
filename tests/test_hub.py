"""A program that imports from one registry and exports to another: both sides in one stack."""

from typing import Any, cast

import pulumi
import pytest
from mock_engine import record
from sides import AS_OF, SOURCE

from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs


@pytest.mark.parametrize("access", [{"vault": "roles"}, {"storage_access": "managed-identity"}])
def test_both_sides_may_have_one_name_though_the_engine_keeps_hooks_by_name(
    access: dict[str, str],
) -> None:
    both = {
        "registry_resource_group": "rg-hub",
        "create_registry": True,
        "location": "westeurope",
        "as_of": AS_OF,
        **access,
    }
    imported = {"registry_name": "hubinbox", "source": SOURCE, "import_by": "runs"}
    exported = {"registry_name": "huboutbox", "images": ["shop/web:1.4"]}

    def program() -> pulumi.Output[Any]:
        TargetSide("transfer", cast("TargetSideArgs", {**both, **imported}))
        return SourceSide("transfer", cast("SourceSideArgs", {**both, **exported})).contract

    hooks = record(program).hooks

    assert len(hooks) > 10
    assert sorted(hooks) == sorted(set(hooks))
