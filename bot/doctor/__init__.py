"""`chatopsd doctor`: what an operator would otherwise find out in the middle of a release, looked at before it; a module a topic."""
