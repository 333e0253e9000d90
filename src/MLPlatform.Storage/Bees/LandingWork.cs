using MLPlatform.Core.Bees;

namespace MLPlatform.Storage.Bees;

/// <summary>What a log's only writer is asked to do.</summary>
internal abstract class LandingWork
{
    private LandingWork() { }

    /// <summary>Keep batches.</summary>
    /// <param name="make">Makes them when their turn comes, knowing how far every channel is.</param>
    /// <param name="undo">Called where they could not be kept after all.</param>
    public sealed class Append(Func<LandingIndex, IReadOnlyList<Batch>> make, Action? undo) : LandingWork
    {
        public Func<LandingIndex, IReadOnlyList<Batch>> Make => make;
        public Action? Undo => undo;
        public List<BatchAnswer> Answers { get; } = [];
        public TaskCompletionSource<IReadOnlyList<BatchAnswer>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Close the segment being written, and tell all that are closed.</summary>
    public sealed class Seal : LandingWork
    {
        public TaskCompletionSource<IReadOnlyList<Segment>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Remove the oldest closed segments.</summary>
    /// <param name="past">Whether a segment is past its time, given the bytes of it and all that are younger.</param>
    public sealed class Expire(Func<Segment, long, bool> past, DateTimeOffset forget) : LandingWork
    {
        public Func<Segment, long, bool> Past => past;
        public DateTimeOffset Forget => forget;
        public TaskCompletionSource<int> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Tell how far channels are.</summary>
    public sealed class List(Func<ChannelState, bool> wanted) : LandingWork
    {
        public Func<ChannelState, bool> Wanted => wanted;
        public TaskCompletionSource<IReadOnlyList<ChannelState>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
