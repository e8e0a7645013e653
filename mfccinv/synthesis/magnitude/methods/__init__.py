"""One module a method from mel frames to a linear magnitude; the file's name is the method's."""
