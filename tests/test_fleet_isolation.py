"""50 tenants of one checkout: what is of one of them has nothing to do with another."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import cast

import pulumi
import pytest
from mock_engine import Recording, record
from stack_program import AS_OF

from benchmarks.isolation import Marks
from benchmarks.tenants import add_tenant
from components.model.configuration import load_settings
from components.model.names import Side
from components.model.settings import SourceSettings
from components.source_side import SourceSide, SourceSideArgs
from components.target_side import TargetSide, TargetSideArgs
from fleet.tenants.folder import Tenant
from transfer.stack_file import read_entries

# The first letters, of which prefixes are made, are those of all.
NAMES = [f"contoso-europe-{number:02}" for number in range(50)]


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> list[Tenant]:
    root = tmp_path_factory.mktemp("checkout")
    return [add_tenant(root, name, "shop/web:1") for name in NAMES]


def recorded(tenant: Tenant, side: Side, source: Mapping[str, object] | None = None) -> Recording:
    """Run the program of a tenant's stack as its files say."""
    entries = read_entries(tenant.stack_file(side))
    values = {key: str(entry["value"]) for key, entry in entries.items()}

    def program() -> pulumi.Output[Mapping[str, object]]:
        settings = load_settings(values, tenant.stack(side), tenant.root, AS_OF)
        args = settings.component_args()
        if isinstance(settings, SourceSettings):
            return SourceSide("source", cast("SourceSideArgs", args)).contract
        args |= {"source": source, "source_stack": settings.source_stack}
        return TargetSide("target", cast("TargetSideArgs", args)).contract

    return record(program)


def told(tenant: Tenant) -> Iterator[str]:
    """Give all that the stacks of a tenant register, call and put out."""
    source = recorded(tenant, "source")
    for made in (source, recorded(tenant, "target", source.result)):
        yield json.dumps([asdict(item) for item in made.registrations], default=list)
        yield json.dumps([made.calls, made.result])


@pytest.fixture(scope="module")
def marks(tenants: list[Tenant]) -> Marks:
    names = {tenant.name: tenant.name for tenant in tenants}
    prefixes = {prefix: tenant.name for tenant in tenants for prefix in tenant.prefixes()}
    assert len(prefixes) == len(names), "each has a prefix of its own"
    return Marks(names | prefixes)


def test_no_file_of_50_tenants_names_another_tenant(tenants: list[Tenant], marks: Marks) -> None:
    texts = [(it.name, file.read_text()) for it in tenants for file in it.folder.iterdir()]

    assert marks.strangers(texts) == {}
    assert len(texts) == 4 * len(NAMES)


def test_what_a_tenant_registers_calls_and_puts_out_names_none_of_49_others(
    tenants: list[Tenant], marks: Marks
) -> None:
    # Each tenth: a stack on the recording engine takes a third of a second.
    texts = [(tenant.name, text) for tenant in tenants[::10] for text in told(tenant)]

    assert marks.strangers(texts) == {}
    assert all(marks.named_in(text) == {owner} for owner, text in texts)
