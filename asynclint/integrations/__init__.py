"""asynclint inside other programs, each an extra of the installation; what they ask goes through the command line."""
