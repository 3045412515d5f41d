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

# What a learner types is data: it reaches the scripts through the environment, as it was typed, and no shell reads it as commands.
TYPED = RUN ARGS OUT RUNS COLS LOG AXIS ASCII WORKLOADS PYTHON HINT SOLUTION AGAIN
$(foreach v,$(TYPED) BUILD ARCH,$(eval override $v := $$(value $v)))
export BUILD $(TYPED)

# The names of these two stand in rules and commands.
$(foreach c,' " ; & | ( ) < > ` \ * ? $$ =,$(foreach v,BUILD ARCH,$(if $(findstring $c,$($v)),$(error $v="$($v)" holds $c. Choose a plain name))))
$(if $(filter 1,$(words $(BUILD))),,$(error BUILD="$(BUILD)" is not one word. Choose a folder without spaces in its name))

# OpenMP's threads wait for each other by spinning. By default they do so for milliseconds, and a second busy program on the
# machine then slows a training run tenfold. A short spin and then sleep costs nothing measurable on an idle machine.
export GOMP_SPINCOUNT ?= 2000

ifeq ($(origin CC),default)
CC := gcc
endif

# Debian's multiarch name (x86_64-linux-gnu) leads to the OpenMP variant of OpenBLAS, whatever the system's default is. On other
# systems the headers may have a folder of their own, pkg-config may know where they are, or they are where the compiler looks
# anyway; Fedora calls the OpenMP variant openblaso.
TRIPLET  = $(shell $(CC) -print-multiarch 2>/dev/null || gcc -print-multiarch 2>/dev/null)
BLAS     = $(shell cd /usr/lib/$(TRIPLET)/openblas-openmp 2>/dev/null && pwd)
BLAS_INC = $(if $(BLAS),-isystem /usr/include/$(TRIPLET)/openblas-openmp,-isystem /usr/include/openblas $(shell pkg-config --cflags-only-I openblas 2>/dev/null))
BLAS_LIB = $(if $(BLAS),-L$(BLAS) -Wl$(,)-rpath$(,)$(BLAS),$(shell pkg-config --libs-only-L openblas 2>/dev/null)) $(if $(BLAS),-lopenblas,$(or $(call LIB,openblaso),-lopenblas))
# -lNAME if the compiler finds such a library.
LIB      = $(if $(findstring /,$(shell $(CC) -print-file-name=lib$1.so)),-l$1)
,        = ,
CPPFLAGS = -D_XOPEN_SOURCE=700 -DVERSION=\"$(VERSION)\" -Icommon $(BLAS_INC) -isystem /usr/include/stb
CFLAGS   = -std=c17 -g -O3 -march=$(ARCH) -fno-math-errno -fno-trapping-math -ffp-contract=fast -fopenmp -Wall -Wextra -Wpedantic -Wshadow $(if $(findstring clang,$(CC)),-Wno-pass-failed,$(ONLY_GCC)) $(if $(CI),-Werror) $(EXTRA)
# Nobody here waits for a floating-point exception, and where one could come gcc leaves a loop with a choice in it unvectorised.
# On AMD's Zen, gcc would round a product and its sum once in some loops and twice in others; bits must not depend on that. And
# gcc 12 for arm64 breaks off with an internal error where a loop takes the fmax or fmin of numbers that it has made doubles.
ONLY_GCC = --param avoid-fma-max-bits=0 -Wno-psabi $(if $(findstring aarch64,$(TRIPLET)),-fno-builtin-fmax -fno-builtin-fmin)
LDLIBS   = $(BLAS_LIB) -ljansson -lz -lm
COMPILE  = @mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP

# What builds everything does so on all processors, unless make was told how many jobs to run.
PARALLEL = $(MAKE) --silent --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,--jobs=$(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN))

LESSONS := $(notdir $(wildcard lessons/[0-9][0-9]-*))
NUMBER   = $(patsubst 0%,%,$(firstword $(subst -, ,$1)))
LIBRARY := $(BUILD)/libcommon.a
PROGRAMS := $(LESSONS:%=$(BUILD)/lessons/%)
TESTS   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
# An exercise is a file lessons/NN-name/exercises/M-name.check.c, which is linked with an answer.
CHECKS  := $(patsubst lessons/%.check.c,%,$(subst /exercises/,/,$(wildcard lessons/*/exercises/*.check.c)))
ANSWERS := $(foreach c,$(CHECKS),$(BUILD)/exercises/$c-hole $(BUILD)/exercises/$c-solution)
SOURCES := $(wildcard common/*/*.[ch] lessons/*/*.[ch] lessons/*/exercises/*.c tests/*.[ch] tests/bench/*.c)

.DEFAULT_GOAL := help
.PHONY: help all programs answers exercises FORCE deps lessons test figures verify compare scoreboard plots-check book report bench sanitize test-checked valgrind format mnist fixtures reference clean
.PHONY: $(foreach l,$(LESSONS),$(foreach t,lesson plot test watch,$t-$(call NUMBER,$l)))
.DELETE_ON_ERROR:
.SECONDARY:

help:
	@sh docs/help.sh $(LESSONS)

all: programs $(TESTS)

programs: $(PROGRAMS)

# --- building -----------------------------------------------------------------------------------------------------

# How things are compiled. What another compiler or other options have made is made anew.
FLAGS = $(BUILD)/flags
$(FLAGS): FORCE
	@mkdir -p $(@D)
	@new='$(subst ','\'',$(CC) $(CPPFLAGS) $(filter-out -Werror,$(CFLAGS)))'; \
	    [ "$$new" = "$$(cat $@ 2>/dev/null)" ] || printf '%s\n' "$$new" >$@

$(BUILD)/common/%.o: common/%.c $(FLAGS)
	$(COMPILE) -c $< -o $@

$(LIBRARY): $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*/*.c))
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/objects/%.o: lessons/%.c $(FLAGS)
	$(COMPILE) -Ilessons/$(*D) -c $< -o $@

# A test may include a lesson's .c to reach its functions: there the lesson's main is called lesson_main.
$(BUILD)/tests/%.o: tests/%.c $(FLAGS)
	$(COMPILE) -Itests $(if $(filter test_%,$*),-Dmain=lesson_main) -c $< -o $@

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(BUILD)/tests/main.o $(LIBRARY)
	@$(CC) $(CFLAGS) $^ -lcheck $(call LIB,subunit) -lpthread $(LDLIBS) -o $@

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARY)
	@$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# An exercise, with every memory access checked where the compiler can do that: a crash then says where.
