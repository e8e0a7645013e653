"""Networks: bodies, the fixed layers around them, and their assembly."""
