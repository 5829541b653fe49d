"""The whole program: who is called, who else writes, what an await waits for, which functions become one graph."""
