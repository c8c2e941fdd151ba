"""Evaluation: image quality metrics of predicted focal stacks against ground truth."""

from refocus.evaluate.dataset_layout import SceneTask, find_pairs, find_rendered, find_scenes
from refocus.evaluate.evaluation import Evaluation, check_evaluation_folder, evaluate
from refocus.evaluate.measure import EvaluationOptions
from refocus.evaluate.metrics import METRICS
from refocus.evaluate.networks import MetricSet, load_metrics

__all__ = [
    "METRICS",
    "Evaluation",
    "EvaluationOptions",
    "MetricSet",
    "SceneTask",
    "check_evaluation_folder",
    "evaluate",
    "find_pairs",
    "find_rendered",
    "find_scenes",
    "load_metrics",
]
