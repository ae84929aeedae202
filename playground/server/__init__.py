"""The server's interface for the page and programs: settings, messages, endpoints, limits."""
