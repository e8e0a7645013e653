"""One module a body; the file's name is that of ``model.name``."""
