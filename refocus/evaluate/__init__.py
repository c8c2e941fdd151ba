"""Numbers beside the pictures: predicted stacks against true ones, and how they are drawn."""

from refocus.evaluate.dataset_layout import SceneTask, find_pairs, find_rendered, find_scenes
from refocus.evaluate.evaluation import Evaluation, check_evaluation_folder, evaluate
from refocus.evaluate.measure import How
from refocus.evaluate.metrics import METRICS
from refocus.evaluate.networks import Meters, find_meters

__all__ = [
    "METRICS",
    "Evaluation",
    "How",
    "Meters",
    "SceneTask",
    "check_evaluation_folder",
    "evaluate",
    "find_meters",
    "find_pairs",
    "find_rendered",
    "find_scenes",
]
