"""The rehearsal: a whole transfer on this machine, with the program and the files of production."""
