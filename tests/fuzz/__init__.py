"""A load of random calls, right and wrong ones, on a server in processes of its own."""
