"""Programs that nobody wrote: pieces of real files, mutated, and programs that a grammar made."""
