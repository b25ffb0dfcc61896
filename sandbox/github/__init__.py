"""A simulated GitHub: its REST API and its workflow runs, in front of real bare git repositories."""
