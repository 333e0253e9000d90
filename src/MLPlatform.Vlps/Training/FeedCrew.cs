using System.Runtime.ExceptionServices;

namespace MLPlatform.Vlps.Training;

/// <summary>Threads that read and encode columns together: each takes the next one that nobody has begun.</summary>
/// <param name="threads">How many, the caller's included.</param>
internal sealed class FeedCrew(int threads) : IDisposable
{
    private readonly Crew _crew = new(threads);

    /// <summary>Does something for each item, and returns when it is done for all. What went wrong with the first of those that failed is thrown.</summary>
    public void ForEach(int items, Action<int> work)
    {
        if (threads == 1 || items == 1)
        {
            for (int i = 0; i < items; i++)
                work(i);
            return;
        }
        int next = 0;
        var failed = new Exception?[items];
        _crew.Run(_ =>
        {
            for (int i = Interlocked.Increment(ref next) - 1; i < items; i = Interlocked.Increment(ref next) - 1)
            {
                try
                {
                    work(i);
                }
                catch (Exception e) // Thrown below, to the caller.
                {
                    failed[i] = e;
                }
            }
        });
        if (Array.Find(failed, e => e is not null) is { } first)
            ExceptionDispatchInfo.Throw(first);
    }

    public void Dispose() => _crew.Dispose();
}
