"""The room of learning: models, objectives, the trainer, scores.

Nothing is imported here, so that the command line starts without waiting for torch:

- `train.settings.config`, `train.settings.presets`: the settings of a run, and named ones
- `train.models.registry`: the families of models
- `train.fitting.run`: `train(config, features, ...)` and `load_run(path)`
- `train.scores.front_door`: `evaluate(model, corpus)` for anybody's model
- `train.scores.evaluate`: `evaluate(run_path)` for a run folder
"""

if __name__ == "train":  # found in the current folder, where it hides others of that name
    raise ImportError(
        "this folder is the package dsounds.train of the dsounds repository: import "
        "dsounds.train; for another package train, start Python elsewhere or with -P"
    )
