"""What the page and programs ask of the server, and how it answers: settings, messages, endpoints, limits."""
