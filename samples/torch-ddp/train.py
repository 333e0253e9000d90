#!/usr/bin/env python3
"""Logistic regression with torch's DistributedDataParallel: on CUDA where there is one, else on the CPU through gloo.

The platform starts it once for each process of the roles, with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT set. It writes a
checkpoint after each epoch, so that an attempt that comes after a killed one goes on where that one was.
"""
import json
import os
import signal
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

ATTEMPT = Path(os.environ["MLP_ATTEMPT_DIR"])
CHECKPOINT = Path(os.environ["MLP_CHECKPOINT_DIR"]) / "last.pt"
RANK, WORLD, LOCAL = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]), int(os.environ["LOCAL_RANK"])


def rows(count, seed):
    """Made-up clicks: eight features, and a taste that the model is to find."""
    draw = torch.Generator().manual_seed(seed)
    features = torch.randn(count, 8, generator=draw)
    taste = torch.tensor([1.5, -2.0, 0.5, 0.0, 1.0, -0.5, 0.0, 2.0])
    clicked = (torch.rand(count, generator=draw) < torch.sigmoid(features @ taste)).float()
    return features, clicked


def write_whole(path, write):
    """Written beside and renamed: a process may be killed at any time."""
    temporary = path.with_suffix(".tmp")
    write(temporary)
    temporary.replace(path)


def main():
    parameters = json.loads((ATTEMPT / "inputs.json").read_text(encoding="utf-8"))["parameters"]
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", LOCAL % torch.cuda.device_count()) if cuda else torch.device("cpu")
    # Two processes on one GPU cannot meet through nccl.
    dist.init_process_group("nccl" if cuda and torch.cuda.device_count() >= WORLD else "gloo")
    torch.manual_seed(parameters.get("seed", 1))
    torch.set_num_threads(1)
    features, clicked = rows(parameters.get("rows", 4096), parameters.get("seed", 1))
    mine = slice(RANK, None, WORLD)
    x, y = features[mine].to(device), clicked[mine].to(device)

    model = DistributedDataParallel(torch.nn.Linear(8, 1).to(device))
    optimizer = torch.optim.SGD(model.parameters(), lr=parameters.get("learningRate", 0.5))
    first = 0
    if CHECKPOINT.exists():
        saved = torch.load(CHECKPOINT, map_location=device)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["epoch"]
        print(f"goes on after epoch {first}", flush=True)

    epochs = parameters.get("epochs", 5)
    total = torch.zeros(1)
    for epoch in range(first + 1, epochs + 1):
        for step in range(0, len(x), 128):
            optimizer.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x[step:step + 128]).squeeze(1), y[step:step + 128])
            loss.backward()
            optimizer.step()
        total = loss.detach().clone().reshape(1)
        dist.all_reduce(total)
        total /= WORLD
        if RANK == 0:
            write_whole(CHECKPOINT, lambda path: torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path))
            with open(ATTEMPT / "metrics.jsonl", "a", encoding="utf-8") as lines:
                lines.write(json.dumps({"name": "loss", "value": float(total), "step": epoch}) + "\n")
            write_whole(ATTEMPT / "progress.json", lambda path: path.write_text(json.dumps({"fraction": epoch / epochs, "message": f"epoch {epoch}"})))
        dist.barrier()
        # For trying out what a retry does: die once, as a machine would.
        if RANK == WORLD - 1 and first == 0 and epoch == parameters.get("dieAfter"):
            os.kill(os.getpid(), signal.SIGKILL)

    if RANK == 0:
        with torch.no_grad():
            right = ((model.module(features.to(device)).squeeze(1) > 0).float().cpu() == clicked).float().mean()
        folder = ATTEMPT / "scratch" / "model"
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(model.module.state_dict(), folder / "model.pt")
        (ATTEMPT / "outputs.json").write_text(json.dumps({
            "accuracy": float(right), "world": WORLD, "device": device.type, "firstEpoch": first + 1,
            "model": {"$file": "scratch/model", "kind": "folder"},
        }))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
