"""What programs can ask by name: an endpoint a file. Each takes plain JSON and gives plain JSON."""
