"""One module a method of phase retrieval; the file's name is the method's."""
