"""The parts of tests/evaluate_displays.py; nothing here is shared with the engine or with the other evaluator."""
