"""The Protocols of the outside, their values and their errors. The engine speaks to the world through these only."""
