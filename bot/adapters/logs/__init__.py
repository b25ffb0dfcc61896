"""Log sources: one file for each place where logs are kept."""
