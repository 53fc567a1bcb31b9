"""Run the `acr-transfer` command as `python -m transfer`."""

from transfer.cli import main

main()
