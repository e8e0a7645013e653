"""One module a way to run a vocoder; the file's name is that of ``vocoder.name``."""
