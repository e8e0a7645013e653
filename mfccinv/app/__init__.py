"""A page in the browser: MFCC or sound dropped on it is inverted in several ways, to be seen, heard and scored."""
