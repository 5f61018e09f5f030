"""What all other rooms stand on: files, loops, numbers for names, what is said."""
