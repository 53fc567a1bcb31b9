"""Azure's refusals: an HTTP status, Azure's code and Azure's sentence."""


class AzureError(Exception):
    """A request that Azure refuses."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f'Status={status} Code="{code}" Message="{message}"')
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, dict[str, str]]:
        """Give the JSON that Azure Resource Manager answers with."""
        return {"error": {"code": self.code, "message": self.message}}


class EmulatorError(Exception):
    """A fault of the machine or of the emulator's use, not of the cloud."""
