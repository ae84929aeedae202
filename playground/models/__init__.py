"""The models: one file per architecture, a registry, and the interfaces that all share (tasks.py)."""

from playground.models.config import values_of
from playground.models.registry import KINDS, build, outline
from playground.models.tasks import TASKS, WRITE, LanguageModel, State, Task

__all__ = ["KINDS", "TASKS", "WRITE", "LanguageModel", "State", "Task", "build", "outline", "values_of"]
