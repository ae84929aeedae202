"""Plotly figures from plain data. This room knows charts; it knows neither gradio nor torch."""
