# `make help` lists the targets.
PREFIX ?= /usr/local
PROMPT ?= a slice of watermelon

help:
	@sed -nE 's/^([a-z-]+):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 15

demo: setup  ## install what is needed, build, and draw a first picture
	@Scripts/demo "$(PROMPT)"

test: setup  ## install what is needed and run all tests
	Scripts/test

setup:  ## install what is needed, and nothing else
	@Scripts/setup

build: setup  ## build everything for debugging
	swift build

install: setup  ## install the program: make install PREFIX=$HOME/.local
	@Scripts/install "$(PREFIX)"

lint:  ## check the format of the Swift sources and the shell scripts
	@Scripts/lint

docs: setup  ## write the libraries' documentation to .build/docs
	@Scripts/docs

bench: setup  ## compare with the peers, which are installed below .deps: make bench ARGS="networks"
	Scripts/release
	swift run -c release --package-path Benchmarks benchmarks $(ARGS)

bench-check: setup  ## fail if networks take longer than plain operations allow
	swift run --package-path Benchmarks benchmarks check

test-package: setup  ## test that another package can use this one
	Tests/Scripts/outside-package.sh

test-install: setup  ## test that an installed program runs from anywhere
	Tests/Scripts/installed.sh

test-guides: setup  ## test that what the guides tell you to type works, and where they link to
	Tests/Scripts/links.sh
	Tests/Scripts/guides.sh

test-seed: setup  ## test that a seed's picture does not depend on batch and threads
	Tests/Scripts/same-seed.sh

clean:  ## remove what was built; .deps/ stays
	rm -rf .build Benchmarks/.build

.PHONY: help demo test setup build install lint docs bench bench-check test-package test-install test-guides test-seed clean
