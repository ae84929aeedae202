"""One step of one text in NumPy, for the kinds whose step in torch would mostly be the cost of calling torch."""
