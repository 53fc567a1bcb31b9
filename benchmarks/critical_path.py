"""Wall time of a first `up` against the longest chain of dependencies, with a slow cloud."""

import statistics
from dataclasses import dataclass, field

from benchmarks.chain import Chain, longest_chain, total_seconds
from benchmarks.scene import Scene
from benchmarks.stacks import BenchStack, Resource
from benchmarks.table import print_table, spread

_ROUNDS = 5
_SERIAL_ROUNDS = 2
_SCALE = 0.1
_AIM = 1.5


@dataclass(frozen=True)
class _Latency:
    """How long Azure takes to create something: the median of public logs, or an estimate."""

    resource: str
    call: str
    seconds: float


_LATENCIES = (
    _Latency("resources:ResourceGroup", "Microsoft.Resources/resourceGroups", 2),
    _Latency("storage:StorageAccount", "Microsoft.Storage/storageAccounts", 23),
    _Latency("storage:BlobServiceProperties", "Microsoft.Storage/storageAccounts/blobServices", 1),
    _Latency(
        "storage:BlobContainer", "Microsoft.Storage/storageAccounts/blobServices/containers", 1
    ),
    _Latency("storage:ManagementPolicy", "Microsoft.Storage/storageAccounts/managementPolicies", 1),
    _Latency("keyvault:Vault", "Microsoft.KeyVault/vaults", 40),
    _Latency("keyvault:AccessPolicy", "Microsoft.KeyVault/vaults/accessPolicies", 3),
    _Latency("keyvault:Secret", "Microsoft.KeyVault/vaults/secrets", 4),
    _Latency(
        "managedidentity:UserAssignedIdentity",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        3,
    ),
    _Latency(
        "containerregistry:ExportPipeline",
        "Microsoft.ContainerRegistry/registries/exportPipelines",
        10,
    ),
    _Latency(
        "containerregistry:ImportPipeline",
        "Microsoft.ContainerRegistry/registries/importPipelines",
        10,
    ),
    # The least of what was seen: a longer run only flatters the ratio.
    _Latency(
        "containerregistry:PipelineRun", "Microsoft.ContainerRegistry/registries/pipelineRuns", 60
    ),
)
# Waited for between the container and the secret, and no resource of its own.
_SAS = {"listServiceSas Microsoft.Storage/storageAccounts": 0.5 * _SCALE}
_CALLS = {f"PUT {latency.call}": latency.seconds * _SCALE for latency in _LATENCIES} | _SAS
_SECONDS = {f"azure-native:{latency.resource}": latency.seconds * _SCALE for latency in _LATENCIES}


@dataclass
class _Times:
    """Wall times of one side's `up`, and its state."""

    without: list[float] = field(default_factory=list)
    slow: list[float] = field(default_factory=list)
    serial: list[float] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)

    def row(self, side: str, chain: Chain) -> list[str]:
        own = [slow - start for slow, start in zip(self.slow, self.without, strict=True)]
        start = statistics.median(self.without)
        serial = statistics.median(self.serial) - start
        return [
            side,
            f"{chain.seconds:.1f}",
            f"{total_seconds(self.resources, _SECONDS):.1f}",
            spread(self.slow, 2),
            spread(self.without, 2),
            spread([seconds / chain.seconds for seconds in own], 2),
            spread([seconds / chain.seconds for seconds in self.slow], 2),
            f"{serial / statistics.median(own):.1f}",
        ]


def measure(scene: Scene) -> None:
    """Measure `up` with and without latencies in turn, and some of them one resource at a time."""
    rows, chains = [], []
    for side in ("source", "target"):
        times = _side(scene, scene.side(side))
        chain = longest_chain(times.resources, _SECONDS)
        rows.append(times.row(side, chain))
        chains.append(f"{side}: {' -> '.join(chain.names)}")
    header = [
        "side",
        "chain s",
        "sum s",
        "up s",
        "without latencies s",
        "(up - without) / chain",
        "up / chain",
        "serial / parallel",
    ]
    title = (
        f"critical_path: latencies x {_SCALE}, {_ROUNDS} rounds, median (max); "
        f"aim: (up - without) / chain at most {_AIM}"
    )
    print_table(title, header, rows)
    print("\n".join(chains), flush=True)


def _side(scene: Scene, stack: BenchStack) -> _Times:
    times = _Times()
    stack.up()
    stack.destroy()
    for number in range(_ROUNDS):
        times.without.append(stack.up().seconds)
        stack.destroy()
        scene.cloud.set_latencies(_CALLS)
        times.slow.append(stack.up().seconds)
        times.resources = stack.resources()
        scene.cloud.set_latencies({})
        stack.destroy()
        if number < _SERIAL_ROUNDS:
            scene.cloud.set_latencies(_CALLS)
            times.serial.append(stack.up(parallel=1).seconds)
            scene.cloud.set_latencies({})
            stack.destroy()
    # The next side may need this one.
    stack.up()
    return times
