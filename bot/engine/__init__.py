"""What runs: inbox, dispatcher, plugin loader, outbox, operations, run follower, schedule loop, recovery. Threads live only here."""
