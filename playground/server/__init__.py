"""What the page and programs ask of the server."""
