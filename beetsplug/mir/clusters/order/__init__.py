"""An order of tracks in which each sounds like the one before."""
