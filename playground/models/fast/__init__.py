"""Single-text steps in NumPy, for kinds whose step in torch would mostly be call overhead."""
