using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>A job of a trace: so many devices at once, from its start to its end.</summary>
/// <param name="Submitted">When it came, in seconds.</param>
/// <param name="Seconds">How long it runs.</param>
/// <param name="Gpus">Devices it holds, all of them from its start; at least 1.</param>
/// <param name="Declared">How long its owner said that it would run at most.</param>
/// <param name="Standing">The score of what its owner ran before, from 0 to 100.</param>
public sealed record QueueJob(double Submitted, double Seconds, int Gpus, double Declared, double Standing = QueueDemand.Neutral)
{
    /// <summary>A job whose owner knows how long it runs.</summary>
    public QueueJob(double submitted, double seconds, int gpus) : this(submitted, seconds, gpus, seconds)
    {
    }

    /// <summary>As the order of queues sees it.</summary>
    /// <param name="node">Devices of a node; with 1 nothing fills one.</param>
    public QueueDemand Demand(int node) => new(Declared, Gpus, node > 1 && Gpus >= node, Standing);
}
