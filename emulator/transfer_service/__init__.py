"""The parts of the emulated transfer service: access, storage, archive, export, import, trigger."""
