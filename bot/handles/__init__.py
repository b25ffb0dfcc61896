"""What a handler is given: one Protocol for each thing that it can ask of the engine, and the declaration of a plugin."""
