"""Questions to a library that beets' own queries cannot ask: by sound."""

from .sounds import SoundsQuery

QUERIES = {"sounds": SoundsQuery}
