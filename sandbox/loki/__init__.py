"""A simulated Loki: the part of its HTTP API by which logs are pushed and asked for, over lines in memory."""
