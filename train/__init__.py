"""What was learned: models, objectives, the trainer, scores.

Nothing is imported here, so that the command line starts without waiting for torch:

- `train.config`, `train.recipes`: what a run is, and named recipes (no torch)
- `train.run`: `train(config, features, ...)` and `load_run(path)`
- `train.scores`: `score(model, clips)` for anybody's model
- `train.evaluate`: `evaluate(run_path)` for a run folder
"""
