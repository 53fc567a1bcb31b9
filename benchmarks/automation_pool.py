"""Previews stacks by Pulumi's Automation API in a pool of threads, as its examples do."""

import sys
from concurrent.futures import ThreadPoolExecutor

from pulumi import automation


def main(jobs: int, stacks: list[str]) -> None:
    """Preview stacks, each as `<folder>:<name>`."""
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(_preview, stacks))


def _preview(stack: str) -> None:
    folder, _, name = stack.partition(":")
    automation.select_stack(name, work_dir=folder).preview()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
