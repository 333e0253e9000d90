#!/usr/bin/env python3
"""DeepFM with torch on made-up clicks: on CUDA where there is one, in 16 bits where that is enough, else on the CPU.

The platform starts it with the clicks that `mlp vlps clicks` wrote laid out as a folder. The first nine tenths of them are learned
from once, the last tenth judges. Figures go to the platform's tracking API (or any MLflow server) where one is told, else to
metrics.jsonl. Needs torch 1.13 or later, and NumPy.
"""
import json
import os
import statistics
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import torch

FIELDS, NUMBERS, DIM, LAYERS = 26, 13, 16, (256, 128, 64)
CHUNK = 131_072
ATTEMPT = Path(os.environ["MLP_ATTEMPT_DIR"])


class Clicks:
    """The rows in files, which are mapped (copied on a write that never comes) and not read at once."""

    def __init__(self, folder):
        self.clicked = np.memmap(folder / "label.u8", np.uint8, "c")
        rows = len(self.clicked)
        self.numbers = np.memmap(folder / "num.f32", np.float32, "c", shape=(rows, NUMBERS))
        self.ids = np.memmap(folder / "cat.i32", np.int32, "c", shape=(rows, FIELDS))
        told = dict(line.split() for line in (folder / "meta.txt").read_text(encoding="utf-8").splitlines())
        self.vocabulary = int(told["vocab"])
        self.train, self.rows = rows * 9 // 10, rows

    def parts(self, first, last):
        return [torch.from_numpy(a[first:last]) for a in (self.ids, self.numbers, self.clicked)]


class Feed:
    """Chunks of rows as tensors of the device. On CUDA the next one is on its way there while one is learned from."""

    STAGES = 3  # One that is learned from, one that waits behind it, one that is filled.

    def __init__(self, clicks, rows, device):
        self.clicks, self.rows, self.device = clicks, rows, device
        if device.type == "cuda":
            self.stream, self.turn, self.learned = torch.cuda.Stream(), 0, None
            # The GPU copies by itself from memory that is pinned, on a stream beside the one that learns.
            self.stages = [[part.pin_memory() for part in (torch.empty(rows, FIELDS, dtype=torch.int32), torch.empty(rows, NUMBERS), torch.empty(rows, dtype=torch.uint8))]
                           for _ in range(self.STAGES)]

    def chunks(self, first, last):
        waiting = None
        for at in range(first, last, self.rows):
            parts = self.clicks.parts(at, min(last, at + self.rows))
            if self.device.type != "cuda":
                yield parts
                continue
            sent = self._send(parts)
            if waiting is not None:
                yield self._receive(*waiting)
            waiting = sent
        if waiting is not None:
            yield self._receive(*waiting)

    def _send(self, parts):
        if self.learned is not None:
            self.learned.synchronize()  # Then the copy out of the stage that is filled next has ended too.
        stage = self.stages[self.turn % self.STAGES]
        self.turn += 1
        with torch.cuda.stream(self.stream):
            sent = [s[: len(p)].copy_(p).to(self.device, non_blocking=True) for s, p in zip(stage, parts)]
            arrived = torch.cuda.Event()
            arrived.record()
        return sent, arrived

    def _receive(self, sent, arrived):
        self.learned = torch.cuda.Event()  # Passed once what was queued before this chunk is done.
        self.learned.record()
        torch.cuda.current_stream().wait_event(arrived)
        for part in sent:
            part.record_stream(torch.cuda.current_stream())
        return sent


