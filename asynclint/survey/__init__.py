"""The survey: every file, cheap, with the standard library's `ast`."""
