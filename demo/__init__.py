"""The rehearsal: a whole transfer on this machine, with the program of production."""
