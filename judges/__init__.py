"""Judges of the emulator that nobody here wrote: they run real commands of others against it."""
