"""Starts Rasa without TensorFlow: ``python -m engine.lean train|run ...`` with ``bot/rasa`` on PYTHONPATH.

Rasa 3.6.21 imports TensorFlow, matplotlib and every NLU component at start, even for rules alone. Measured:
2.7 GB installed and 534 MB resident with them, 0.6 GB and 200 MB without. Stand-ins take their place, so
config.yml can name no component but those in `_register_policies`.
"""

import ctypes
import os
import signal
import sys
from types import ModuleType

STAND_INS = {
    "rasa.utils.plotting": [],
    "rasa.utils.tensorflow.callback": ["RasaTrainingLogger", "RasaModelCheckpoint"],
    "rasa.utils.tensorflow.data_generator": ["RasaBatchDataGenerator"],
    "rasa.nlu.classifiers.diet_classifier": ["DIETClassifier"],
    "rasa.nlu.selectors.response_selector": ["ResponseSelector"],
    "rasa.core.policies.ted_policy": ["TEDPolicy"],
    "rasa.core.policies.unexpected_intent_policy": ["UnexpecTEDIntentPolicy"],
}
"""The modules that import what is left out, and the names that other modules of Rasa take from them."""

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Rasa's own command line, made lean and bound to the process that started it."""
    _end_with_parent()
    os.umask(0o077)  # for the tracker.db that Rasa creates
    for module, names in STAND_INS.items():
        _stand_in(module, {name: type(name, (), {}) for name in names})
    _register_policies()

    from rasa.__main__ import main as rasa_command_line

    from engine.patches import apply_patches

    apply_patches()
    rasa_command_line()


def _end_with_parent() -> None:
    """Die when the service dies, also by kill -9: an orphan would go on writing to the tracker store.

    The service passes its process id: a parent that ended before prctl was called sends no signal any more.
    (The kernel watches the thread that started Rasa, which is the one of the service's event loop.)
    """
    parent = os.environ.get("WEGWIJS_PROCESS")
    if parent is None or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("the service that started Rasa is gone")


def _stand_in(name: str, contents: dict[str, object]) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(contents)
    sys.modules[name] = module
    return module


def _register_policies() -> None:
    """Rasa's list of components imports all of them; ours must be in place before a configuration is read."""
    components = _stand_in("rasa.engine.recipes.default_components", {"DEFAULT_COMPONENTS": []})

    from rasa.core.policies.rule_policy import RulePolicy

    components.__dict__["DEFAULT_COMPONENTS"] = [RulePolicy]


if __name__ == "__main__":
    main()
