"""Build the page and launch it: `python app.py`, or a Hugging Face Space."""

from playground.ui.page import build, serve

demo = build()

if __name__ == "__main__":
    serve(demo)
