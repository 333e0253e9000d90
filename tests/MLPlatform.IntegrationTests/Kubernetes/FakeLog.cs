using System.Globalization;
using System.Runtime.CompilerServices;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What a container printed, as a kubelet keeps it.</summary>
internal sealed class FakeLog
{
    private readonly Lock _gate = new();
    private readonly List<(string At, string Text)> _lines = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;
    private int _rotated;

    public void Add(string text, DateTimeOffset? at = null)
    {
        string time = (at ?? TimeProvider.System.GetUtcNow()).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff00'Z'", CultureInfo.InvariantCulture);
        lock (_gate)
            _lines.Add((time, text));
        Wake();
    }

    public void End()
    {
        lock (_gate)
            _ended = true;
        Wake();
    }

    /// <summary>The first lines are gone, as after a rotation.</summary>
    public void Rotate(int lines)
    {
        lock (_gate)
            _rotated += lines;
    }

    public async IAsyncEnumerable<(string At, string Text)> ReadAsync(bool follow, [EnumeratorCancellation] CancellationToken cancel)
    {
        int next;
        lock (_gate)
            next = _rotated;
        while (true)
        {
            (string At, string Text)[] fresh;
            Task more;
            bool ended;
            lock (_gate)
                (fresh, more, ended) = ([.. _lines.Skip(next)], _more.Task, _ended);
            foreach ((string At, string Text) line in fresh)
                yield return line;
            next += fresh.Length;
            if (!follow || ended)
                yield break;
            await more.WaitAsync(cancel);
        }
    }

    private void Wake()
    {
        TaskCompletionSource more;
        lock (_gate)
            (more, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        more.SetResult();
    }
}
