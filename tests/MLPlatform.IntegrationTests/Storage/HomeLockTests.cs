using System.Diagnostics;
using System.Globalization;
using MLPlatform.Core.Activities;
using MLPlatform.Storage;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

public sealed class HomeLockTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-lock-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void A_second_taker_is_told_who_holds_the_home()
    {
        using HomeLock first = HomeLock.Take(_home);
        Assert.Null(HomeLock.TryTake(_home, out int? holder));
        Assert.Equal(Environment.ProcessId, holder);
        var refused = Assert.Throws<ActivityException>(() => HomeLock.Take(_home));
        Assert.Equal("STORE-012", refused.Code);
        Assert.Contains($"process {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_home_given_back_can_be_taken_again()
    {
        HomeLock.Take(_home).Dispose();
        using HomeLock again = HomeLock.Take(Path.Combine(_home, "."));
    }

    [Fact]
    public async Task The_lock_ends_with_its_process_however_that_ends()
    {
        // flock(1) takes the same kind of lock; the shell becomes the process that sleeps with it.
        using Process holder = Process.Start("/bin/sh", ["-c", "exec 9>\"$0\"; flock 9; exec sleep 60", Path.Combine(_home, "lock")]);
        try
        {
            await Eventually.IsSoAsync(() => !IsFree());
        }
        finally
        {
            holder.Kill();
            await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        await Eventually.IsSoAsync(IsFree); // not at once: a process that another test starts at this moment has our handles until it runs its program

        bool IsFree()
        {
            using HomeLock? taken = HomeLock.TryTake(_home, out _);
            return taken is not null;
        }
    }

    [Fact]
    public async Task A_child_started_under_the_lock_does_not_inherit_it()
    {
        using Process child = StartUnderLock();
        using HomeLock again = HomeLock.Take(_home);
        Assert.False(child.HasExited);
        child.Kill();
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private Process StartUnderLock()
    {
        using HomeLock held = HomeLock.Take(_home);
        return Process.Start("sleep", "60");
    }
}
