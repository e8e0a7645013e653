"""Networks: bodies, the fixed layers around them, their assembly, and prediction with them."""
