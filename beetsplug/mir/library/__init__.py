"""What beets keeps, read and written, and the playlists beside it."""
