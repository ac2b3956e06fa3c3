# make demo and make test set up what they need; make setup does only that.
.PHONY: setup demo test test-all bench lint font docs
BIN := .venv/bin

setup:
	@bash tools/setup.sh

demo: setup
	@$(BIN)/dsounds demo

# one process for each core; a file's tests stay together, as they share what they made
test: setup
	@$(BIN)/python -m pytest -q -n auto --dist loadfile

test-all: setup
	@$(BIN)/python -m pytest -q -m "slow or not slow"

bench: setup
	@$(BIN)/python -m benchmarks

# soundfonts/sinusoids.sf2 is committed; soundfonts/catalogue.py holds the sha256 that this prints
font: setup
	@$(BIN)/python -m dsounds.synth.sinusoids.font

# the pictures of docs/sinusoids.md, and docs/sinusoids.html, the same page with sound
docs: setup
	@$(BIN)/python tools/sinusoids_page.py

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@# mypy does not follow the mapped folders of an editable install: show it a package of links
	@rm -rf build/types && mkdir -p build/types/dsounds
	@for path in dsounds/* soundfonts synth datasets train; do \
		ln -s "$$PWD/$$path" build/types/dsounds/; done
	@MYPYPATH=build/types $(BIN)/mypy
