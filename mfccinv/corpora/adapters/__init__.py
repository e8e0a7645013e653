"""One module a layout of corpora; the file's name is the corpus's."""
