"""A unit test of the program beside it: no engine, no Azure."""

import runpy

import pulumi
from acr_transfer.testing import AzureMocks


def run() -> AzureMocks:
    """Run the program, and give what it registered."""
    mocks = AzureMocks()
    pulumi.runtime.set_mocks(mocks, project="shop", stack="dev")
    pulumi.runtime.set_all_config({"shop:registry": "contoso", "shop:group": "rg-contoso"})
    pulumi.runtime.test(lambda: runpy.run_path("__main__.py", run_name="__main__"))()
    return mocks


def test_the_image_is_exported_from_a_group_of_the_program() -> None:
    made = run().inputs

    assert made["transfer-storage-account"]["resourceGroupName"] == "shop"
    runs = [inputs for name, inputs in made.items() if name.startswith("transfer-run-")]
    assert [item["request"]["artifacts"] for item in runs] == [["shop/web:1.4"]]
