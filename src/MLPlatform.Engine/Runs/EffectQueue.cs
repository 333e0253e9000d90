using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>
/// Effects still to be carried out. What a node has begun comes before the next node is begun: of a hundred thousand that
/// are ready at once, few are open at a time, and most start and end in one commit. Among bindings, and among the rest,
/// the oldest comes first, so no run waits for another to finish.
/// </summary>
internal sealed class EffectQueue
{
    private readonly Queue<(ActiveRun Run, RunEffect Effect)> _begun = new();
    private readonly Queue<(ActiveRun Run, RunEffect Effect)> _bindings = new();

    public void Add(ActiveRun run, RunEffect effect) => (effect is RunEffect.Bind ? _bindings : _begun).Enqueue((run, effect));

    public bool TryTake(out (ActiveRun Run, RunEffect Effect) next) => _begun.TryDequeue(out next) || _bindings.TryDequeue(out next);

    public void Clear()
    {
        _begun.Clear();
        _bindings.Clear();
    }
}
