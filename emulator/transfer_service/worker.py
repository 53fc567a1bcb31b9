"""The transfer service: carries out pipeline runs and watches for blobs to import."""

import asyncio
import logging
import time
from collections.abc import Coroutine

import aiohttp

from emulator.errors import AzureError
from emulator.front.proxy import client_session
from emulator.registry.service import RegistryService
from emulator.resource_types import IMPORT_TYPE
from emulator.state import Resource, State
from emulator.storage.service import BlobService
from emulator.transfer_service.access import container_uri, open_container
from emulator.transfer_service.errors import TransferError
from emulator.transfer_service.record import Outcome, RunRecord, fail_interrupted
from emulator.transfer_service.run import Runner
from emulator.transfer_service.storage import BlobContainer
from emulator.transfer_service.trigger import is_triggered, new_blobs, triggered_run
from emulator.values import same, texts

_log = logging.getLogger(__name__)


class TransferWorker:
    """Runs and triggers of one cloud; it acts on events alone and rests between them."""

    def __init__(self, state: State, blobs: BlobService, registries: RegistryService) -> None:
        self._state = state
        self._registries = registries
        self._blobs = blobs
        self._client: aiohttp.ClientSession | None = None
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._pending: set[str] = set()
        self._shut_out: set[str] = set()
        """Pipelines whose trigger was not let in when it looked the last time."""
        self._changes = 0
        """How often access has changed."""
        blobs.on_blob_written = self.blob_written
        fail_interrupted(state)

    def start(self) -> None:
        """Look at what came into the containers while nobody watched."""
        for pipeline in self._state.list(IMPORT_TYPE):
            self.pipeline_changed(pipeline)

    async def start_run(self, run: Resource) -> None:
        """Carry out a run in the background; its end is written into its resource."""
        self._begin(run)

    async def wait(self, run_id: str) -> None:
        """Wait for the end of a run; one that is not going on has ended."""
        task = self._runs.get(run_id.lower())
        if task is not None:
            await asyncio.wait([task])

    def pipeline_changed(self, pipeline: Resource) -> None:
        """Look for blobs to import if the pipeline's trigger is on."""
        if is_triggered(pipeline):
            self._look_at(pipeline.id.lower())

    def access_changed(self) -> None:
        """Have triggers look again that were not let in: the others have seen what there is.

        Azure looks every quarter of an hour.
        """
        self._changes += 1
        for pipeline_id in tuple(self._shut_out):
            self._look_at(pipeline_id)

    def blob_written(self, account: str, container: str, blob: str) -> None:
        """Look for blobs to import in every pipeline that reads from this container."""
        _log.debug("blob %s was written to %s/%s", blob, account, container)
        uri = f"{self._blobs.account_endpoint(account)}{container}"
        for pipeline in self._state.list(IMPORT_TYPE):
            if same(container_uri(self._state, pipeline), uri):
                self.pipeline_changed(pipeline)

    async def settle(self) -> None:
        """Wait until no trigger has anything to look at and no run goes on."""
        while tasks := [t for t in (*self._looks.values(), *self._runs.values()) if not t.done()]:
            await asyncio.wait(tasks)

    async def stop(self) -> None:
        """Break off what goes on; such runs show as failed at the next start."""
        tasks = [*self._looks.values(), *self._runs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def _begin(self, run: Resource) -> None:
        self._state.put(run)
        _spawn(self._runs, run.id.lower(), self._carry_out(run))

    async def _carry_out(self, run: Resource) -> None:
        record = RunRecord(self._state, run)
        started = time.monotonic()
        outcome = await self._outcome(run, record)
        spent = time.monotonic() - started
        await asyncio.sleep(self._state.settings.run_seconds - spent)
        if isinstance(outcome, Outcome):
            record.succeed(outcome)
            moved = outcome.imported or texts(run.properties, "request", "artifacts")
            _log.info("run %s has moved %s", run.id, " ".join(moved))
        else:
            record.fail(outcome)

    async def _outcome(self, run: Resource, record: RunRecord) -> Outcome | str:
        try:
            return await self._runner().carry_out(run, record)
        except TransferError as exc:
            return str(exc)
        except (AzureError, aiohttp.ClientError, OSError) as exc:
            return f"The service could not carry out the run ({type(exc).__name__})."
        except Exception as exc:
            # The top of a run: whoever waits for it must see it end.
            _log.exception("a pipeline run broke off")
            return f"Encountered internal server error ({type(exc).__name__})."

    def _runner(self) -> Runner:
        if self._client is None:
            self._client = client_session(self._blobs.certificates.client_context())
        return Runner(self._state, self._blobs, self._registries, self._client)

    def _look_at(self, pipeline_id: str) -> None:
        self._pending.add(pipeline_id)
        if pipeline_id not in self._looks:
            _spawn(self._looks, pipeline_id, self._look_while_pending(pipeline_id))

    async def _look_while_pending(self, pipeline_id: str) -> None:
        while pipeline_id in self._pending:
            self._pending.discard(pipeline_id)
            changes = self._changes
            # Azure looks again and again; one look is enough when every grant is in effect.
            settings = self._state.settings
            await asyncio.sleep(settings.trigger_delay + settings.grant_seconds)
            self._shut_out.discard(pipeline_id)
            pipeline = self._state.get(pipeline_id)
            if pipeline is None or not is_triggered(pipeline):
                continue
            if not await self._import_new_blobs(pipeline):
                self._shut_out.add(pipeline_id)
                if changes < self._changes:
                    self._pending.add(pipeline_id)

    async def _import_new_blobs(self, pipeline: Resource) -> bool:
        """Import what has come; tell whether the pipeline was let in."""
        try:
            access = open_container(self._state, pipeline, self._blobs.sign_in)
            async with BlobContainer(access, self._blobs.certificates.ca_file) as container:
                blobs = await container.list()
        except TransferError as exc:
            # Azure tells nobody why a trigger stays silent.
            _log.info("the trigger of %s cannot look: %s", pipeline.name, exc)
            return False
        for blob in new_blobs(self._state, pipeline, blobs):
            self._begin(triggered_run(pipeline, blob))
        return True


def _spawn(
    tasks: dict[str, asyncio.Task[None]], key: str, work: Coroutine[None, None, None]
) -> None:
    task = asyncio.create_task(work)
    tasks[key] = task

    def forget(done: asyncio.Task[None]) -> None:
        if tasks.get(key) is done:
            del tasks[key]

    task.add_done_callback(forget)
