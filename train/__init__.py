"""What was learned: models, objectives, the trainer, scores.

Nothing is imported here, so that the command line starts without waiting for torch:

- `train.settings.config`, `train.settings.presets`: what a run is, and named recipes (no torch)
- `train.fitting.run`: `train(config, features, ...)` and `load_run(path)`
- `train.scores.front_door`: `evaluate(model, corpus)` for anybody's model
- `train.scores.evaluate`: `evaluate(run_path)` for a run folder
"""
