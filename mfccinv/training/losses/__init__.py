"""One module a loss; the file's name is the loss's."""
