# From one neuron to generative adversarial networks, in C. `make` alone lists what can be done.
#
#   make lesson-2 ARGS="--lr 0.5" RUN=fast     run lesson 2 with options, into runs/02-backprop/fast/
#
# A lesson is a folder lessons/NN-name/; its program is every .c in it, linked with common/. Nothing here names a lesson.

VERSION = 0.1

RUN   ?= default
ARGS  ?=
BUILD ?= build
ARCH  ?= native
OUT   ?= runs

# OpenMP's threads wait for each other by spinning. By default they do so for milliseconds, and a second busy program on the
# machine then slows a training run tenfold. A short spin and then sleep costs nothing measurable on an idle machine.
export GOMP_SPINCOUNT ?= 2000

ifeq ($(origin CC),default)
CC := gcc
endif

# Debian's multiarch name (x86_64-linux-gnu) leads to the OpenMP variant of OpenBLAS, whatever the system's default is.
TRIPLET  = $(shell gcc -print-multiarch)
CPPFLAGS = -D_XOPEN_SOURCE=700 -DVERSION=\"$(VERSION)\" -Icommon -isystem /usr/include/$(TRIPLET)/openblas-openmp
CFLAGS   = -std=c17 -g -O3 -march=$(ARCH) -fno-math-errno -ffp-contract=fast -fopenmp -Wall -Wextra -Wpedantic -Wshadow $(if $(findstring clang,$(CC)),-Wno-pass-failed,$(ONLY_GCC)) $(if $(CI),-Werror) $(EXTRA)
# On AMD's Zen, gcc would round a product and its sum once in some loops and twice in others; bits must not depend on that.
ONLY_GCC = --param avoid-fma-max-bits=0 -Wno-psabi
BLAS     = /usr/lib/$(TRIPLET)/openblas-openmp
LDLIBS   = -L$(BLAS) -Wl,-rpath,$(BLAS) -lopenblas -lcjson -lz -lm
COMPILE  = @mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP

# What builds everything does so on all processors, unless make was told how many jobs to run.
PARALLEL = $(MAKE) --silent --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,--jobs=$(shell nproc))

LESSONS := $(notdir $(wildcard lessons/[0-9][0-9]-*))
NUMBER   = $(patsubst 0%,%,$(firstword $(subst -, ,$1)))
LIBRARY := $(BUILD)/libcommon.a
PROGRAMS := $(LESSONS:%=$(BUILD)/lessons/%)
TESTS   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
SOURCES := $(wildcard common/*.[ch] lessons/*/*.[ch] tests/*.[ch] tests/bench/*.c)

.DEFAULT_GOAL := help
.PHONY: help all programs deps lessons test verify compare scoreboard book report bench sanitize valgrind format mnist fixtures reference clean
.PHONY: $(foreach l,$(LESSONS),$(foreach t,lesson plot test watch,$t-$(call NUMBER,$l)))
.DELETE_ON_ERROR:
.SECONDARY:

help:
	@sh docs/help.sh $(LESSONS)

all: programs $(TESTS)

programs: $(PROGRAMS)

# --- building -----------------------------------------------------------------------------------------------------

$(BUILD)/common/%.o: common/%.c
	$(COMPILE) -c $< -o $@

$(LIBRARY): $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c))
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/objects/%.o: lessons/%.c
	$(COMPILE) -Ilessons/$(*D) -c $< -o $@

# A test may include a lesson's .c to reach its functions: there the lesson's main is called lesson_main.
$(BUILD)/tests/%.o: tests/%.c
	$(COMPILE) -Itests $(if $(filter test_%,$*),-Dmain=lesson_main) -c $< -o $@

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(BUILD)/tests/main.o $(LIBRARY)
	@$(CC) $(CFLAGS) $^ -lcheck -lsubunit -lrt -lpthread $(LDLIBS) -o $@

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARY)
	@$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# --- one set of targets a lesson: lesson-N, plot-N, test-N, watch-N -------------------------------------------------

# With these options a lesson trains and tries nothing, and there are no new curves to draw.
UNDRAWN = $(filter --help --summary --load --load=% --fake --fake=%,$(ARGS))

define LESSON
$(BUILD)/lessons/$1: $(patsubst lessons/%.c,$(BUILD)/objects/%.o,$(wildcard lessons/$1/*.c)) $(LIBRARY)
	@mkdir -p $$(@D)
	@$$(CC) $$(CFLAGS) $$^ $$(LDLIBS) -o $$@

lesson-$(call NUMBER,$1):
	@$$(PARALLEL) $(BUILD)/lessons/$1
	@$(BUILD)/lessons/$1 --out $(OUT) --name $(RUN) $(ARGS)
	@$(if $(UNDRAWN),:,sh plots/plot.sh $1 $(OUT)/$1/$(RUN))

plot-$(call NUMBER,$1):
	@sh plots/plot.sh $1 $(OUT)/$1/$(RUN)

test-$(call NUMBER,$1): $(BUILD)/tests/test_$(subst -,_,$1) $(BUILD)/lessons/$1
	@$$<

watch-$(call NUMBER,$1):
	@sh plots/watch.sh $(OUT)/$1/$(RUN)
endef
$(foreach l,$(LESSONS),$(eval $(call LESSON,$l)))

# --- everything else ------------------------------------------------------------------------------------------------

deps:
	@sh data/deps.sh

lessons:
	@$(PARALLEL) programs
	@sh docs/lessons.sh $(BUILD) $(OUT) $(RUN) $(LESSONS)

test:
	@$(PARALLEL) all
	@sh tests/run.sh $(TESTS)

verify:
	@$(PARALLEL) programs
	@sh tests/verify.sh $(BUILD)

compare:
	@RUNS="$(RUNS)" COLS="$(COLS)" LOG="$(LOG)" AXIS="$(AXIS)" ASCII="$(ASCII)" OUT="$(OUT)" sh plots/compare.sh

scoreboard:
	@$(PARALLEL) programs
	@sh docs/scoreboard.sh $(BUILD) $(OUT) $(LESSONS)

book:
	@sh docs/weave.sh $(BUILD)/book

report:
	@sh docs/report.sh $(BUILD) $(OUT)

bench: $(BUILD)/tests/bench/bench
	@sh tests/bench/bench.sh $(BUILD)

# Optimised as always: at -O1 a short run of lesson 7 takes three times as long. What gcc warns of in checked code is not always true.
sanitize:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize test \
	    EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Wno-format-truncation"

# valgrind knows no AVX-512, so everything is built for an older processor.
valgrind:
	@$(PARALLEL) BUILD=$(BUILD)/valgrind ARCH=x86-64-v3 all
	@sh tests/valgrind.sh $(BUILD)/valgrind

format:
	clang-format -i $(SOURCES)

mnist:
	@sh data/mnist.sh

# For developers: files made by PyTorch and SciPy that the tests compare with; the runs that plots and book show, all of them
# or, with LESSONS="06-vanilla-gan 07-dcgan", some.
fixtures:
	@for f in tests/fixtures/make_*.py; do /usr/bin/python3 -B $$f || exit 1; done

reference:
	@$(PARALLEL) programs
	@sh docs/reference.sh $(BUILD) $(LESSONS)

clean:
	rm -rf $(BUILD)

# `make deps lesson-1`: whatever is compiled or run waits until the packages are there.
ifneq (,$(filter deps,$(MAKECMDGOALS)))
$(filter-out deps,$(MAKECMDGOALS)): | deps
$(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c)): | deps
$(patsubst lessons/%.c,$(BUILD)/objects/%.o,$(wildcard lessons/*/*.c)): | deps
$(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/*.c)): | deps
endif

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
