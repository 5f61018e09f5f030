"""A file becomes values: decoded, heard in windows, described."""
