"""The workloads of bench.c, with PyTorch. tests/bench/bench.sh runs both in turns.

    bench.py                    what is measured here: PyTorch's version and the BLAS it has loaded
    bench.py SECONDS [NAME...]  times every workload, or those named, for so many seconds each; skips names it has not

OMP_NUM_THREADS says on how many threads. Prints a line "name,milliseconds,MiB" for each workload: the median time of a
step, and the process's peak memory so far.

PyTorch is given what it does best: tensors that are there already, activations that overwrite their input, gradients set
to None rather than to 0 and computed only where they are used, and of several ways to take the same step the fastest one.
"""
import itertools
import math
import os
import resource
import statistics
import sys
import time
from functools import partial

try:
    import torch
except ModuleNotFoundError as error:
    sys.exit("python3-torch is not installed" if error.name == "torch" else str(error))
from torch import nn
from torch.nn import functional as F

# A workload is a list of ways to do it. Each is a function that prepares a step and returns it, and may raise TypeError or
# RuntimeError where this version of PyTorch has no such way.
FORMATS = [torch.contiguous_format, torch.channels_last]
IMPLEMENTATIONS = [{}, {"foreach": True}, {"fused": True}]  # of an optimizer


def ways(make, **choices):
    """make with each combination of the choices."""
    return [partial(make, **dict(zip(choices, chosen))) for chosen in itertools.product(*choices.values())]


def matmul():
    a, b, c = (torch.rand(1024, 1024) * 2 - 1 for _ in range(3))
    return lambda: torch.mm(a, b, out=c)


# --- training steps of classifiers ------------------------------------------------------------------------------------


def classifier(make, batch, optimizer, layout, implementation):
    """A training step on one batch of random images."""
    x, labels = torch.rand(batch, 1, 28, 28).to(memory_format=layout), torch.randint(10, (batch,))
    net = make().to(memory_format=layout)
    rule = optimizer(net.parameters(), lr=1e-5, **implementation)

    def step():
        rule.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), labels).backward()
        rule.step()

    return step


def mlp(optimizer):
    def net():
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.Tanh(), nn.Linear(128, 10))

    return ways(partial(classifier, net, 128, optimizer), layout=FORMATS[:1], implementation=IMPLEMENTATIONS)


def lenet(batch):
    def net():
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(inplace=True),
            nn.Linear(120, 84), nn.ReLU(inplace=True), nn.Linear(84, 10))

    return ways(partial(classifier, net, batch, torch.optim.Adam), layout=FORMATS, implementation=IMPLEMENTATIONS)


def conv3(a, b, stride=1):
    return [nn.Conv2d(a, b, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(b)]


class Block(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        stride = 1 if a == b else 2
        self.branch = nn.Sequential(*conv3(a, b, stride), nn.ReLU(inplace=True), *conv3(b, b))
        self.way = nn.Identity() if a == b else nn.Sequential(nn.Conv2d(a, b, 1, stride=2, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        return F.relu(self.branch(x) + self.way(x), inplace=True)


def resnet(batch):
    """A narrow ResNet-18: 16 to 128 channels at 28 x 28 to 4 x 4."""

    def net():
        widths = [16, 16, 16, 32, 32, 64, 64, 128, 128]
        blocks = [Block(a, b) for a, b in zip(widths, widths[1:])]
        return nn.Sequential(*conv3(1, 16), nn.ReLU(inplace=True), *blocks, nn.AvgPool2d(4), nn.Flatten(), nn.Linear(128, 10))

    return ways(partial(classifier, net, batch, torch.optim.Adam), layout=FORMATS, implementation=IMPLEMENTATIONS)


class Skip(nn.Module):
    """Lesson 12's block: the skip has no parameters."""

    def __init__(self, a, b):
        super().__init__()
        self.stride, self.more = (1, 0) if a == b else (2, b - a)
        self.branch = nn.Sequential(*conv3(a, b, self.stride), nn.ReLU(inplace=True), *conv3(b, b))

    def forward(self, x):
        way = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.more)) if self.more else x
        return F.relu(self.branch(x) + way, inplace=True)


def residual(batch):
    def net():
        blocks = [Skip(16, 16) for _ in range(4)] + [Skip(16, 32)] + [Skip(32, 32) for _ in range(3)]
        return nn.Sequential(*conv3(1, 16, 2), nn.ReLU(inplace=True), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                             nn.Linear(32, 10))

    optimizer = partial(torch.optim.SGD, momentum=0.9)
    return ways(partial(classifier, net, batch, optimizer), layout=FORMATS, implementation=IMPLEMENTATIONS)


def resnet18(batch, layout):
    """The answer of a ResNet-18 to a photograph."""
    widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
    blocks = [Block(a, b) for a, b in zip(widths, widths[1:])]
    net = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
                        nn.MaxPool2d(3, 2, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))
    net = net.eval().to(memory_format=layout)
    x = torch.rand(batch, 3, 224, 224).to(memory_format=layout)

    def step():
        with torch.inference_mode():
            net(x)

    return step


# --- a training step of a U-Net ---------------------------------------------------------------------------------------


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [(1, 16), (16, 32), (32, 64), (96, 32), (48, 16)]
        self.conv = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in sizes)
        self.last = nn.Conv2d(16, 1, 1)

    def forward(self, x):
        def layer(i, x):
            return F.relu(self.conv[i](x), inplace=True)

        large = layer(0, x)
        middle = layer(1, F.max_pool2d(large, 2))
        small = layer(2, F.max_pool2d(middle, 2))
        x = layer(3, torch.cat((F.interpolate(small, scale_factor=2), middle), 1))
        return self.last(layer(4, torch.cat((F.interpolate(x, scale_factor=2), large), 1)))


