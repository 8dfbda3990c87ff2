"""What runs in the process of a script before and beside it: the fences, and the only way out. It needs the standard library alone."""
