# `make help` lists the targets. Every target but help, clean and distclean sets the checkout up first.
SHELL := bash
PYTHON ?= python3
IN_ENVIRONMENT := source env/activate &&

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults bench lint docs clean distclean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: ## ROS 2, Python packages and the colcon build, all inside this checkout; quick when done
	@$(PYTHON) env/set_up

demo: setup ## train UR5e reach, export, run on the simulated arm, record, report
	@$(IN_ENVIRONMENT) ros2 run rl_manip demo

test: setup ## every test; TESTS="tests/launch -k deploy" for some
	@$(IN_ENVIRONMENT) python env/run_tests.py $(TESTS)

bench: setup ## benchmarks, each against its peer or floor; writes runs/bench/
	@$(IN_ENVIRONMENT) python tests/benchmarks/run.py $(BENCH)

test-faults: setup ## the safety proof: fuzz, bounds, every fault 20 times, 10 minutes nominal; 1 h
	@$(IN_ENVIRONMENT) python src/rl_manip_deploy/test/guard/proof/fuzz_safe_motion.py \
	  && python src/rl_manip_deploy/test/guard/proof/drive_at_bounds.py \
	  && python tests/faults/fault_injection.py $(FAULTS) \
	  && python tests/faults/nominal_operation.py \
	  && python tests/faults/slow_requests.py

lint: setup ## style, import rules, types, versions, package files, Docker files, shell scripts, docs
	@$(IN_ENVIRONMENT) python env/lint

docs: setup ## the picture and tables of docs/architecture.md, and the API reference in docs/api
	@$(IN_ENVIRONMENT) python env/docs

clean: ## remove what colcon built and the caches of the tools; keeps .venv and runs/
	rm -rf build install log docs/api .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests env -name __pycache__ -type d -prune -exec rm -rf {} +
	find src env -name '*.egg-info' -type d -prune -exec rm -rf {} +

distclean: clean ## remove everything that set-up made; keeps runs/
	rm -rf .venv .cache
