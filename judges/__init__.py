"""Judges that nobody here wrote: real clients of the emulator, and checks of what is made."""
