"""A stack that is up, for whoever only reads it."""

from collections.abc import Sequence

from transfer_support import SilentStack

from components.model.contract import SourceContract, TargetContract
from transfer.stacks import MadeResource


class ReadyStack(SilentStack):
    """A stack that is up."""

    def __init__(
        self,
        name: str,
        contract: SourceContract | TargetContract | None,
        made: Sequence[MadeResource] = (),
    ) -> None:
        self.name = name
        self._contract = contract
        self._made = made

    def outputs(self) -> dict[str, object]:
        return {"contract": self._contract.model_dump(mode="json")} if self._contract else {}

    def resources(self) -> list[MadeResource]:
        stack = MadeResource("pulumi:pulumi:Stack", self.name, {}, self.outputs())
        return [stack, *self._made]

    def config(self) -> dict[str, str]:
        side = "target" if isinstance(self._contract, TargetContract) else "source"
        config = {"side": side, "registry": f"rg-contoso/contoso{side}"}
        if side == "source":
            config["images"] = '["shop/web:1"]'
        return {f"acr-transfer:{key}": value for key, value in config.items()}

    def up(self, exclude: object = ()) -> None:
        raise AssertionError(f"{self.name} is up with {exclude}")
