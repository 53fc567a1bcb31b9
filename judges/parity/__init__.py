"""One scenario in whatever cloud the environment names, and the shapes of that cloud's answers."""