class DeepFM:
    """A weight and factors for each id, each number too, and a perceptron over all of them."""

    def __init__(self, vocabulary, device, first_squares, dense_rate):
        self.device, self.first_squares, self.dense_rate = device, first_squares, dense_rate
        zeros = lambda *shape: torch.zeros(shape, device=device)
        self.weights, self.weight_squares, self.weight_sums = zeros(vocabulary, 1), zeros(vocabulary, 1), zeros(vocabulary, 1)
        self.factors, self.factor_squares, self.factor_sums = zeros(vocabulary, DIM), zeros(vocabulary, 1), zeros(vocabulary, DIM)
        self.bias, self.number_weights, self.number_factors = zeros(1), zeros(NUMBERS), zeros(NUMBERS, DIM)
        widths = (FIELDS * DIM + NUMBERS, *LAYERS, 1)
        self.layers = torch.nn.Sequential(*[
            part for i in range(len(widths) - 1)
            for part in ([torch.nn.Linear(widths[i], widths[i + 1])] + ([torch.nn.ReLU()] if i + 2 < len(widths) else []))
        ]).to(device)
        self.dense = [self.bias.requires_grad_(), self.number_weights.requires_grad_(), self.number_factors.requires_grad_(), *self.layers.parameters()]
        self.dense_squares = [torch.zeros_like(p) for p in self.dense]
        self.rate = torch.zeros((), device=device)  # A tensor, so that a captured graph takes another rate.
        self.loss = torch.zeros((), device=device, dtype=torch.float64)

    @torch.no_grad()
    def begin(self, seed, rate):
        """As new: weights and the optimizer's sums in place, so that a captured graph stays valid."""
        torch.manual_seed(seed)
        self.rate.fill_(rate)
        self.loss.zero_()
        self.weights.zero_()
        self.factors.uniform_(-0.05, 0.05)
        self.weight_squares.fill_(self.first_squares)
        self.factor_squares.fill_(self.first_squares)
        self.number_factors.uniform_(-0.05, 0.05)
        for part in (self.bias, self.number_weights, *self.dense_squares):
            part.zero_()
        for layer in self.layers:
            if isinstance(layer, torch.nn.Linear):
                layer.reset_parameters()

    def logits(self, weights, factors, numbers):
        """Of rows whose ids were looked up. Matrix products are done in 16 bits on CUDA; sums, the pairs and all weights stay in 32."""
        numbers = torch.where(torch.isnan(numbers), torch.zeros((), device=self.device), torch.log1p(numbers) - 1.5)
        spread = numbers.unsqueeze(2) * self.number_factors
        sums = factors.sum(1) + spread.sum(1)
        squares = factors.square().sum(1) + spread.square().sum(1)
        linear = weights.sum(1).squeeze(1) + numbers @ self.number_weights + self.bias
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            deep = self.layers(torch.cat([factors.flatten(1), numbers], 1)).squeeze(1)
        return linear + 0.5 * (sums.square() - squares).sum(1) + deep.float()

    def step(self, ids, numbers, clicked):
        """Learns from a batch. No shape depends on the data and nothing waits for the device, so that it can be captured."""
        ids = ids.reshape(-1).long()
        weights = self.weights[ids].view(-1, FIELDS, 1).requires_grad_()
        factors = self.factors[ids].view(-1, FIELDS, DIM).requires_grad_()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(self.logits(weights, factors, numbers), clicked.float(), reduction="sum")
        weight_gradients, factor_gradients, *dense = torch.autograd.grad(loss, [weights, factors, *self.dense])
        with torch.no_grad():
            self.loss += loss.detach()
            self._step_rows(ids, self.weights, self.weight_squares, self.weight_sums, weight_gradients.reshape(-1, 1))
            self._step_rows(ids, self.factors, self.factor_squares, self.factor_sums, factor_gradients.reshape(-1, DIM))
            for parameter, squares, gradient in zip(self.dense, self.dense_squares, dense):
                gradient = gradient / len(clicked)
                squares.addcmul_(gradient, gradient)
                parameter.addcdiv_(gradient, squares.sqrt().add_(1e-10), value=-self.dense_rate)

    def _step_rows(self, ids, table, squares, sums, gradients):
        """
        Row-wise Adagrad on the sum of an id's gradients, once. An id that occurs more than once is computed as often, each time from
        the same sum, and so written with the same value: that is quicker than to sort the ids, and its shapes are fixed.
        """
        sums.scatter_add_(0, ids.unsqueeze(1).expand_as(gradients), gradients)
        total = sums[ids]
        seen = squares[ids] + total.square().mean(1, keepdim=True)
        changed = table[ids] - self.rate * total / seen.sqrt()
        squares[ids] = seen
        table[ids] = changed
        sums.index_fill_(0, ids, 0)

    @torch.no_grad()
    def scores(self, feed, first, last):
        found = []
        for ids, numbers, _ in feed.chunks(first, last):
            ids = ids.reshape(-1).long()
            logits = self.logits(self.weights[ids].view(-1, FIELDS, 1), self.factors[ids].view(-1, FIELDS, DIM), numbers)
            found.append(torch.sigmoid(logits).cpu())
        return torch.cat(found).double().numpy()

    def save(self, folder):
        """What was learned: ids that never occurred have no row."""
        folder.mkdir(parents=True, exist_ok=True)
        ids = (self.factor_squares.squeeze(1) != self.first_squares).nonzero().squeeze(1)
        torch.save({
            "ids": ids.cpu(), "weights": self.weights[ids].cpu(), "factors": self.factors[ids].half().cpu(),
            "dense": [p.detach().cpu() for p in self.dense],
        }, folder / "model.pt")


