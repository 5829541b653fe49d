"""Dataflow: one solver, the staleness domain, control dependence, and the windows that come out of them."""
