"""The intermediate representation: access paths, ops, graphs, and their text form."""
