"""Places become groups: found, judged, named, put in order."""