def unet(batch, layout, implementation):
    x = torch.rand(batch, 1, 28, 28).to(memory_format=layout)
    net = UNet().to(memory_format=layout)
    rule = torch.optim.Adam(net.parameters(), lr=1e-5, **implementation)

    def step():
        rule.zero_grad(set_to_none=True)
        F.mse_loss(net(x), x).backward()
        rule.step()

    return step


# --- a training step on text ------------------------------------------------------------------------------------------

WORDS, CONTEXT, PIECES, WIDTH = 96, 64, 16, 64


class CharLSTM(nn.Module):
    def __init__(self, hidden, batch_first):
        super().__init__()
        self.embedding, self.head = nn.Embedding(WORDS, WIDTH), nn.Linear(hidden, WORDS)
        self.cell = nn.LSTM(WIDTH, hidden, batch_first=batch_first)

    def forward(self, x):
        return self.head(self.cell(self.embedding(x))[0])


class GPTBlock(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.heads = heads
        self.before, self.qkv, self.mix = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.rest = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(self.before(x)).view(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(y.transpose(1, 2).reshape(n, t, d))
        return x + self.rest(x)


class CharGPT(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.embedding, self.positions = nn.Embedding(WORDS, WIDTH), nn.Parameter(0.02 * torch.randn(CONTEXT, WIDTH))
        self.blocks = nn.Sequential(GPTBlock(heads), GPTBlock(heads))
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WORDS))

    def forward(self, x):
        return self.head(self.blocks(self.embedding(x) + self.positions))


def text(net_of, implementation):
    """1,024 characters in 16 pieces."""
    x, y = (torch.randint(WORDS, (PIECES, CONTEXT)) for _ in range(2))
    net = net_of()
    if getattr(getattr(net, "cell", None), "batch_first", True) is False:
        x, y = x.T.contiguous(), y.T.contiguous()
    rule = torch.optim.Adam(net.parameters(), lr=1e-5, **implementation)

    def step():
        rule.zero_grad(set_to_none=True)
        F.cross_entropy(net(x).flatten(0, 1), y.flatten()).backward()
        rule.step()

    return step


# --- a training step of a GAN -----------------------------------------------------------------------------------------


def generator(width):
    return nn.Sequential(
        nn.Linear(64, 2 * width * 7 * 7, bias=False), nn.Unflatten(1, (2 * width, 7, 7)),
        nn.BatchNorm2d(2 * width), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(width), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1), nn.Tanh())


def discriminator(width):
    return nn.Sequential(
        nn.Conv2d(1, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2, inplace=True),
        nn.Flatten(), nn.Linear(2 * width * 7 * 7, 1))


