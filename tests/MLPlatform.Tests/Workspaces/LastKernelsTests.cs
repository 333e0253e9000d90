using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Workspaces;
using Xunit;

namespace MLPlatform.Tests.Workspaces;

public sealed class LastKernelsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_ran_counts_for_an_hour_of_silence_and_no_longer()
    {
        LastKernels last = new(_time);
        RunId session = new(Guid.NewGuid()), other = new(Guid.NewGuid());
        Assert.Null(last.Of(session, null));
        List<JupyterKernel> busy = [new("k1", "python3", _time.GetUtcNow(), "busy", 1)];
        Assert.Same(busy, last.Of(session, busy));
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Same(busy, last.Of(session, null));
        Assert.Null(last.Of(other, null));
        // The hour is since it answered, not since it was asked.
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(last.Of(session, null));
        List<JupyterKernel> none = [];
        Assert.Same(none, last.Of(session, none));
        Assert.Same(none, last.Of(session, null));
    }
}
