using System.Collections.Concurrent;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Workspaces;

/// <summary>The kernels of each session as its notebook server last told of them.</summary>
internal sealed class LastKernels(TimeProvider time)
{
    // One that is too busy to answer has most likely a cell to thank for it: what it ran when it last answered counts for so long.
    // One that hangs must not hold its resources for ever: in the end it is judged by what it uses.
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<RunId, (DateTimeOffset At, List<JupyterKernel> Kernels)> _answered = new();

    /// <summary>What it tells now or, where it does not answer, told less than an hour ago; null where nothing is known.</summary>
    public List<JupyterKernel>? Of(RunId session, List<JupyterKernel>? told)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (told is not null)
            _answered[session] = (now, told);
        else if (_answered.TryGetValue(session, out (DateTimeOffset At, List<JupyterKernel> Kernels) last) && now - last.At < Silence)
            return last.Kernels;
        return told;
    }
}
