"""`make bench`: what the machine can do, beside what limits it and beside the usual alternative, in one run."""
