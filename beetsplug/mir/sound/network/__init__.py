"""A trained network that hears music: its weights, its layers, its tags."""
