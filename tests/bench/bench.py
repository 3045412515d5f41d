"""The workloads of bench.c, with PyTorch. tests/bench/bench.sh runs both in turns.

    bench.py                    what is measured here: PyTorch's version and the BLAS it has loaded
    bench.py SECONDS [NAME...]  times every workload, or those named, for so many seconds in all

OMP_NUM_THREADS says on how many threads. Prints a line "name,milliseconds,MiB" for each workload: the median time of a
step, and the process's peak memory so far.

PyTorch is given what it does best: tensors that are there already, gradients set to None rather than to 0, and of
several ways to take the same step the fastest one.
"""
import os
import resource
import statistics
import sys
import time

try:
    import torch
except ModuleNotFoundError as error:
    sys.exit("python3-torch is not installed" if error.name == "torch" else str(error))
from torch import nn
from torch.nn import functional as F


def matmul():
    a, b, c = (torch.rand(1024, 1024) * 2 - 1 for _ in range(3))
    return [lambda: torch.mm(a, b, out=c)]


def classifier(make, batch, optimizer):
    """A training step on one batch of random images, with each implementation of the optimizer that there is."""
    x, labels = torch.rand(batch, 1, 28, 28), torch.randint(10, (batch,))

    def step_with(**implementation):
        net = make()
        rule = optimizer(net.parameters(), lr=1e-5, **implementation)

        def step():
            rule.zero_grad(set_to_none=True)
            F.cross_entropy(net(x), labels).backward()
            rule.step()

        step()
        return step

    steps = [step_with()]
    for implementation in "foreach", "fused":
        try:
            steps.append(step_with(**{implementation: True}))
        except (TypeError, RuntimeError):
            pass  # this version has none for the CPU
    return steps


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.Tanh(), nn.Linear(128, 10))


WORKLOADS = {
    "matmul": matmul,
    "mlp-sgd": lambda: classifier(mlp, 128, torch.optim.SGD),
    "mlp-adam": lambda: classifier(mlp, 128, torch.optim.Adam),
}


def median_ms(step, seconds):
    """The median time of a step, after a quarter of the seconds for warming up."""
    start = time.perf_counter()
    step()
    while time.perf_counter() - start < seconds / 4:
        step()
    ms = []
    while len(ms) < 5 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step()
        ms.append(1e3 * (time.perf_counter() - before))
    return statistics.median(ms)


def measure(name, seconds):
    steps = WORKLOADS[name]()
    best = min(median_ms(step, seconds / len(steps)) for step in steps)
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name},{best:.5f},{mib:.1f}", flush=True)


def about():
    """PyTorch's version and the files behind its matrix products, with links resolved."""
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))
    with open("/proc/self/maps", encoding="utf-8") as maps:
        files = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/")}
    names = "blas", "blis", "mkl_rt", "mkl_core"
    blas = sorted({os.path.realpath(f) for f in files if any(name in os.path.basename(f) for name in names)})
    print(f"PyTorch  {torch.__version__}; its BLAS:", "\n         ".join(blas) or "inside its own library")


if len(sys.argv) == 1:
    about()
else:
    torch.manual_seed(1)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    chosen = sys.argv[2:] or list(WORKLOADS)
    for workload in chosen:
        measure(workload, float(sys.argv[1]) / len(chosen))