class Steps:
    """Steps of full batches: on CUDA as one captured graph each, since its many small kernels take longer to start than to run."""

    def __init__(self, model, batch):
        self.model, self.batch, self.graph = model, batch, None
        if model.device.type != "cuda":
            return
        device = model.device
        self.inputs = [torch.zeros(batch, FIELDS, dtype=torch.int32, device=device), torch.ones(batch, NUMBERS, device=device), torch.zeros(batch, dtype=torch.uint8, device=device)]
        model.begin(0, 0.0)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # What is set up at a first call must not be captured.
            for _ in range(3):
                model.step(*self.inputs)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            model.step(*self.inputs)

    def take(self, ids, numbers, clicked):
        if self.graph is None or len(clicked) < self.batch:
            self.model.step(ids, numbers, clicked)
            return
        for into, part in zip(self.inputs, (ids, numbers, clicked)):
            into.copy_(part)
        self.graph.replay()


class Tracking:
    """Points of metrics: to the run that the platform told in the variables of MLflow's clients, else into metrics.jsonl."""

    def __init__(self):
        self.uri, self.run = os.environ.get("MLFLOW_TRACKING_URI"), os.environ.get("MLFLOW_RUN_ID")

    def log(self, step, **metrics):
        if self.uri and self.run:
            at = int(time.time() * 1000)
            self._send({"run_id": self.run, "metrics": [{"key": k, "value": v, "timestamp": at, "step": step} for k, v in metrics.items()]})
            return
        with open(ATTEMPT / "metrics.jsonl", "a", encoding="utf-8") as lines:
            lines.writelines(json.dumps({"name": k, "value": v, "step": step}) + "\n" for k, v in metrics.items())

    def describe(self, **parameters):
        if self.uri and self.run:
            self._send({"run_id": self.run, "params": [{"key": k, "value": str(v)} for k, v in parameters.items()]})

    def _send(self, body):
        headers = {"Content-Type": "application/json"}
        if "MLFLOW_TRACKING_TOKEN" in os.environ:
            headers["Authorization"] = "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"]
        request = urllib.request.Request(self.uri.rstrip("/") + "/api/2.0/mlflow/runs/log-batch", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            response.read()


def judge(scores, clicked):
    """Area under the ROC curve, ties counting one half, and log loss."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    positives, negatives = int(clicked.sum()), int(len(clicked) - clicked.sum())
    area = (ranks[inverse.reshape(-1)][clicked == 1].sum() - positives * (positives + 1) / 2) / max(1, positives * negatives)
    bounded = np.clip(scores, 1e-7, 1 - 1e-7)
    return float(area), float(-np.where(clicked == 1, np.log(bounded), np.log(1 - bounded)).mean())


def progress(fraction, message):
    """Written beside and renamed, so that nobody reads half of it."""
    print(message, flush=True)
    temporary = ATTEMPT / "progress.tmp"
    temporary.write_text(json.dumps({"fraction": fraction, "message": message}), encoding="utf-8")
    temporary.replace(ATTEMPT / "progress.json")


def epoch(feed, steps, rows):
    """Samples a second of one pass, from the first row read to the last weight written."""
    wait = torch.cuda.synchronize if feed.device.type == "cuda" else lambda: None
    wait()
    began = time.perf_counter()
    for ids, numbers, clicked in feed.chunks(0, rows):
        for at in range(0, len(clicked), steps.batch):
            steps.take(ids[at:at + steps.batch], numbers[at:at + steps.batch], clicked[at:at + steps.batch])
    wait()
    return rows / (time.perf_counter() - began)


def main():
    inputs = json.loads((ATTEMPT / "inputs.json").read_text(encoding="utf-8"))
    parameters = inputs["parameters"]
    clicks = Clicks(Path(inputs["artifacts"]["clicks"]["path"]))
    batch, seed, rates = parameters.get("batch", 4096), parameters.get("seed", 1), parameters.get("rates", [0.05])
    repeats, seconds = parameters.get("repeats", 1), parameters.get("seconds", 0)
    wanted = parameters.get("device", "auto")
    if wanted == "cuda" and not torch.cuda.is_available():
        sys.exit("device is cuda, and torch finds none: use a torch with CUDA on a machine with a GPU, or device auto")
    device = torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"torch {torch.__version__} on {name}, CUDA_VISIBLE_DEVICES {os.environ.get('CUDA_VISIBLE_DEVICES')}", flush=True)
    tracking = Tracking()
    tracking.describe(device=name, torch=torch.__version__, batch=batch, rows=clicks.rows)

    model = DeepFM(clicks.vocabulary, device, parameters.get("firstSquares", 1.0), parameters.get("denseRate", 0.01))
    steps, feed = Steps(model, batch), Feed(clicks, max(1, CHUNK // batch) * batch, device)
    truth = np.asarray(clicks.clicked[clicks.train:])
    done = 0

    def train(rate, pass_seed, of):
        nonlocal done
        model.begin(pass_seed, rate)
        speed = epoch(feed, steps, clicks.train)
        learned = float(model.loss) / clicks.train
        auc, loss = judge(model.scores(feed, clicks.train, clicks.rows), truth)
        done += 1
        tracking.log(done, samplesPerSecond=speed, auc=auc, logLoss=loss, trainLogLoss=learned, rate=rate)
        progress(of, f"pass {done}, rate {rate}: {speed:,.0f} samples/s, AUC {auc:.5f}, log loss {loss:.5f}")
        return speed, auc, loss

    # Of several rates the one with the best AUC is measured; trying also warms up.
    tried = [(train(rate, seed, 0.5 * (i + 1) / len(rates))[1], rate) for i, rate in enumerate(rates)] if len(rates) > 1 else [(0, rates[0])]
    rate = max(tried)[1]
    passes, began = [], time.monotonic()
    while len(passes) < repeats or time.monotonic() - began < seconds:
        passes.append(train(rate, seed + len(passes), 0.5 + 0.5 * min(1, (len(passes) + 1) / repeats)))

    outputs = {
        "device": device.type, "deviceName": name, "torch": torch.__version__, "cuda": torch.version.cuda if device.type == "cuda" else None,
        "cudaVisibleDevices": os.environ.get("CUDA_VISIBLE_DEVICES"), "precision": "bfloat16" if device.type == "cuda" else "float32",
        "threads": torch.get_num_threads(), "rows": clicks.rows, "batch": batch, "rate": rate,
        "samplesPerSecond": round(statistics.median(p[0] for p in passes)), "eachSamplesPerSecond": [round(p[0]) for p in passes],
        "auc": round(statistics.median(p[1] for p in passes), 5), "eachAuc": [round(p[1], 5) for p in passes],
        "logLoss": round(statistics.median(p[2] for p in passes), 5),
        "peakDeviceMiB": torch.cuda.max_memory_allocated(device) >> 20 if device.type == "cuda" else None,
    }
    if parameters.get("keep", True):
        model.save(ATTEMPT / "scratch" / "model")
        outputs["model"] = {"$file": "scratch/model", "kind": "folder"}
    (ATTEMPT / "outputs.json").write_text(json.dumps(outputs), encoding="utf-8")


if __name__ == "__main__":
    main()
