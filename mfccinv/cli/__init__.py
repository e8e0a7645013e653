"""The programs: from a command line to a call and its result on the terminal."""
