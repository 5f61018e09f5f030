"""Values become places: encodings, fitted and applied."""
