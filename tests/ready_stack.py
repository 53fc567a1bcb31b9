"""A stack that is up, for whoever only reads it."""

from transfer_support import SilentStack

from components.model.contract import SourceContract, TargetContract


class ReadyStack(SilentStack):
    """A stack that is up."""

    def __init__(self, name: str, contract: SourceContract | TargetContract | None) -> None:
        self.name = name
        self._contract = contract

    def outputs(self) -> dict[str, object]:
        return {"contract": self._contract.model_dump(mode="json")} if self._contract else {}

    def config(self) -> dict[str, str]:
        side = "target" if isinstance(self._contract, TargetContract) else "source"
        config = {"side": side, "registry": f"rg-contoso/contoso{side}"}
        if side == "source":
            config["images"] = '["shop/web:1"]'
        return {f"acr-transfer:{key}": value for key, value in config.items()}

    def up(self, exclude: object = ()) -> None:
        raise AssertionError(f"{self.name} is up with {exclude}")
