"""Nothing lost, nothing twice: the daemon is killed and the world broken at every point of a story, and what is left is checked from outside."""