CHECKED = $(eval CHECKED := -O1 $(if $(shell echo 'int main(void) { return 0; }' | $(CC) -xc - $(SANITIZE) -o /dev/null 2>/dev/null && echo yes),$(SANITIZE)))$(CHECKED)
SANITIZE = -fsanitize=address,undefined -fno-sanitize=object-size -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LINK_ANSWER = @$(CC) $(CFLAGS) $(CHECKED) $^ $(LDLIBS) -o $@

define EXERCISES
$(BUILD)/exercises/$1/%.o: lessons/$1/exercises/%.c $(FLAGS)
	$$(COMPILE) $$(CHECKED) -Itests -Ilessons/$1 -c $$< -o $$@ 2>$$@.warnings; s=$$$$?; cat $$@.warnings >&2; exit $$$$s

$(BUILD)/exercises/$1/mine/%.o: my/$1/%.c FORCE
	$$(COMPILE) $$(CHECKED) -Ilessons/$1 -Ilessons/$1/exercises -c $$< -o $$@

$(BUILD)/exercises/$1/%-hole: $(BUILD)/exercises/$1/%.o $(BUILD)/exercises/$1/%.check.o $(LIBRARY)
	$$(LINK_ANSWER)

$(BUILD)/exercises/$1/%-solution: $(BUILD)/exercises/$1/%.solution.o $(BUILD)/exercises/$1/%.check.o $(LIBRARY)
	$$(LINK_ANSWER)

$(BUILD)/exercises/$1/%-mine: $(BUILD)/exercises/$1/mine/%.o $(BUILD)/exercises/$1/%.check.o $(LIBRARY)
	$$(LINK_ANSWER)
endef
$(foreach l,$(LESSONS),$(eval $(call EXERCISES,$l)))

answers: $(ANSWERS)

# --- one set of targets a lesson: lesson-N, plot-N, test-N, watch-N -------------------------------------------------

define LESSON
$(BUILD)/lessons/$1: $(patsubst lessons/%.c,$(BUILD)/objects/%.o,$(wildcard lessons/$1/*.c)) $(LIBRARY)
	@mkdir -p $$(@D)
	@$$(CC) $$(CFLAGS) $$^ $$(LDLIBS) -o $$@

lesson-$(call NUMBER,$1):
	@$$(PARALLEL) $(BUILD)/lessons/$1
	@sh docs/lesson.sh $1

plot-$(call NUMBER,$1):
	@sh plots/plot.sh $1 "$$$$OUT/$1/$$$$RUN"

test-$(call NUMBER,$1): $(BUILD)/tests/test_$(subst -,_,$1) $(BUILD)/lessons/$1
	@$$<

watch-$(call NUMBER,$1):
	@sh plots/watch.sh "$$$$OUT/$1/$$$$RUN"
endef
$(foreach l,$(LESSONS),$(eval $(call LESSON,$l)))

# All exercises, those of one lesson (exercise-2), or one (exercise-2.3). The number is typed, too, and only ever data.
exercises:
	@EXERCISE= sh docs/exercise.sh

exercise-%: export EXERCISE = $*
exercise-%: FORCE
	@PARALLEL='$(PARALLEL)' sh docs/exercise.sh || [ $$? -eq 3 ] # not right yet: no error of make's

# --- everything else ------------------------------------------------------------------------------------------------

deps:
	@sh data/deps.sh

lessons:
	@$(PARALLEL) programs
	@sh docs/lessons.sh $(BUILD) "$$OUT" "$$RUN" $(LESSONS)

test:
	@$(PARALLEL) all answers
	@sh tests/run.sh $(TESTS)

figures:
	@sh tests/figures.sh
	@sh tests/promises.sh

verify:
	@$(PARALLEL) programs
	@sh tests/verify.sh $(BUILD)

compare:
	@sh plots/compare.sh

scoreboard:
	@$(PARALLEL) programs
	@sh docs/scoreboard.sh $(BUILD) "$$OUT" $(LESSONS)

plots-check:
	@sh plots/check.sh $(BUILD) $(LESSONS)

book:
	@sh docs/weave.sh $(BUILD)/book

report:
	@sh docs/report.sh $(BUILD) "$$OUT"

bench: $(BUILD)/tests/bench/bench
	@sh tests/bench/bench.sh $(BUILD)

# Optimised as always: at -O1 a short run of lesson 7 takes three times as long. What gcc warns of in checked code is not always true.
# Answers to exercises are checked in this way whenever they are built.
sanitize:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize test-checked \
	    EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Wno-format-truncation"

test-checked:
	@$(PARALLEL) all
	@sh tests/run.sh $(filter-out %/test_exercises,$(TESTS))

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
$(filter-out deps,$(MAKECMDGOALS)) $(FLAGS): | deps
$(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*/*.c)): | deps
$(patsubst lessons/%.c,$(BUILD)/objects/%.o,$(wildcard lessons/*/*.c)): | deps
$(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/*.c)): | deps
endif

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
