"""The rehearsal: a whole transfer on this machine, with the user's own files and program."""
