"""One module a tracker; the file's name is the tracker's."""
