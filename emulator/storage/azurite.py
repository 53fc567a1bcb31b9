"""Runs one Azurite process as the blob service of every emulated storage account."""

import asyncio
import json
import os
import shutil
from pathlib import Path

from emulator.certificates import Certificates
from emulator.errors import EmulatorError
from emulator.values import JsonObject, number

_HOST = Path(__file__).with_name("azurite_host.cjs")
_STOP_SECONDS = 10.0


class Azurite:
    """A child process; keys reach it by its stdin, and it ends when that is closed."""

    def __init__(self, directory: Path, certificates: Certificates) -> None:
        self._directory = directory
        self._certificates = certificates
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self.base = ""

    async def start(self) -> None:
        """Start and wait until it listens."""
        node, package = _node(), _package()
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._directory / "azurite.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(node, _HOST, package, self._directory),
                *(self._certificates.cert_file, self._certificates.key_file),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                # It asks itself when it copies from another of its accounts.
                env={**os.environ, "NODE_EXTRA_CA_CERTS": str(self._certificates.ca_file)},
                process_group=0,
            )
        answer = await self._answer()
        self.base = f"https://127.0.0.1:{int(number(answer, 'port'))}"

    async def stop(self) -> None:
        """Let it write what it holds and end."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def set_account(self, account: str, keys: list[str]) -> None:
        """Make an account known with its keys, or forget it when there are none."""
        assert self._process is not None
        assert self._process.stdin is not None
        async with self._turn:
            line = json.dumps({"account": account, "keys": keys}) + "\n"
            self._process.stdin.write(line.encode())
            await self._process.stdin.drain()
            await self._answer()

    async def _answer(self) -> JsonObject:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise EmulatorError(
                f"Azurite ended by itself: {self._last_words()}. The emulator keeps blobs in it. "
                f"Read {self._directory / 'azurite.log'}, then start the emulator again."
            )
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def _last_words(self) -> str:
        text = (self._directory / "azurite.log").read_text(encoding="utf-8", errors="replace")
        return text.strip().splitlines()[-1] if text.strip() else "without a word"


def _node() -> str:
    return _tool("node", "Azurite runs in it")


def _package() -> Path:
    # The program is dist/src/blob/main.js of the package, and a link on the PATH leads to it.
    return Path(_tool("azurite-blob", "blobs are kept in it")).resolve().parents[3]


def _tool(name: str, reason: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise EmulatorError(
            f"{name} is not on the PATH; {reason}. Run 'make setup' and use its PATH."
        )
    return found
