"""Who is compared in `make bench-socket`, the world in which that happens, and how each thing is measured."""