def gan(width, layout, implementation):
    """A batch of fakes, a step of D, and a step of G through the changed D with the same fakes."""
    real = (torch.rand(64, 1, 28, 28) * 2 - 1).to(memory_format=layout)
    G, D = generator(width).to(memory_format=layout), discriminator(width).to(memory_format=layout)
    rule_G, rule_D = (torch.optim.Adam(net.parameters(), lr=1e-5, **implementation) for net in (G, D))

    def step():
        fake = G(torch.randn(64, 64))
        rule_D.zero_grad(set_to_none=True)
        (F.softplus(-D(real)).mean() + F.softplus(D(fake.detach())).mean()).backward()
        rule_D.step()

        D.requires_grad_(False)  # G's step needs no gradients of D's weights
        rule_G.zero_grad(set_to_none=True)
        F.softplus(-D(fake)).mean().backward()
        rule_G.step()
        D.requires_grad_(True)

    return step


def dcgan(width):
    return ways(partial(gan, width), layout=FORMATS, implementation=IMPLEMENTATIONS)


# --- a step of a critic -----------------------------------------------------------------------------------------------


def critic(width):
    """Lesson 9's: no batch norm, which the penalty does not allow."""
    return nn.Sequential(
        nn.Conv2d(1, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(2 * width * 7 * 7, 1))


def clipped_step(width, layout, implementation):
    """Fakes, scores of both batches, a step of RMSprop, clipping."""
    real = (torch.rand(64, 1, 28, 28) * 2 - 1).to(memory_format=layout)
    G, D = generator(width).to(memory_format=layout), discriminator(width).to(memory_format=layout)
    rule = torch.optim.RMSprop(D.parameters(), lr=1e-5, **implementation)

    def step():
        with torch.no_grad():
            fake = G(torch.randn(64, 64))
        rule.zero_grad(set_to_none=True)
        (D(fake).mean() - D(real).mean()).backward()
        rule.step()
        with torch.no_grad():
            for p in D.parameters():
                p.clamp_(-0.01, 0.01)

    return step


def penalty_step(width, layout, implementation, joined):
    """Fakes, scores of both batches (in one pass or in two), the gradient penalty, a step of Adam."""
    real = (torch.rand(64, 1, 28, 28) * 2 - 1).to(memory_format=layout)
    G, D = generator(width).to(memory_format=layout), critic(width).to(memory_format=layout)
    rule = torch.optim.Adam(D.parameters(), lr=1e-5, **implementation)
    sign = torch.cat((torch.full((64, 1), -1 / 64), torch.full((64, 1), 1 / 64)))

    def step():
        with torch.no_grad():
            fake = G(torch.randn(64, 64))
            epsilon = torch.rand(64, 1, 1, 1)
            between = torch.lerp(fake, real, epsilon)
        between.requires_grad_()
        rule.zero_grad(set_to_none=True)
        (gradient,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
        penalty = 10 * (gradient.flatten(1).norm(dim=1) - 1).square().mean()
        scores = (D(torch.cat((real, fake))) * sign).sum() if joined else D(fake).mean() - D(real).mean()
        (scores + penalty).backward()
        rule.step()

    return step


# --- the judge --------------------------------------------------------------------------------------------------------


def judge(layout, batch):
    """Features and class probabilities of 10,000 pictures, moments, and the Fréchet distance with SciPy's root of a matrix."""
    import warnings
    from scipy.linalg import LinAlgWarning, sqrtm

    warnings.simplefilter("ignore", LinAlgWarning)  # features of random weights: the covariance may be singular
    images = torch.randint(256, (10000, 1, 28, 28), dtype=torch.uint8)
    body = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(inplace=True), nn.Linear(120, 84), nn.ReLU(inplace=True)).to(memory_format=layout)
    head = nn.Linear(84, 10)

    def moments():
        with torch.no_grad():
            features = torch.cat([body(part.float().div_(255).to(memory_format=layout)) for part in images.split(batch)])
            head(features).softmax(1).mean(0)
            return features.double().mean(0).numpy(), torch.cov(features.double().T).numpy()

    mean, covariance = moments()

    def step():
        m, c = moments()
        return ((m - mean) ** 2).sum() + (c + covariance - 2 * sqrtm(c @ covariance).real).trace()

    return step


# --- single kernels ---------------------------------------------------------------------------------------------------

# channels, side of the picture, filters, kernel, stride, pad
SHAPES = {
    "lenet1": (1, 28, 6, 5, 1, 2),
    "lenet2": (6, 14, 16, 5, 1, 0),
    "dcgan1": (1, 28, 64, 4, 2, 1),
    "dcgan2": (64, 14, 128, 4, 2, 1),
    "3x3": (32, 14, 32, 3, 1, 1),
}


def conv(shape, direction, layout):
    channels, side, filters, kernel, stride, pad = SHAPES[shape]
    x = torch.rand(64, channels, side, side).to(memory_format=layout)
    W = torch.rand(filters, channels, kernel, kernel).to(memory_format=layout)
    if direction == "forward":
        return lambda: F.conv2d(x, W, stride=stride, padding=pad)
    dy = torch.rand_like(F.conv2d(x, W, stride=stride, padding=pad), memory_format=layout)
    wanted = [direction == "data", direction == "weights", False]
    return lambda: torch.ops.aten.convolution_backward(
        dy, x, W, None, [stride, stride], [pad, pad], [1, 1], False, [0, 0], 1, wanted)


def batchnorm(layout):
    """The functions that nn.BatchNorm2d and its backward pass call."""
    x, dy = (torch.rand(64, 64, 14, 14).to(memory_format=layout) for _ in range(2))
    weight, bias, mean, var = (torch.rand(64) for _ in range(4))

    def step():
        _, batch_mean, inv_std = torch.native_batch_norm(x, weight, bias, mean, var, True, 0.1, 1e-5)
        torch.ops.aten.native_batch_norm_backward(
            dy, x, weight, mean, var, batch_mean, inv_std, True, 1e-5, [True, True, True])

    return step


def recurrent(kind, batch_first):
    """Forward and backward through 32 sequences of 64 steps, 128 inputs, 256 units."""
    size = (32, 64) if batch_first else (64, 32)
    cell = kind(128, 256, batch_first=batch_first)
    x, dy = torch.rand(*size, 128).requires_grad_(), torch.rand(*size, 256)

    def step():
        y, _ = cell(x)
        torch.autograd.grad(y, (x, *cell.parameters()), dy)

    return step


# --- the table --------------------------------------------------------------------------------------------------------

WORKLOADS = {
    "matmul": [matmul],
    "mlp-sgd": mlp(torch.optim.SGD),
    "mlp-adam": mlp(torch.optim.Adam),
    "lenet-64": lenet(64),
    "lenet-128": lenet(128),
    "resnet-18n": resnet(64),
    "residual-18": residual(64),
    "resnet-18-forward": ways(partial(resnet18, 1), layout=FORMATS),
    "unet-16": ways(partial(unet, 64), layout=FORMATS, implementation=IMPLEMENTATIONS),
    "char-lstm": ways(text, net_of=[partial(CharLSTM, 128, False), partial(CharLSTM, 128, True)],
                      implementation=IMPLEMENTATIONS),
    "char-gpt": ways(partial(text, partial(CharGPT, 4)), implementation=IMPLEMENTATIONS),
    "dcgan-32": dcgan(32),
    "dcgan-64": dcgan(64),
    "wgan-32": ways(partial(clipped_step, 32), layout=FORMATS, implementation=IMPLEMENTATIONS[:2]),
    "wgan-gp-32": ways(partial(penalty_step, 32), layout=FORMATS, implementation=IMPLEMENTATIONS, joined=[False, True]),
    "fid": ways(judge, layout=FORMATS, batch=[100, 1000]),
    **{f"conv-{shape}-{direction}": ways(partial(conv, shape, direction), layout=FORMATS)
       for shape in SHAPES for direction in ("forward", "data", "weights")},
    "batchnorm": ways(batchnorm, layout=FORMATS),
    **{f"{kind.__name__.lower()}-step": ways(partial(recurrent, kind), batch_first=[False, True])
       for kind in (nn.RNN, nn.GRU, nn.LSTM)},
}


def times_ms(step, seconds, least):
    """The times of steps, at least so many."""
    ms = []
    start = time.perf_counter()
    while len(ms) < least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step()
        ms.append(1e3 * (time.perf_counter() - before))
    return ms


def try_out(way, seconds):
    """How fast a way of doing it can be, infinity if there is none. Warms up, too."""
    try:
        step = way()
        step()
    except (TypeError, RuntimeError):
        return math.inf
    return min(times_ms(step, seconds, 2))


def measure(name, seconds):
    """Half of the time goes into finding the fastest way."""
    known = WORKLOADS[name]
    trial = seconds / 2 / len(known)
    step = min(known, key=lambda way: try_out(way, trial))()
    step()
    median = statistics.median(times_ms(step, seconds / 2, 5))
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name},{median:.5f},{mib:.1f}", flush=True)


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
    for workload in sys.argv[2:] or WORKLOADS:
        if workload in WORKLOADS:
            measure(workload, float(sys.argv[1]))
